/**
 * For each plugin that refuses a pod on a node: what of the pod would have to change there.
 * These are guesses; `smallest-changes.ts` proves each by running the cycle again.
 */
import { containersOf, type NodeInfo, type PodInfo } from '../cluster/index.ts';
import { milliUnitsOf, unitsOf, type Pod } from '../manifest/index.ts';
import { amountText } from './amount-text.ts';
import { requiredNodeAffinityMatches } from './node-selector.ts';
import type { PodChange } from './pod-change.ts';
import { shortagesOf, type Shortage } from './plugins/node-resources-fit.ts';
import { formatTaint, keepsPodsOff, tolerates } from './tolerations.ts';

/** Sets of changes, each of which might satisfy the plugin; none where no change could. */
export type Repair = (pod: PodInfo, node: NodeInfo) => readonly (readonly PodChange[])[];

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

/** By plugin. The volume plugins have none: what would help them is not in the pod. */
export const REPAIRS: Readonly<Record<string, Repair>> = {
  NodeUnschedulable: () => [
    [tolerate('node.kubernetes.io/unschedulable', undefined, 'NoSchedule')],
  ],

  NodeName: () => [[remove(['spec', 'nodeName'], 'remove nodeName')]],

  TaintToleration: ({ pod }, { facts }) => {
    const tolerations = pod.spec.tolerations ?? [];
    const taints = facts.taints.filter(
      (taint) => keepsPodsOff(taint) && !tolerations.some((it) => tolerates(it, taint)),
    );
    return [taints.map((it) => tolerate(it.key, it.value, it.effect))];
  },

  NodeAffinity: ({ pod }, node) => [repairSelector(pod, node)],

  NodePorts: ({ pod, hostPorts }, { hostPorts: used }) => {
    const changes: PodChange[] = [];
    containersOf(pod).forEach((container, c) =>
      (container.ports ?? []).forEach((port, p) => {
        const wanted = hostPorts.find((it) => it.hostPort === port.hostPort);
        if (!wanted || !used.some((it) => it.hostPort === wanted.hostPort)) return;
        changes.push(
          remove(
            ['spec', 'containers', c, 'ports', p, 'hostPort'],
            `remove the host port ${port.hostPort} of ${container.name}`,
          ),
        );
      }),
    );
    return [changes];
  },

  NodeResourcesFit: (pod, node) => [
    shortagesOf(pod, node).flatMap((it) => lowerRequest(pod.pod, it)),
  ],

  PodTopologySpread: ({ pod }) =>
    (pod.spec.topologySpreadConstraints ?? []).flatMap((it, i) =>
      it.whenUnsatisfiable === 'DoNotSchedule'
        ? [
            [
              replace(
                ['spec', 'topologySpreadConstraints', i, 'maxSkew'],
                it.maxSkew + 1,
                `raise maxSkew of the ${it.topologyKey} constraint to ${it.maxSkew + 1}`,
              ),
            ],
            [
              replace(
                ['spec', 'topologySpreadConstraints', i, 'whenUnsatisfiable'],
                'ScheduleAnyway',
                `let the ${it.topologyKey} constraint be ScheduleAnyway`,
              ),
            ],
          ]
        : [],
    ),

  InterPodAffinity: ({ pod }) =>
    (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) =>
      (pod.spec.affinity?.[kind]?.[REQUIRED] ?? []).map((it, i) => [
        remove(
          ['spec', 'affinity', kind, REQUIRED, i],
          `remove the required ${kind} term of ${it.topologyKey}`,
        ),
      ]),
    ),
};

function tolerate(
  key: string,
  value: string | undefined,
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute',
): PodChange {
  const toleration = value
    ? { key, operator: 'Equal', value, effect }
    : { key, operator: 'Exists', effect };
  return {
    op: 'add',
    path: ['spec', 'tolerations'],
    value: toleration,
    cost: 1,
    text: `add a toleration of ${formatTaint({ key, value, effect })}`,
  };
}

/** The keys of nodeSelector that a node lacks, and the required affinity if it still refuses. */
function repairSelector(pod: Pod, { facts }: NodeInfo): readonly PodChange[] {
  const changes: PodChange[] = [];
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (facts.labels[key] === value) continue;
    changes.push(remove(['spec', 'nodeSelector', key], `remove ${key} from nodeSelector`));
  }
  const { nodeSelector: _, ...spec } = pod.spec;
  if (requiredNodeAffinityMatches({ ...pod, spec }, facts)) return changes;
  const path = ['spec', 'affinity', 'nodeAffinity', REQUIRED];
  return [...changes, remove(path, 'remove the required node affinity')];
}

/** Lowers the largest request of a resource by what is missing; nothing where it would vanish. */
function lowerRequest(
  pod: Pod,
  { resource, requested, used, allocatable }: Shortage,
): readonly PodChange[] {
  const { spec } = pod;
  const free = allocatable - used;
  if (resource === 'pods' || free <= 0) return [];
  const cost = 1 + (requested - free) / requested;
  if (spec.resources?.requests?.[resource] !== undefined) {
    const value = amountText(resource, free);
    const path = ['spec', 'resources', 'requests', resource];
    return [replace(path, value, `lower the pod's ${resource} request to ${value}`, cost)];
  }
  const containers = containersOf(pod);
  const sizes = containers.map(({ resources }) =>
    amountOf(resource, resources?.requests?.[resource] ?? resources?.limits?.[resource]),
  );
  const largest = Math.max(...sizes);
  const at = sizes.indexOf(largest);
  const left = largest - (requested - free);
  const container = containers[at];
  if (!container || left <= 0) return [];
  const value = amountText(resource, left);
  const lower = (list: 'requests' | 'limits'): PodChange => {
    const what = `${resource} ${list === 'requests' ? 'request' : 'limit'} of ${container.name}`;
    const path = ['spec', 'containers', at, 'resources', list, resource];
    return replace(path, value, `lower the ${what} to ${value}`, cost);
  };
  if (!resource.includes('/')) return [lower('requests')];
  // What cannot be overcommitted is requested as its limit says, and both must stay equal.
  return container.resources?.requests?.[resource] === undefined
    ? [lower('limits')]
    : [lower('requests'), lower('limits')];
}

function amountOf(resource: string, text: string | number | undefined): number {
  return resource === 'cpu' ? milliUnitsOf(text) : unitsOf(text);
}

function remove(path: PodChange['path'], text: string): PodChange {
  return { op: 'remove', path, cost: 1, text };
}

function replace(path: PodChange['path'], value: unknown, text: string, cost = 1): PodChange {
  return { op: 'replace', path, value, cost, text };
}
