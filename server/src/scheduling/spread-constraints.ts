/**
 * The topology spread constraints that hold for a pod: its own, or the system's defaults.
 * Follows pkg/scheduler/framework/plugins/podtopologyspread/common.go and plugin.go, and
 * pkg/scheduler/framework/plugins/helper/spread.go.
 */
import { objectKey, type NodeInfo, type PodInfo } from '../cluster/index.ts';
import {
  labelsMatch,
  selectorMatches,
  type KubernetesObject,
  type Labels,
  type LabelSelector,
  type LabelSelectorRequirement,
  type Pod,
  type TopologySpreadConstraint,
} from '../manifest/index.ts';
import { ClassMatch } from './class-match.ts';
import { requiredNodeAffinityMatches } from './node-selector.ts';
import type { TopologyColumn } from './node-table.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';
import { untoleratedTaint } from './tolerations.ts';

/** One constraint, ready to count. */
export interface SpreadConstraint {
  /** Its place in the pod's list; undefined for a default of the system. */
  readonly index: number | undefined;
  readonly topologyKey: string;
  readonly column: TopologyColumn;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Which pods count, of the pod's own namespace. */
  readonly match: ClassMatch;
  /** An empty selector matches pods that come and go, but is not counted: it spreads nothing. */
  readonly countsNone: boolean;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

/** The label that tells nodes apart. */
export const HOSTNAME = 'kubernetes.io/hostname';

/** What a Deployment tells the pods of its ReplicaSets apart by. */
const HASH_LABEL = 'pod-template-hash';

interface ReplicationController extends KubernetesObject {
  readonly spec?: { readonly selector?: Labels };
}

const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  {
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'ScheduleAnyway',
    maxSkew: 5,
  },
];

/** The constraints of one kind; none where the pod has none and no default applies. */
export function spreadConstraints(
  pod: PodInfo,
  snapshot: SchedulingSnapshot,
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway',
): readonly SpreadConstraint[] {
  const own = pod.pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0) {
    return own.flatMap((it, index) =>
      it.whenUnsatisfiable === whenUnsatisfiable
        ? [prepare(it, withLabelKeys(it, pod.labels), pod, snapshot, index)]
        : [],
    );
  }
  const defaults = SYSTEM_DEFAULTS.filter((it) => it.whenUnsatisfiable === whenUnsatisfiable);
  if (defaults.length === 0) return [];
  const selector = defaultSelector(pod, snapshot);
  if (!selector) return [];
  return defaults.map((it) => prepare(it, selector, pod, snapshot, undefined));
}

/** Whether the constraint's node policies let a node count as part of its domain. */
export function policiesAdmit(
  { honorsAffinity, honorsTaints }: SpreadConstraint,
  { pod }: PodInfo,
  node: NodeInfo,
): boolean {
  // Mostly there is no policy, and then thousands of nodes need not even be visited.
  if (honorsAffinity && !requiredNodeAffinityMatches(pod, node.facts)) return false;
  return !honorsTaints || untoleratedTaint(pod, node.facts.taints) === undefined;
}

/** By node index, how many of its pods count for a constraint. */
export function podCounts(
  { match, countsNone }: SpreadConstraint,
  snapshot: SchedulingSnapshot,
): Int32Array {
  return countsNone ? new Int32Array(snapshot.nodes.length) : snapshot.countPods(match, 'live');
}

/** Whether a node has every topology key of the constraints. */
export function hasAllKeys(constraints: readonly SpreadConstraint[], index: number): boolean {
  for (const { column } of constraints) if ((column.ids[index] ?? -1) < 0) return false;
  return true;
}

function prepare(
  constraint: TopologySpreadConstraint,
  selector: LabelSelector | undefined,
  { namespace, pod }: PodInfo,
  snapshot: SchedulingSnapshot,
  index: number | undefined,
): SpreadConstraint {
  return {
    index,
    topologyKey: constraint.topologyKey,
    column: snapshot.table.column(constraint.topologyKey),
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    match: new ClassMatch(
      snapshot.podClasses,
      (it) => it.namespace === namespace && selectorMatches(selector, it.labels),
    ),
    countsNone: isEmptySelector(selector),
    honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore' && asksForNodes(pod),
    honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** Whether the pod rules nodes out at all: else there is no affinity to honour. */
function asksForNodes({ spec }: Pod): boolean {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return Boolean(spec.nodeSelector ?? required);
}

function withLabelKeys(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  labels: Labels,
): LabelSelector | undefined {
  if (!labelSelector) return undefined;
  const more: LabelSelectorRequirement[] = [];
  for (const key of matchLabelKeys) {
    const value = labels[key];
    if (value !== undefined) more.push({ key, operator: 'In', values: [value] });
  }
  return {
    ...labelSelector,
    matchExpressions: [...(labelSelector.matchExpressions ?? []), ...more],
  };
}

/** What the Services and the controller of a pod select together; undefined where nothing does. */
function defaultSelector(pod: PodInfo, snapshot: SchedulingSnapshot): LabelSelector | undefined {
  const matchLabels: Record<string, string> = {};
  for (const { spec } of snapshot.cluster.list('Service', pod.namespace)) {
    if (spec.selector && labelsMatch(spec.selector, pod.labels)) {
      Object.assign(matchLabels, spec.selector);
    }
  }
  const selector = both({ matchLabels }, controllerSelector(pod, snapshot));
  return isEmptySelector(selector) ? undefined : selector;
}

/** The selector of the controller that made the pod, where it is of a kind that is asked. */
function controllerSelector(
  { pod, namespace, labels }: PodInfo,
  { cluster }: SchedulingSnapshot,
): LabelSelector | undefined {
  const owner = pod.metadata.ownerReferences?.find((it) => it.controller);
  if (!owner) return undefined;
  const { kind, name } = owner;
  if (kind === 'StatefulSet') return cluster.get(kind, namespace, name)?.spec.selector;
  if (kind === 'ReplicationController') {
    const key = objectKey(kind, namespace, name);
    const found: ReplicationController | undefined = cluster.find(key);
    return found?.spec?.selector && { matchLabels: found.spec.selector };
  }
  if (kind !== 'ReplicaSet') return undefined;
  const declared = cluster.get(kind, namespace, name);
  const hash = labels[HASH_LABEL];
  if (declared ?? hash === undefined) return declared?.spec.selector;
  // The ReplicaSet that a Deployment makes selects what the Deployment does, with the hash.
  const deployment = name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : '';
  const selector = cluster.get('Deployment', namespace, deployment)?.spec.selector;
  return selector && both(selector, { matchLabels: { [HASH_LABEL]: hash } });
}

/** What two selectors select alike. */
function both(a: LabelSelector, b: LabelSelector | undefined): LabelSelector {
  if (!b) return a;
  const pairs = Object.entries(b.matchLabels ?? {});
  return {
    matchLabels: a.matchLabels ?? {},
    matchExpressions: [
      ...(a.matchExpressions ?? []),
      ...pairs.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
      ...(b.matchExpressions ?? []),
    ],
  };
}

function isEmptySelector(selector: LabelSelector | undefined): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}
