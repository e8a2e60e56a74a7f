// The JSON that the webview draws and the command line prints: one workload, all of it explained,
// every place resolved to a range. Times are seconds from the beginning of their timeline;
// an open end is `null`, as JSON has no infinity.
import type { FileChanges, Place } from './requests.ts';

/** The parts of a prediction, as the panel's tabs have them. */
export type Section =
  | 'overview'
  | 'lifecycle'
  | 'shutdown'
  | 'admission'
  | 'scheduling'
  | 'endpoints'
  | 'rollout'
  | 'findings';

/** One workload, all of it explained. */
export interface PredictionView {
  /** Names the workload for later requests, however the text moves. */
  readonly subject: string;
  /** For people: `Deployment shop/web`. */
  readonly title: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Where the workload is written. */
  readonly place: Place;
  /** On what the whole rests: the default cluster, the profile, supposed objects. */
  readonly assumptions: readonly string[];
  readonly kubernetesVersion: string;
  /** The answers in short, in the order of a pod's life. */
  readonly verdicts: readonly VerdictView[];
  readonly admission: AdmissionView;
  readonly scheduling: SchedulingView | null;
  readonly startup: TimelineView | null;
  readonly shutdowns: readonly ShutdownView[];
  readonly endpoints: EndpointsView;
  readonly rollout: RolloutView | null;
  /** Of a Job that fails at each try: when it tries again, and when it gives up. */
  readonly retries: string | null;
  readonly findings: readonly FindingView[];
  /** What is proved of the pod: what cannot go wrong, and why. */
  readonly certificates: readonly CertificateView[];
  readonly calculator: CalculatorView | null;
  /** What the user may pull on, and where it stands. */
  readonly knobs: readonly KnobView[];
  /** Other workloads of the same file, to turn to. */
  readonly siblings: readonly { readonly subject: string; readonly title: string }[];
}

/** One answer in short, and the section that has the whole of it. */
export interface VerdictView {
  readonly section: Section;
  readonly title: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  /** `runs on node-b`. */
  readonly headline: string;
  /** `2 of 3 nodes can take it`. */
  readonly detail: string;
}

export type CertaintyView = 'exact' | 'bounded' | 'assumed';

/** Earliest and latest in seconds; `latest: null` where nothing bounds it. */
export interface WindowView {
  readonly earliest: number;
  readonly latest: number | null;
}

export interface AdmissionView {
  readonly allowed: boolean;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly {
    readonly reason: string;
    readonly message: string;
    readonly field: string;
    readonly place: Place | null;
  }[];
  readonly warnings: readonly string[];
  readonly mutations: readonly MutationView[];
  /** As YAML. */
  readonly submitted: string;
  readonly stored: string;
  /** Webhooks that would be called; what they do is not predictable. */
  readonly webhooks: readonly string[];
  /** Policies that ask who the user is or may do; their answer is assumed. */
  readonly asksWho: readonly string[];
  /** Causes that the server tells once the faults of the text are mended. */
  readonly later: readonly { readonly message: string; readonly place: Place | null }[];
}

/** One change the server makes: `30, set by SetDefaults_PodSpec`. */
export interface MutationView {
  readonly path: string;
  readonly author: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly place: Place | null;
}

export interface SchedulingView {
  /** The pod that was placed: `web-…`; of several replicas the first. */
  readonly pod: string;
  readonly gated: string | null;
  /** Null where no node fits. */
  readonly chosen: string | null;
  /** `node-a`, or `node-a or node-b` where chance decides between equals. */
  readonly lands: string | null;
  readonly nominated: string | null;
  /** The FailedScheduling sentence, or how the choice came about. */
  readonly message: string;
  readonly feasibleCount: number;
  readonly nodeCount: number;
  /** Columns of the table, in the scheduler's order. */
  readonly filterPlugins: readonly string[];
  readonly scorePlugins: readonly { readonly name: string; readonly weight: number }[];
  readonly nodes: readonly NodeVerdictView[];
  readonly changes: readonly { readonly text: string; readonly place: Place | null }[];
  readonly replicas: {
    readonly wanted: number;
    readonly placed: number;
    readonly message: string;
  } | null;
  /** `571 points, 12 more than node-a: NodeResourcesFit +8`; null where no node was chosen. */
  readonly why: string | null;
  /** How many more copies there is room for. */
  readonly capacity: string | null;
  /** `2 more nodes like node-a`: what would let all replicas be placed, the fewest first. */
  readonly nodesToAdd: readonly string[];
}

export interface NodeVerdictView {
  readonly node: string;
  readonly zone: string | null;
  readonly feasible: boolean;
  /** The first is the verdict, the others would refuse too. */
  readonly refusals: readonly {
    readonly plugin: string;
    readonly reason: string;
    readonly because: string;
    readonly place: Place | null;
  }[];
  readonly scores: Readonly<Record<string, number>>;
  readonly total: number | null;
}

/** Events in lanes. Lanes come in the order they are drawn. */
export interface TimelineView {
  /** What happens at nought: `the manifest is submitted`. */
  readonly origin: string;
  readonly lanes: readonly LaneView[];
  readonly events: readonly EventView[];
  /** Bars from one event to another: a hook, a drain, a propagation. */
  readonly spans: readonly SpanView[];
  /** Seconds at which the drawing ends. */
  readonly horizon: number;
}

export interface LaneView {
  readonly id: string;
  readonly label: string;
  /** Whom the lane belongs to: `control-plane`, `node`, `container`, `network`, `client`. */
  readonly group: string;
}

export interface EventView {
  readonly id: string;
  readonly lane: string;
  readonly label: string;
  readonly window: WindowView;
  readonly certainty: CertaintyView;
  /** Why it happens then. */
  readonly message: string;
  /** What its bounds add up from, the nearest last: `the API write: 0.01s to 0.1s (p.api)`. */
  readonly restsOn: readonly string[];
  /** The field that sets it. */
  readonly place: Place | null;
  /** The Events that `kubectl describe` would show from then on. */
  readonly describe: readonly PodEventView[];
}

/** An Event of the pod: `Normal  Killing  Stopping container app`. */
export interface PodEventView {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

export interface SpanView {
  readonly id: string;
  readonly lane: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly certainty: CertaintyView;
  readonly message: string;
  readonly place: Place | null;
  /** `serving`, `hook`, `drain`, `propagation`, `wait`, `boot`, `pull`: picks the colour. */
  readonly style: string;
}

export interface ShutdownView {
  /** `delete`, `rollout`, `drain`, `eviction`, `node-shutdown`, `liveness` … */
  readonly cause: string;
  readonly label: string;
  readonly timeline: TimelineView;
  readonly verdicts: readonly OrderVerdictView[];
  /** What ought to happen, in order. */
  readonly reference: readonly string[];
}

/** An order that matters, and whether it holds. */
export interface OrderVerdictView {
  readonly id: string;
  /** «The app stops accepting after every client has forgotten it». */
  readonly label: string;
  readonly holds: boolean;
  readonly certainty: CertaintyView;
  /** `holds by 1.8s`, or the bad moment. */
  readonly message: string;
  /** By how much it holds, where it is a matter of time. */
  readonly marginSeconds: number | null;
  /** Where it can go wrong, on the timeline. */
  readonly window: WindowView | null;
  /** One concrete timeline that shows it, step by step. */
  readonly witness: readonly {
    readonly at: number;
    readonly text: string;
    readonly event: string;
  }[];
  /** Or the chain that proves it. */
  readonly proof: readonly string[];
}

export interface EndpointsView {
  readonly services: readonly {
    readonly name: string;
    readonly type: string;
    readonly place: Place | null;
    /** `10.0.0.1:8080` pairs cannot be known; `port 80 → 8080 (http)` can. */
    readonly ports: readonly string[];
    readonly message: string;
    readonly dns: readonly string[];
    readonly reachedBy: readonly string[];
  }[];
  readonly slices: readonly {
    readonly service: string;
    readonly addressType: string;
    readonly ports: string;
    readonly endpoints: readonly {
      readonly pod: string;
      readonly node: string | null;
      readonly zone: string | null;
      readonly ready: boolean;
      readonly serving: boolean;
      readonly terminating: boolean;
    }[];
  }[];
  /** Services of the namespace that come near and do not select the pod. */
  readonly nearMisses: readonly { readonly message: string; readonly place: Place | null }[];
}

export interface RolloutView {
  readonly summary: string;
  readonly minReady: number;
  readonly maxPods: number;
  /** With those that terminate. */
  readonly maxTotal: number;
  readonly wanted: number;
  /** Ready pods at the end, and how many of them are of the new template. */
  readonly ready: number;
  readonly newReady: number;
  /** What the strategy keeps to: no fewer available, no more pods. */
  readonly capacity: { readonly minAvailable: number; readonly maxPods: number };
  /** A Deployment's at the end, as `Type=Status Reason`. */
  readonly conditions: readonly string[];
  readonly duration: WindowView;
  readonly outcome: string;
  readonly steps: readonly {
    readonly window: WindowView;
    readonly what: string;
    readonly pods: number;
    readonly ready: number;
  }[];
  readonly deadlocks: readonly string[];
  readonly autoscalers: readonly string[];
  readonly drain: readonly {
    readonly node: string;
    readonly message: string;
    /** `warn`: it completes, and some of its pods have nowhere to go. */
    readonly tone: 'good' | 'warn' | 'bad';
  }[];
}

export interface FindingView {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly certainty: CertaintyView;
  readonly place: Place | null;
  readonly why: string;
  readonly remedy: string;
  readonly witness: readonly {
    readonly at: number;
    readonly text: string;
    readonly event: string;
  }[];
  readonly proof: readonly string[];
  readonly fixes: readonly FixView[];
}

export interface FixView {
  readonly title: string;
  readonly files: readonly FileChanges[];
}

/** «Safe because …». */
export interface CertificateView {
  readonly id: string;
  /** «no request that app has accepted is cut by SIGKILL». */
  readonly claim: string;
  /** By how much it holds, where it is a matter of time. */
  readonly marginSeconds: number | null;
  /** `Safe by 26.8s`. */
  readonly margin: string;
  readonly because: readonly string[];
  /** The parameters of the environment it rests on, in words. */
  readonly restsOn: readonly string[];
  readonly place: Place | null;
}

export interface CalculatorView {
  readonly preStopSeconds: number;
  readonly gracePeriodSeconds: number;
  readonly currentPreStopSeconds: number | null;
  readonly currentGracePeriodSeconds: number;
  readonly dominatedBy: string;
  readonly perRolloutSeconds: WindowView | null;
  readonly perDrainSeconds: WindowView | null;
  readonly message: string;
  readonly fixes: readonly FixView[];
}

/** A parameter for what-if. */
export interface KnobView {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly kind: 'number' | 'choice' | 'switch';
  readonly value: string;
  /** Why it has no value, where nothing gives it one. */
  readonly unset?: string;
  /** Where a slider without a value stands. */
  readonly startsAt?: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly choices?: readonly string[];
  /** Set where the value differs from what the manifest says. */
  readonly changed: boolean;
  /** «Write this into the manifest»: set where the value is changed and the manifest can say it. */
  readonly write: FixView | null;
}
