/** The words of a rollout over time: what changes, how pods behave, and what came of it. */
import type { Explanation, TimeWindow } from '../explanation/index.ts';
import type {
  DaemonSet,
  Deployment,
  PodDisruptionBudget,
  ReplicaSet,
  StatefulSet,
} from '../manifest/index.ts';

/** The kinds whose pods are replaced over time. */
export type RolloutWorkload = Deployment | ReplicaSet | StatefulSet | DaemonSet;

/** How pods start and end, in seconds; what the lifecycle simulation bounds. */
export interface PodBehaviour {
  /** From binding to Ready; a window where it is only bounded. */
  readonly readyAfter: number | TimeWindow;
  /** From deletion to the object's removal. */
  readonly exitAfter: number | TimeWindow;
  /** Pods of the new template never become Ready. */
  readonly newNeverReady?: boolean;
}

/** What happens at second 0. */
export type RolloutChange =
  | { readonly kind: 'template' }
  /** The workload is new: it has no pods yet. */
  | { readonly kind: 'create' }
  /** A new template, and the old one again at a time in seconds; of StatefulSets. */
  | { readonly kind: 'revert'; readonly at: number }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'evict'; readonly budgets: readonly PodDisruptionBudget[] };

/** One pod of the run. Times are seconds after the change; negative ones lie before it. */
export interface RolloutPod {
  readonly id: number;
  readonly name: string;
  /** Of the new template. */
  readonly isNew: boolean;
  /** The StatefulSet ordinal. */
  readonly ordinal?: number;
  /** The node a DaemonSet pins it to, or the one it was placed on. */
  readonly node?: string;
  readonly bound: boolean;
  readonly createdAt: number;
  readonly readyAt?: number;
  /** It was Ready, and is not since. */
  readonly failedAt?: number;
  readonly deletedAt?: number;
}

/** Why a bound pod does not start: a volume that another has, or a port of its node. */
export interface Held {
  readonly what: 'FailedAttachVolume' | 'BackOff';
  readonly message: string;
}

/** Takes one of so many equal choices. */
export type Choose = (options: number) => number;

/** What the run asks of the world around it. Everything is possible where a function is missing. */
export interface RolloutSurroundings {
  /** The node for a pod besides all that are there, terminating ones too; undefined: none. */
  readonly place?: (
    pod: RolloutPod,
    besides: readonly RolloutPod[],
    choose: Choose,
  ) => string | undefined;
  /** The scheduler's words for a pod that `place` found no node for. */
  readonly whyNotPlaced?: (
    pod: RolloutPod,
    besides: readonly RolloutPod[],
  ) => Explanation | undefined;
  /** What keeps a bound pod from starting until others are gone; undefined: nothing. */
  readonly hold?: (pod: RolloutPod, besides: readonly RolloutPod[]) => Held | undefined;
  /** Decides what is left to chance; without one the first of equals is taken. */
  readonly seed?: number;
  /** Why the pod is refused when it is created, as by a quota; undefined: it is admitted. */
  readonly refuse?: (pod: RolloutPod, besides: readonly RolloutPod[]) => string | undefined;
  /** The nodes a DaemonSet runs on. */
  readonly nodes?: readonly string[];
  /** Until when the world is watched, in seconds; deadlines beyond are not seen to pass. */
  readonly observeSeconds?: number;
}

/** One change of the pods, and the counts after it. */
export interface RolloutStep {
  readonly at: TimeWindow;
  readonly what: 'created' | 'ready' | 'deleting' | 'gone';
  readonly isNew: boolean;
  readonly pod: string;
  /** All pods. */
  readonly total: number;
  /** Those not terminating. */
  readonly pods: number;
  /** Those Ready and not terminating. */
  readonly ready: number;
}

/** What a component says of a rollout: an event of a pod or a ReplicaSet, or a condition's reason. */
export type RolloutNoticeReason =
  | 'FailedScheduling'
  | 'FailedCreate'
  | 'FailedAttachVolume'
  | 'BackOff'
  | 'NewReplicaSetAvailable'
  | 'ProgressDeadlineExceeded'
  | 'TemplateReverted';

/** One thing said; that no node is found for a pod, once for each. */
export interface RolloutNotice {
  readonly at: TimeWindow;
  readonly what: RolloutNoticeReason;
  /** The pod, one that was not created too, or the Deployment. */
  readonly of: string;
  readonly message: string;
}

/** Counts of pods at one moment. */
export interface PodCounts {
  readonly total: number;
  readonly pods: number;
  readonly ready: number;
}

/** What the eviction API said to one request. */
export interface EvictionAnswer {
  readonly pod: string;
  readonly code: number;
  readonly message?: string;
  readonly cause?: string;
}

/** How a rollout ends. */
export type RolloutOutcome = 'complete' | 'stuck' | 'nothing-to-do';

/** A rollout from the first change to the last. */
export interface Rollout {
  readonly steps: readonly RolloutStep[];
  /** What the scheduler and the controllers say on the way. */
  readonly notices: readonly RolloutNotice[];
  readonly before: PodCounts;
  readonly after: PodCounts;
  readonly minReady: number;
  readonly maxPods: number;
  readonly maxTotal: number;
  /** The pods at the end. */
  readonly pods: readonly RolloutPod[];
  /** Ready pods of the new template at the end. */
  readonly newReady: number;
  /** When the last change happens. */
  readonly duration: TimeWindow;
  readonly outcome: RolloutOutcome;
  /** `Type=Status Reason` of a Deployment; none for other kinds. */
  readonly conditions: readonly string[];
  readonly evictions: readonly EvictionAnswer[];
  /** What the strategy guarantees: no fewer available, no more pods. */
  readonly capacity: { readonly minAvailable: number; readonly maxPods: number };
  /** Why it is stuck, or what is worth knowing about it. */
  readonly because: readonly Explanation[];
}
