/** The part of a rule's story that happens to its nodes. */
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { TimeWindow } from '../../server/src/explanation/index.ts';
import { simulatePod, type Scenario } from '../../server/src/lifecycle/kubelet/index.ts';
import type { KubernetesObject, Node, Pod, StatefulSet } from '../../server/src/manifest/index.ts';
import type { WorkloadPrediction } from '../../server/src/prediction/index.ts';
import type {
  DisruptionPlan,
  LifePlan,
  PreemptionTrace,
  ReplayEntry,
  ReplayStory,
} from '../../server/src/races/index.ts';
import { DELETED } from '../../server/src/races/facts/replays.ts';
import { mountedClaims } from '../../server/src/races/facts/claims.ts';
import {
  schedule,
  SchedulingSnapshot,
  simulatePreemption,
  type PreemptionEntry,
} from '../../server/src/scheduling/index.ts';
import {
  longestOutage,
  simulateDisruption,
  type DisruptionEntry,
  type DisruptionStory,
  type NodeEvent,
  type RolloutPod,
  type RolloutWorkload,
} from '../../server/src/workloads/index.ts';
import type { Recorder } from './replay-recorder.ts';

/** Where nothing bounds when a pod is Ready it is watched for so long, in seconds. */
const LONG_SECONDS = 300;
/** How late the node lifecycle controller looks for a lease at the latest, in seconds. */
const MONITOR_SECONDS = 5;

/** The methods of a story that happens to nodes. */
export function nodeStory(
  workload: WorkloadPrediction,
  recorder: Recorder,
  scenarioOf: (plan: LifePlan) => Scenario,
): Pick<ReplayStory, 'disrupted' | 'preempted' | 'replaced'> {
  return {
    disrupted(plan) {
      const ready = workload.startup?.ofKind('ready')[0]?.window;
      if (!ready || !isReplaced(workload)) return undefined;
      const { earliest, latest } = ready;
      const quick = play(workload, plan, earliest, 0);
      const slow = play(workload, plan, Math.min(latest, LONG_SECONDS), MONITOR_SECONDS);
      const trace = recorder.tell('disruption', bounded(quick, slow));
      return { ...trace, longestOutage: longestOutage(slow, plan.until) };
    },
    replaced: (plan) =>
      recorder.tell(
        'kubelet',
        replaced(workload, scenarioOf({ actions: DELETED, until: 120, ...plan })),
      ),
    preempted: (by, exitAfter) => preempted(workload, by, exitAfter, recorder),
  };
}

function isReplaced({ kind }: WorkloadPrediction): boolean {
  return ['Deployment', 'ReplicaSet', 'StatefulSet'].includes(kind);
}

function play(
  workload: WorkloadPrediction,
  plan: DisruptionPlan,
  readyAfter: number,
  seenAfter: number,
): readonly DisruptionEntry[] {
  const { pod, object, prediction, namespace } = workload;
  const exit = workload.shutdown('drain')?.ofKind('gone')[0]?.window.latest ?? 0;
  if (!pod) return [];
  return simulateDisruption({
    workload: object as unknown as RolloutWorkload,
    pod,
    budgets: prediction.snapshot.list('PodDisruptionBudget', namespace),
    readyAfter,
    exitAfter: Math.min(exit, LONG_SECONDS),
    disksOf: disksOf(workload),
    place: placer(workload, pod, plan.bringsNodes === true),
    events: (nodes) => plan.events(nodes).map((it) => seen(it, seenAfter)),
    until: plan.until,
  });
}

function seen(event: NodeEvent, seenAfter: number): NodeEvent {
  return event.do === 'lose' ? { seenAfter, ...event } : event;
}

/** The scheduler's best node of those that are open, beside the workload's own pods. */
function placer(
  workload: WorkloadPrediction,
  pod: Pod,
  bringsNodes: boolean,
): DisruptionStory['place'] {
  const { prediction } = workload;
  const own = new Set(workload.pods.map((it) => it.pod));
  const nodes = prediction.snapshot.list('Node');
  const placed = prediction.placedBesides(own);
  const base = bringsNodes ? placed.withNodes(nodes.map(brandNew)) : placed;
  const old = new Set(nodes.map((it) => it.metadata.name));
  return (_, besides, closed) => {
    let snapshot = base;
    for (const [i, { node, deletedAt }] of besides.entries()) {
      const deletionTimestamp = deletedAt === undefined ? undefined : '1970-01-01T00:00:00Z';
      const metadata = { ...pod.metadata, name: `${pod.metadata.name}-${i}`, deletionTimestamp };
      if (node) snapshot = snapshot.withPod({ ...pod, metadata }, node);
    }
    const { tied, feasible } = schedule(pod, snapshot);
    // New nodes come when the old ones go.
    const isOpen = (it: string) => !closed.has(it) && (closed.size > 0 || old.has(it));
    return [...tied, ...feasible].find(isOpen);
  };
}

function brandNew(node: Node): Node {
  const name = `${node.metadata.name}-new`;
  const labels = { ...node.metadata.labels, 'kubernetes.io/hostname': name };
  return { ...node, metadata: { ...node.metadata, name, labels } };
}

/** The claims of a pod that one node has at a time. */
function disksOf(workload: WorkloadPrediction): (pod: RolloutPod) => readonly string[] {
  const named = mountedClaims(workload)
    .filter((it) => it.attached && it.sharing !== 'many')
    .map((it) => it.name);
  const { volumeClaimTemplates = [] } = (workload.object as unknown as StatefulSet).spec ?? {};
  const templates = volumeClaimTemplates.map((it) => it.metadata?.name ?? '');
  return (pod) => [...named, ...templates.map((it) => `${it}-${pod.name}`)];
}

/** Each thing from when it happens at the quickest to the slowest, where both tell it. */
function bounded(
  quick: readonly ReplayEntry[],
  slow: readonly ReplayEntry[],
): readonly ReplayEntry[] {
  const keyOf = ({ source, what, container = '' }: ReplayEntry) => `${source} ${what} ${container}`;
  const times = new Map<string, number[]>();
  for (const it of slow) times.set(keyOf(it), [...(times.get(keyOf(it)) ?? []), it.t]);
  return quick.map((it) => {
    const latest = times.get(keyOf(it))?.shift();
    return latest === undefined ? it : { ...it, t: Math.min(it.t, latest), latest };
  });
}

/** The pods of `by` come where each node has no room for one pod more. */
function preempted(
  workload: WorkloadPrediction,
  by: WorkloadPrediction,
  exitAfter: TimeWindow,
  recorder: Recorder,
): PreemptionTrace {
  const { prediction } = workload;
  const own = new Set(workload.runningPods.map((it) => it.pod));
  const there = prediction.workloads
    .filter((it) => it.subject !== by.subject)
    .flatMap((it) => it.runningPods.map(({ pod }) => pod));
  const objects = [...prediction.snapshot.objects()].filter(
    (it) => !/^(Node|Pod)$/.test(it.kind ?? ''),
  );
  const nodes = prediction.snapshot.list('Node').map((node) => {
    const onNode = there.filter((it) => it.spec.nodeName === node.metadata.name).length;
    const allocatable = { ...node.status?.allocatable, pods: `${onNode}` };
    return { ...node, status: { ...node.status, allocatable } } as unknown as KubernetesObject;
  });
  const told = (seconds: number) =>
    simulatePreemption({
      objects: [...objects, ...nodes],
      pods: there,
      arrivals: by.pods.map(({ pod }) => ({ at: 0, pod })),
      exitAfter: (it) => (own.has(it) ? seconds : LONG_SECONDS),
    });
  const slow = told(exitAfter.latest);
  const entries = bounded(told(exitAfter.earliest).map(preemptionEntry), slow.map(preemptionEntry));
  const taken = slow.filter((it) => it.what === 'preempted' && own.has(it.pod)).length;
  return {
    ...recorder.tell('preemption', entries),
    fewestLeft: own.size - taken,
    longestWait: Math.max(0, ...slow.filter((it) => it.what === 'bound').map((it) => it.t)),
  };
}

function preemptionEntry({ t, what, pod, node }: PreemptionEntry): ReplayEntry {
  return { t, source: 'scheduler', what, container: pod.metadata.name, detail: node };
}

/** When the controllers of a kind make the next pod: these do not wait until the old one is gone. */
const HASTY_KINDS = ['Deployment', 'ReplicaSet', 'ReplicationController', 'Job'];

/** The node's one pod is deleted, and the next comes as soon as it may. */
function replaced(workload: WorkloadPrediction, scenario: Scenario): readonly ReplayEntry[] {
  const { pod, prediction, kind, scheduling } = workload;
  const nodeName = pod?.spec.nodeName ?? scheduling?.nodeName;
  const node = prediction.snapshot.list('Node').find((it) => it.metadata.name === nodeName);
  if (!pod || !node) return [];
  const isEarly = HASTY_KINDS.includes(kind) && (pod.spec.nodeName ?? fitsBeside(pod, node));
  const after = { when: isEarly ? 'status:deletion' : 'gone', plus: CONTROLLER_SECONDS };
  const next = { ...scenario.pod, metadata: { ...pod.metadata, name: REPLACEMENT } };
  const { labels } = node.metadata;
  return simulatePod({
    ...scenario,
    node,
    nodeLabels: { ...scenario.nodeLabels, ...labels },
    extraPods: [{ name: REPLACEMENT, after, pod: next }],
  }).map((it) => (it.pod === REPLACEMENT ? { ...it, container: REPLACEMENT } : it));
}

const REPLACEMENT = 'replacement';
/** The controller makes a pod and, where it is asked, the scheduler binds it, in seconds. */
const CONTROLLER_SECONDS = 0.02;

/** Whether the scheduler finds room for the next pod while the node has the old one. */
function fitsBeside(pod: Pod, node: Node): boolean {
  const metadata = { ...pod.metadata, name: 'old', deletionTimestamp: '1970-01-01T00:00:00Z' };
  const old = { ...pod, metadata, spec: { ...pod.spec, nodeName: node.metadata.name } };
  const objects = [node, old] as unknown as readonly KubernetesObject[];
  const snapshot = SchedulingSnapshot.of(new ClusterSnapshot(objects));
  return schedule(pod, snapshot).nodeName !== undefined;
}
