/**
 * How a simulation shows that a rule is right: it plays a racing example to the bad outcome, and
 * the same manifest after the fix, or a safe one, to the good one. A rule says what is done to the
 * pod and what the bad outcome looks like there; what plays it is the contract test's. The editor
 * never does: the rules themselves ask closed forms and the temporal network, which are quicker.
 */
import type { ServiceSlice } from '../endpoints/index.ts';
import type { TimeWindow } from '../explanation/index.ts';
import type {
  AppBehaviour,
  ClientScenario,
  ConfigChange,
  ContainerView,
  ElectionPlan,
  EndCause,
  FirstContact,
  Host,
  KubeletOptions,
  LifecycleTimeline,
  NodeAction,
  NodeBehaviour,
  PodAction,
  PodModel,
} from '../lifecycle/index.ts';
import type { KubernetesObject, Pod, Probe, Service } from '../manifest/index.ts';
import type { ApplyRun, Prediction, RolloutPlan, WorkloadPrediction } from '../prediction/index.ts';
import type { SchedulingResult } from '../scheduling/index.ts';
import type {
  AttachedPod,
  Autoscaling,
  DrainPlan,
  NodeEvent,
  PodTry,
  Rollout,
} from '../workloads/index.ts';
import type { RaceFinding } from './race-rule.ts';

/** What plays a story. */
export type Simulation =
  | 'kubelet'
  | 'network'
  | 'scheduling'
  | 'rollout'
  | 'autoscaler'
  | 'drain'
  | 'endpoints'
  | 'admission'
  | 'clients'
  | 'configuration'
  | 'apply'
  | 'job'
  | 'cronjob'
  | 'disruption'
  | 'preemption';

/** What is done to a pod on the simulated node. What is not said is taken from the manifest. */
export interface LifePlan {
  /** After `ready`, or at a time where the pod never is. */
  readonly actions?: readonly PodAction[];
  /** What the node does; it has this pod and those beside it. */
  readonly nodeActions?: readonly NodeAction[];
  /** By container; laid over what the manifest and its assumptions tell. */
  readonly apps?: Readonly<Record<string, AppBehaviour>>;
  /** Who outside the pod answers its apps, and when; who is not named always does. */
  readonly hosts?: Readonly<Record<string, Host>>;
  /** How fast apps boot within their bounds; `earliest` where it is left out. */
  readonly boot?: 'earliest' | 'latest';
  /** How long hooks of commands take within their bounds, where those are known. */
  readonly hooks?: 'earliest' | 'latest';
  /** What nodes and registry do with images; those that are not named are on the node. */
  readonly images?: NodeBehaviour['images'];
  readonly registry?: NodeBehaviour['registry'];
  readonly kubelet?: KubeletOptions;
  /** Pods besides the one that is looked at; what is told of them has their name and a slash. */
  readonly others?: readonly OtherPod[];
  /** The command that a probe stands for; of what is undefined the manifest decides. */
  readonly probes?: (probe: Probe) => readonly string[] | undefined;
  /** When to stop looking, in seconds from the creation. */
  readonly until?: number;
  /** The pod, changed: the commands that the manifest's own stand for. */
  readonly change?: (pod: Pod) => Pod;
}

/** What pods of one template read on a node, and what becomes of it. */
export interface ConfigurationPlan extends LifePlan {
  /** What is there at the beginning; the declared ConfigMaps, Secrets and Services if left out. */
  readonly objects?: readonly KubernetesObject[];
  /** In seconds from the first pod's arrival at its node. */
  readonly changes?: readonly ConfigChange[];
}

/** One apply of all files, those of the workload's folder first. */
export interface ApplyPlan extends LifePlan {
  /** The client is held up so long after the workload's own document. */
  readonly pauseSeconds?: number;
  /** Objects that controllers make, so long after what they make them of has been created. */
  readonly made?: readonly {
    readonly object: KubernetesObject;
    readonly of: KubernetesObject;
    readonly after: number;
  }[];
}

/** What containers saw of their configuration, in the order they did. */
export interface SeenLife {
  readonly trace: Trace;
  readonly views: readonly ContainerView[];
}

/** How the pods of a Job go, and who looks at it. Seconds after the Job's creation. */
export interface JobPlan {
  /** The n-th pod that is made, from 1; and its completion index in an Indexed Job. */
  readonly tries: (pod: number, index: number | undefined) => PodTry;
  /** A client gets the Job at these times: entries `client:get` tell what it sees. */
  readonly asks?: readonly number[];
  /** When to stop looking. */
  readonly until: number;
}

/** How the runs of a CronJob go. Seconds after its first slot. */
export interface CronJobPlan {
  /** The n-th pod of the n-th Job, both from 1. */
  readonly tries: (job: number, pod: number) => PodTry;
  /** When no controller looks. */
  readonly away?: { readonly from: number; readonly to: number };
  /** When to stop looking. */
  readonly until: number;
}

/** A pod of the same template, another one, or one with a single container of this image. */
export interface OtherPod {
  readonly name: string;
  /** Seconds after the first pod. */
  readonly after: number;
  /** The node of the first pod where it is left out. */
  readonly node?: string;
  readonly pod?: Pod;
  readonly image?: string;
}

/** What happens to the nodes that a workload's pods are on. */
export interface DisruptionPlan {
  readonly events: (nodes: readonly string[]) => readonly NodeEvent[];
  /** Until when it is watched, in seconds. */
  readonly until: number;
  /** Who drains brings as many nodes as there are, as the upgrade of a node pool does. */
  readonly bringsNodes?: boolean;
}

/** What came of it; its entries are bounded by how fast the pods start and controllers look. */
export interface DisruptionTrace extends Trace {
  /** The longest time without a Ready pod at the slowest, in seconds. */
  readonly longestOutage: number;
}

/** Pods that come where every node is full, and those that go for them. */
export interface PreemptionTrace extends Trace {
  /** The longest that a pod which came had to wait, in seconds; 0 where none found a place. */
  readonly longestWait: number;
  /** The fewest pods of the workload that were there at once and not on their way out. */
  readonly fewestLeft: number;
}

/** What an autoscaler meets. */
export interface AutoscalingPlan {
  /** How many of the workload's pods, at their target, the load needs; what is left out is 0. */
  readonly needs?: number;
  /** Pods that have long been Ready; where it is left out, the workload is new. */
  readonly old?: number;
  /** A client applies the manifest, in seconds; replicas that it does not write stay. */
  readonly appliedAt?: number;
  /** A pod's boot: thousandths of a core, for so many seconds. */
  readonly boot?: { readonly use: number; readonly seconds: number };
  /** From a pod's creation to Ready, in seconds. */
  readonly readyAfter: number;
  readonly until: number;
}

/** One thing that a simulation tells. Those of the kubelet have the words of the recorded traces. */
export interface ReplayEntry {
  /** Seconds; bounded by `latest` where the simulation gives a window. */
  readonly t: number;
  readonly latest?: number;
  /** Who: `app`, `status`, `endpoints`, `rollout`, `scheduler`, … */
  readonly source: string;
  readonly what: string;
  /** Whose: the container, the pod, the object. */
  readonly container?: string;
  readonly detail?: unknown;
}

/** What a simulation told; the life of a pod is counted in seconds from its creation. */
export interface Trace {
  readonly entries: readonly ReplayEntry[];
  /**
   * The n-th moment of a kind, written `source:what:container:part of the detail`, as in
   * `app:signal:web:SIGKILL` or `status:deleted`; NaN where it never came, so that no comparison
   * with it holds. `ready` is the condition Ready.
   */
  at(moment: string, nth?: number): number;
  /** The first of a kind at or after a time; NaN where none came. */
  after(since: number, moment: string): number;
  has(moment: string): boolean;
}

/** One example: its world, and what the rule says there. */
export interface ReplayWorld {
  readonly prediction: Prediction;
  /** Undefined for a safe example and after a fix. */
  readonly finding: RaceFinding | undefined;
  /** The story of another workload; undefined where it makes no pods that could live. */
  of(workload: WorkloadPrediction): ReplayStory | undefined;
  /** `kubectl drain --force` of every node, each in a cluster of its own. */
  drains(): readonly DrainPlan[];
  /** The EndpointSlice controller, with all pods running and ready. */
  slices(service: Service): readonly ServiceSlice[];
  /**
   * The kubelets: all workloads that have pods, made at once where nothing was, each living with
   * what the others publish by then. `published` is when a pod of a workload first is an endpoint
   * that is ready; never is Infinity. Told as one, containers as `workload/container`.
   */
  together(
    planOf: (story: ReplayStory, published: (it: WorkloadPrediction) => number) => LifePlan,
  ): ReadonlyMap<WorkloadPrediction, Trace>;
  /** The API server: what it refuses of the documents, and of the pods made of them. */
  refusals(): readonly string[];
  /** Clients of pods that live so; told together with what is told beside. */
  clients(scenario: ClientScenario, beside?: readonly ReplayEntry[]): Trace;
  /** Replicas that elect a leader. */
  election(plan: ElectionPlan, beside?: readonly ReplayEntry[]): Trace;
  /** A new pod's first call. */
  firstContact(contact: FirstContact, beside?: readonly ReplayEntry[]): Trace;
  /**
   * kubectl: each file applied twice to a cluster that has everything but what the file declares,
   * a document every so many seconds. What fails the first time alone failed for its order.
   */
  applies(
    requestSeconds: number,
  ): readonly { readonly first: ApplyRun; readonly second: ApplyRun }[];
  /** Controllers and the API server: all pods of these workloads are gone at once. */
  recreated(workloads: readonly WorkloadPrediction[], controllerSeconds: number): ApplyRun;
}

/** The same, seen from the workload that a finding is about; from each where nothing is found. */
export interface ReplayStory extends ReplayWorld {
  readonly workload: WorkloadPrediction;
  readonly model: PodModel;
  /** The kubelet: one life of the workload's pod. */
  live(plan?: LifePlan): Trace;
  /** The kubelet of one node, and what its containers read. */
  configured(plan?: ConfigurationPlan): SeenLife;
  /** kubectl, the controllers, and the kubelet of the node that the workload's first pod is on. */
  applied(plan?: ApplyPlan): SeenLife;
  /**
   * The kubelet of a node that is as large as declared and has this one pod: it is deleted, and the
   * pod `replacement` comes when its controller and the scheduler let it.
   */
  replaced(plan?: LifePlan): Trace;
  /** The network of the pod's creation, or of one of its ends. */
  network(of: 'startup' | EndCause): LifecycleTimeline | undefined;
  /** The controller: a change of the template, or what the plan says. */
  rollout(plan?: RolloutPlan): Rollout | undefined;
  /** Its nodes are drained or lost, its pods break; undefined for kinds that bring none back. */
  disrupted(plan: DisruptionPlan): DisruptionTrace | undefined;
  /**
   * The scheduler over time: the pods of another workload come, where each node has no room for one
   * pod more. Those of this workload take as long to go as is said.
   */
  preempted(by: WorkloadPrediction, exitAfter: TimeWindow): PreemptionTrace;
  /** The autoscaler; undefined where none scales the workload, or where pods have no request. */
  autoscaling(plan: AutoscalingPlan): Autoscaling | undefined;
  /** The scheduler: where the pods of the workload land, in the order of the queue. */
  placements(): readonly SchedulingResult[];
  /** Where its pod would land by itself in a cluster that has nothing but what is declared. */
  placementByDeclared(): SchedulingResult;
  /**
   * The Job controller: the Job that the workload is or makes, and its pods by their numbers, as in
   * `pod:created:2`. Undefined where it is none.
   */
  job(plan: JobPlan): Trace | undefined;
  /** The CronJob controller: Jobs and pods by their numbers, as in `pod:running:2.1`. */
  cronJob(plan: CronJobPlan): Trace | undefined;
  /** The attach/detach controller: the pods of all workloads, in the order of the queue. */
  attachments(): readonly AttachedPod[];
  /** The pods as the API server stores them. */
  pods(): readonly Pod[];
}

/** The proof of a rule's examples. */
export type Replay =
  | {
      readonly by: Simulation;
      /**
       * Whether the bad outcome came. Undefined where the workload is not of a kind that it can
       * come to; never for one that the rule speaks about.
       */
      readonly lost: (story: ReplayStory) => boolean | undefined;
    }
  | {
      readonly by: Simulation;
      /** The same for what is not about one workload. */
      readonly lostInWorld: (world: ReplayWorld) => boolean | undefined;
    };
