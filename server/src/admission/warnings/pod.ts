/**
 * Warnings about a Pod or a pod template: what is deprecated, ignored or likely a mistake.
 * Follows pkg/api/pod/warnings.go, pkg/api/node/util.go and pkg/registry/core/pod/strategy.go
 * (WarningsOnCreate).
 */
import type { Pod, PodTemplateSpec } from '../../manifest/index.ts';
import type { NodeSelectorTerm, PodSpec } from '../validation/pod-written.ts';
import {
  goQuote,
  isDNS1123Label,
  isValidLabelValue,
  Path,
  warningsForIp,
} from '../validation/machinery/index.ts';
import { containerWarnings, overheadWarnings } from './pod-containers.ts';
import { portWarnings } from './pod-ports.ts';
import { overlappingPathWarnings, volumeWarnings } from './pod-volumes.ts';
import { append } from '../validation/pod-append.ts';

type Annotations = Readonly<Record<string, string>>;

const DEPRECATED_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods':
    'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};
const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
};
const NULL_SELECTOR = 'a null labelSelector results in matching no pod';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** The texts of the `Warning` headers for a new Pod, in order. */
export function podWarnings(pod: Pod): readonly string[] {
  const wrong = isDNS1123Label(pod.metadata?.name ?? '');
  const name =
    wrong.length === 0
      ? []
      : [
          "metadata.name: this is used in the Pod's hostname, which can result in surprising" +
            ` behavior; a DNS label is recommended: [${wrong.join(' ')}]`,
        ];
  const annotations = pod.metadata?.annotations ?? {};
  return [...name, ...specWarnings(pod.spec, annotations, undefined)];
}

/** The same for the template of a workload that stands at `path`. */
export function podTemplateWarnings(template: PodTemplateSpec, path: Path): readonly string[] {
  if (!template.spec) return [];
  return specWarnings(template.spec, template.metadata?.annotations ?? {}, path);
}

function specWarnings(
  spec: PodSpec,
  annotations: Annotations,
  root: Path | undefined,
): readonly string[] {
  const path = root ? root.child('spec') : Path.of('spec');
  const metadata = root ? root.child('metadata') : Path.of('metadata');
  const at = metadata.child('annotations');
  return [
    ...nodeLabelWarnings(spec, path),
    ...spreadWarnings(spec, path.child('topologySpreadConstraints')),
    ...Object.entries(DEPRECATED_ANNOTATIONS)
      .filter(([key]) => Object.hasOwn(annotations, key))
      .map(([key, text]) => warning(at.key(key), text)),
    ...volumeWarnings(spec.volumes ?? [], path.child('volumes')),
    ...overlappingPathWarnings(spec.volumes ?? []),
    ...hostAliasWarnings(spec, path.child('hostAliases')),
    ...pullSecretWarnings(spec, path.child('imagePullSecrets')),
    ...overheadWarnings(spec, path.child('overhead')),
    ...containerWarnings(spec, annotations, { path, annotationsPath: at, isPod: !root }),
    ...portWarnings(spec, path),
    ...gracePeriodWarnings(spec, path),
    ...podAffinityWarnings(spec, path.child('affinity')),
    ...addressWarnings(spec, path),
  ];
}

function warning(path: Path, text: string): string {
  return `${path.toString()}: ${text}`;
}

function deprecatedLabel(label: string): string | undefined {
  return Object.hasOwn(DEPRECATED_NODE_LABELS, label) ? DEPRECATED_NODE_LABELS[label] : undefined;
}

function nodeLabelWarnings(spec: PodSpec, path: Path): readonly string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const text = deprecatedLabel(key);
    if (text !== undefined) warnings.push(warning(path.child('nodeSelector').key(key), text));
  }
  const affinity = spec.affinity?.nodeAffinity;
  const at = path.child('affinity', 'nodeAffinity');
  const terms = at.child(REQUIRED, 'nodeSelectorTerms');
  for (const [i, it] of (affinity?.[REQUIRED]?.nodeSelectorTerms ?? []).entries()) {
    append(warnings, termWarnings(it, terms.index(i)));
  }
  for (const [i, { preference }] of (affinity?.[PREFERRED] ?? []).entries()) {
    const where = at.child(PREFERRED).index(i).child('preference');
    append(warnings, termWarnings(preference, where, true));
  }
  return warnings;
}

/** Values that no label can have are refused where required, and warned about where preferred. */
function termWarnings(
  term: NodeSelectorTerm | undefined,
  path: Path,
  checksValues = false,
): readonly string[] {
  const warnings: string[] = [];
  for (const [i, { key = '', values = [] }] of (term?.matchExpressions ?? []).entries()) {
    const at = path.child('matchExpressions').index(i);
    const text = deprecatedLabel(key);
    if (text !== undefined) warnings.push(warning(at.child('key'), `${key} is ${text}`));
    if (!checksValues) continue;
    for (const [j, value] of values.entries()) {
      for (const wrong of isValidLabelValue(value)) {
        warnings.push(warning(at.child('values').index(j), `${value} is invalid, ${wrong}`));
      }
    }
  }
  return warnings;
}

function spreadWarnings({ topologySpreadConstraints = [] }: PodSpec, path: Path): string[] {
  const warnings: string[] = [];
  for (const [i, { topologyKey = '', labelSelector }] of topologySpreadConstraints.entries()) {
    const text = deprecatedLabel(topologyKey);
    if (text !== undefined) {
      warnings.push(warning(path.index(i).child('topologyKey'), `${topologyKey} is ${text}`));
    }
    if (!labelSelector) {
      warnings.push(warning(path.index(i).child('labelSelector'), NULL_SELECTOR));
    }
  }
  return warnings;
}

function hostAliasWarnings({ hostAliases = [] }: PodSpec, path: Path): string[] {
  const seen = new Set<string>();
  return hostAliases.flatMap(({ ip = '' }, i) => {
    if (seen.has(ip)) return [warning(path.index(i).child('ip'), `duplicate ip ${goQuote(ip)}`)];
    seen.add(ip);
    return [];
  });
}

function pullSecretWarnings({ imagePullSecrets = [] }: PodSpec, path: Path): string[] {
  const seen = new Set<string>();
  const warnings: string[] = [];
  for (const [i, { name = '' }] of imagePullSecrets.entries()) {
    if (seen.has(name)) {
      warnings.push(warning(path.index(i).child('name'), `duplicate name ${goQuote(name)}`));
    }
    seen.add(name);
  }
  for (const [i, { name = '' }] of imagePullSecrets.entries()) {
    if (name !== '') continue;
    warnings.push(warning(path.index(i).child('name'), 'invalid empty name ""'));
  }
  return warnings;
}

function gracePeriodWarnings(spec: PodSpec, path: Path): string[] {
  if ((spec.terminationGracePeriodSeconds ?? 0) >= 0) return [];
  const text = 'must be >= 0; negative values are invalid and will be treated as 1';
  return [warning(path.child('terminationGracePeriodSeconds'), text)];
}

function podAffinityWarnings({ affinity }: PodSpec, path: Path): string[] {
  const warnings: string[] = [];
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    for (const [i, it] of (affinity?.[name]?.[REQUIRED] ?? []).entries()) {
      if (it.labelSelector) continue;
      const at = path.child(name, REQUIRED).index(i).child('labelSelector');
      warnings.push(warning(at, NULL_SELECTOR));
    }
    for (const [i, it] of (affinity?.[name]?.[PREFERRED] ?? []).entries()) {
      if (it.podAffinityTerm?.labelSelector) continue;
      const at = path.child(name, PREFERRED).index(i).child('podAffinityTerm', 'labelSelector');
      warnings.push(warning(at, NULL_SELECTOR));
    }
  }
  return warnings;
}

/** Addresses that are understood but not in canonical form. */
function addressWarnings({ dnsConfig, hostAliases = [] }: PodSpec, path: Path): string[] {
  const servers = path.child('dnsConfig', 'nameservers');
  const aliases = path.child('hostAliases');
  return [
    ...(dnsConfig?.nameservers ?? []).flatMap((it, i) => warningsForIp(servers.index(i), it)),
    ...hostAliases.flatMap(({ ip = '' }, i) => warningsForIp(aliases.index(i).child('ip'), ip)),
  ];
}
