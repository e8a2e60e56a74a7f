/**
 * The pods that controllers make of every workload, and what the API server says when they create
 * them.
 */
import type { Explanation } from '../explanation/index.ts';
import {
  LIMITS,
  type CronJob,
  type DaemonSet,
  type Deployment,
  type HorizontalPodAutoscaler,
  type Job,
  type KubernetesObject,
  type Node,
  type Pod,
  type ReplicaSet,
  type StatefulSet,
} from '../manifest/index.ts';
import { autoscaledReplicas } from './autoscaling.ts';
import { daemonSetNodes, daemonSetPod, type LeftOutNode } from './daemon-set.ts';
import { cronJobPod, jobPod, jobPodCount } from './job.ts';
import { namedAs, podRequest, type BuiltPod } from './pod-from-template.ts';
import { deploymentPod, replicaSetPod } from './replica-set.ts';
import { statefulSetPod } from './stateful-set.ts';

/** The kinds that make pods. */
export type Workload = Deployment | ReplicaSet | StatefulSet | DaemonSet | Job | CronJob;

/** A workload's pods as its controller would create them. */
export interface Expansion {
  readonly owner: KubernetesObject;
  /** In the order they are created; no more than `LIMITS.replicas`. */
  readonly pods: readonly BuiltPod[];
  /** How many it wants in all. */
  readonly wanted: number;
  /** How many it creates without waiting for one to become available. */
  readonly atOnce: number;
  /** Nodes a DaemonSet leaves out. */
  readonly leftOut: readonly LeftOutNode[];
}

const KINDS: readonly string[] = [
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
];

/** Whether the object makes pods of a template and has one. */
export function isWorkload(object: KubernetesObject): object is Workload {
  if (!KINDS.includes(object.kind ?? '')) return false;
  const { spec } = object as { spec?: { template?: object; jobTemplate?: { spec?: object } } };
  return object.kind === 'CronJob'
    ? spec?.jobTemplate?.spec !== undefined
    : spec?.template !== undefined;
}

/** The pods of a workload in a world of these nodes, and of these autoscalers of its namespace. */
export function expandWorkload(
  workload: Workload,
  nodes: readonly Node[],
  autoscalers: readonly HorizontalPodAutoscaler[] = [],
): Expansion {
  const replicas = autoscaledReplicas(workload, autoscalers);
  switch (workload.kind) {
    case 'Deployment': {
      const wanted = replicas ?? workload.spec?.replicas;
      return numbered(workload, wanted, (i) => deploymentPod(workload, i));
    }
    case 'ReplicaSet': {
      const wanted = replicas ?? workload.spec?.replicas;
      return numbered(workload, wanted, (i) => replicaSetPod(workload, i));
    }
    case 'StatefulSet':
      return expandStatefulSet(workload, replicas ?? workload.spec?.replicas);
    case 'DaemonSet':
      return expandDaemonSet(workload, nodes);
    case 'Job':
      return numbered(workload, jobPodCount(workload.spec), (i) => jobPod(workload, i));
    default:
      return expandCronJob(workload);
  }
}

function numbered(
  owner: KubernetesObject,
  replicas: number | undefined,
  podAt: (number: number) => BuiltPod,
): Expansion {
  const wanted = Math.max(0, replicas ?? 1);
  const pods = Array.from({ length: Math.min(wanted, LIMITS.replicas) }, (_, i) => podAt(i));
  return { owner, pods, wanted, atOnce: wanted, leftOut: [] };
}

function expandStatefulSet(set: StatefulSet, replicas: number | undefined): Expansion {
  const start = set.spec?.ordinals?.start ?? 0;
  const all = numbered(set, replicas, (i) => statefulSetPod(set, start + i));
  const parallel = set.spec?.podManagementPolicy === 'Parallel';
  return { ...all, atOnce: parallel ? all.wanted : Math.min(1, all.wanted) };
}

function expandDaemonSet(set: DaemonSet, nodes: readonly Node[]): Expansion {
  const { on, leftOut } = daemonSetNodes(set, nodes);
  const all = numbered(set, on.length, (i) => daemonSetPod(set, on[i]?.metadata.name ?? '', i));
  return { ...all, leftOut };
}

function expandCronJob(cronJob: CronJob): Expansion {
  const { jobTemplate, suspend } = cronJob.spec ?? {};
  const count = suspend || !jobTemplate?.spec ? 0 : jobPodCount(jobTemplate.spec);
  return numbered(cronJob, count, (i) => cronJobPod(cronJob, i));
}

/** What the API server makes of one pod: the stored object, or the refusal's message. */
export type AdmitPod = (pod: Pod) => { readonly pod: Pod } | { readonly refused: string };

/** The pods that came through admission, and the event that tells of those that did not. */
export interface Created {
  readonly pods: readonly BuiltPod[];
  /** As the workload's events read: `FailedCreate: Error creating: …`. */
  readonly events: readonly string[];
  readonly because: readonly Explanation[];
}

/**
 * Creates a workload's pods one after the other; the first refusal ends it, as in the controllers.
 */
export function createPods(expansion: Expansion, admit: AdmitPod): Created {
  const pods: BuiltPod[] = [];
  const events: string[] = [];
  const because: Explanation[] = [];
  const { owner } = expansion;
  for (const built of expansion.pods) {
    const answer = admit(podRequest(built));
    if ('pod' in answer) {
      pods.push({ ...built, pod: namedAs(built, answer.pod) });
      continue;
    }
    const event = failedCreateEvent(owner, built.pod, answer.refused);
    events.push(event);
    because.push({ message: event, cites: [{ root: owner, path: built.templatePath }] });
    break;
  }
  return { pods, events, because };
}

function failedCreateEvent(owner: KubernetesObject, pod: Pod, message: string): string {
  if (owner.kind !== 'StatefulSet') return `FailedCreate: Error creating: ${message}`;
  const { name } = owner.metadata;
  const what = `Create Pod ${pod.metadata.name} in StatefulSet ${name} failed error`;
  return `FailedCreate: ${what}: ${message}`;
}
