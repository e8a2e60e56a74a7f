/**
 * What the registry does to a Pod or a pod template between mutation and validation: status, fields
 * whose feature gate is off by default, label keys merged into selectors, AppArmor annotations.
 * Follows pkg/registry/core/pod/strategy.go (PrepareForCreate) and pkg/api/pod/util.go
 * (DropDisabledPodFields). The engine has no clock, so the time of a condition is given to it.
 */
import type {
  Container,
  LabelSelector,
  Pod,
  PodSpec,
  PodTemplateSpec,
} from '../../manifest/index.ts';
import type { Mutable } from '../draft.ts';
import { utf8Length } from '../validation/machinery/index.ts';
import { podQosClass } from './pod-qos.ts';

type Spec = Mutable<PodSpec>;
type AppArmorProfile = NonNullable<NonNullable<Spec['securityContext']>['appArmorProfile']>;
type Labels = Readonly<Record<string, string>>;

const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';

const MAX_APP_ARMOR_PROFILE = 4095;

/** Stands for the time of the request where nobody says it. */
const NO_TIME = '1970-01-01T00:00:00Z';

/**
 * Makes the Pod what is validated and stored; the draft is changed in place. Gives warnings.
 * `now` is the time of the request, RFC 3339.
 */
export function preparePodForCreate(pod: Pod, now: string = NO_TIME): readonly string[] {
  const draft = pod as Mutable<Pod>;
  draft.status = { phase: 'Pending', qosClass: podQosClass(pod.spec) };
  dropDisabledFields(draft.spec);
  setGatedCondition(draft, now);
  mergeLabelKeys(draft.spec, pod.metadata?.labels ?? {});
  return applyAppArmorAnnotations(draft);
}

/** The same for the template of a workload: only fields of disabled features go. */
export function preparePodTemplateForCreate(template: PodTemplateSpec): void {
  if (template.spec) dropDisabledFields(template.spec as Spec);
}

function dropDisabledFields(spec: Spec): void {
  for (const container of allContainers(spec)) {
    // ContainerStopSignals
    if (container.lifecycle?.stopSignal === undefined) continue;
    delete container.lifecycle.stopSignal;
    if (!container.lifecycle.preStop && !container.lifecycle.postStart) delete container.lifecycle;
  }
  for (const volume of spec.volumes ?? []) {
    for (const source of volume.projected?.sources ?? []) {
      // ClusterTrustBundleProjection and PodCertificateRequest
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
  // GenericWorkload
  delete spec.schedulingGroup;
}

function allContainers(spec: Spec): readonly Mutable<Container>[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec.ephemeralContainers ?? []) as Mutable<Container>[]),
  ];
}

function setGatedCondition(pod: Mutable<Pod>, now: string): void {
  if ((pod.spec.schedulingGates ?? []).length === 0 || !pod.status) return;
  pod.status.conditions = [
    {
      type: 'PodScheduled',
      status: 'False',
      // Go's zero time prints as null.
      lastProbeTime: null as unknown as string,
      lastTransitionTime: now,
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    },
  ];
}

/** `matchLabelKeys` become expressions with the Pod's own values. */
function mergeLabelKeys(spec: Spec, labels: Labels): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    const terms = [
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        (it) => it.podAffinityTerm,
      ),
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ];
    for (const term of terms) {
      addExpressions(term?.labelSelector, term?.matchLabelKeys, 'In', labels);
      addExpressions(term?.labelSelector, term?.mismatchLabelKeys, 'NotIn', labels);
    }
  }
  for (const it of spec.topologySpreadConstraints ?? []) {
    addExpressions(it.labelSelector, it.matchLabelKeys, 'In', labels);
  }
}

function addExpressions(
  selector: Mutable<LabelSelector> | undefined,
  keys: readonly string[] | undefined,
  operator: string,
  labels: Labels,
): void {
  if (!selector) return;
  for (const key of keys ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (value === undefined) continue;
    selector.matchExpressions ??= [];
    selector.matchExpressions.push({ key, operator, values: [value] });
  }
}

/** Old annotations become fields of containers that have none. */
function applyAppArmorAnnotations(pod: Mutable<Pod>): readonly string[] {
  if (pod.spec.os?.name === 'windows') return [];
  const warnings: string[] = [];
  const podProfile = pod.spec.securityContext?.appArmorProfile;
  for (const container of allContainers(pod.spec)) {
    const key = APP_ARMOR + (container.name ?? '');
    const annotation = pod.metadata?.annotations?.[key];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = appArmorProfileOf(annotation);
    if (profile && isSameProfile(profile, podProfile)) continue;
    if (profile) (container.securityContext ??= {}).appArmorProfile = profile;
    const text = 'deprecated since v1.30; use the "appArmorProfile" field instead';
    warnings.push(`metadata.annotations[${key}]: ${text}`);
  }
  return warnings;
}

/** The profile that an annotation stands for, undefined where it has none. */
export function appArmorProfileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const file = /^localhost\/([^]+)$/.exec(annotation)?.[1];
  // A name that validation would refuse is not copied.
  if (file === undefined || file.trim() !== file || utf8Length(file) > MAX_APP_ARMOR_PROFILE)
    return undefined;
  return { type: 'Localhost', localhostProfile: file };
}

/** Whether two profiles say the same. */
export function isSameProfile(
  a: AppArmorProfile,
  b: { readonly type?: string; readonly localhostProfile?: string } | undefined,
): boolean {
  return b !== undefined && a.type === b.type && a.localhostProfile === b.localhostProfile;
}
