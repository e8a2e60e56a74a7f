/**
 * The input of a simulated life: the pod, how its apps and images behave, and what is done to it.
 * The vocabulary is that of the recorded scenarios.
 */
import type { KubernetesObject, Node, Pod } from '../../manifest/index.ts';

/** One value, or a list for the 1st, 2nd, … container made under the name; the last repeats. */
export type PerAttempt<T> = T | readonly T[];

/** Bytes that grow: from `from` seconds after the container's start on, until there are `upTo`. */
export interface Growth {
  /** Bytes that are there from the start. */
  readonly start?: number;
  readonly perSecond?: number;
  readonly from?: number;
  readonly upTo?: number;
}

/** A connection that an app makes by itself. */
export interface AppCall {
  /** Seconds after the start of its container. */
  readonly after: number;
  /** `localhost:5432`, a port of the pod's own network, or hosts of `Scenario.hosts`, all of them. */
  readonly to: string | readonly string[];
  /** Seconds to the next try where nobody answers; left out, the app exits with 1 then. */
  readonly every?: number;
  /** An answer is all that the app waits for: it exits with 0. */
  readonly ends?: true;
}

/** What a pod can know a host to be. */
export interface Host {
  /** Others answer from then on, in seconds after the pod's creation. */
  readonly from?: number;
  /**
   * A Service of the pod itself: it answers while the pod's endpoint is published, and somebody
   * listens there unless only the name is asked for.
   */
  readonly own?: 'name' | 'served';
}

/** How the process of one container behaves; times in seconds. */
export interface AppBehaviour {
  /** Until the probe command `ready` succeeds. */
  readonly startDelay?: PerAttempt<number>;
  /** Exits by itself so long after its start; null: never. */
  readonly runFor?: PerAttempt<number | null>;
  readonly exitCode?: PerAttempt<number>;
  /** `exit:SECONDS[:CODE]` after the stop signal, or `ignore`. */
  readonly onTerm?: PerAttempt<string>;
  /** The stop signal of its image; SIGTERM where it is left out. */
  readonly stopSignal?: string;
  /** The only signal that `onTerm` holds for: at any other the app is gone at once. */
  readonly drainsOn?: string;
  readonly oomKilled?: PerAttempt<boolean>;
  readonly createFail?: PerAttempt<string | null>;
  readonly startFail?: PerAttempt<string | null>;
  /** Answers on a port, or on any; `late`: listens only after `startDelay`. */
  readonly http?: PerAttempt<{ readonly port?: number; readonly late?: boolean } | null>;
  /** Writes a file into a volume so long after each start, by the volume's name. */
  readonly createsFiles?: Readonly<Record<string, number>>;
  /** Takes requests and does not answer them: between these seconds after its start. */
  readonly silent?: PerAttempt<{ readonly from: number; readonly until: number } | null>;
  /** The memory of its processes; the first is the one the container lives by. */
  readonly memory?: PerAttempt<{ readonly processes: readonly Growth[] }>;
  /** What it writes, by place: `logs`, `layer` (its writable layer), or the name of a volume. */
  readonly writes?: PerAttempt<Readonly<Record<string, Growth>>>;
  /** What is left of a byte of its logs when they are compressed; 1 where it is left out. */
  readonly logsCompressTo?: PerAttempt<number>;
  /** Ports it binds, as in `8080/TCP`: for all of the pod, and in vain where another has them. */
  readonly listens?: readonly string[];
  /** From the start to the binding of these ports; `startDelay` where it is left out. */
  readonly listenDelay?: PerAttempt<number>;
  readonly calls?: readonly AppCall[];
}

/** How an image's pull goes. Images not named are present. */
export interface ImageBehaviour {
  /** Seconds of a pull. */
  readonly pull?: number;
  /** Seconds until the registry has said that what is there is what the name means; else `pull`. */
  readonly check?: number;
  readonly present?: boolean;
  readonly fail?: string;
  readonly failTimes?: number;
}

/** Somebody pushes an image: from then on these tags of its repository mean it. */
export interface Push {
  /** Seconds after the creation of the first pod. */
  readonly at: number;
  readonly tags: readonly string[];
  readonly digest: string;
}

export interface Behaviour {
  readonly containers?: Readonly<Record<string, AppBehaviour>>;
  readonly images?: Readonly<Record<string, ImageBehaviour>>;
  /** By repository: images of these are on no node until it pulls them. */
  readonly registry?: Readonly<Record<string, readonly Push[]>>;
  readonly sandbox?: {
    readonly delay?: number;
    readonly fail?: string;
    readonly failTimes?: number;
  };
}

/** When something is done: seconds after the creation, or a trigger and seconds after it. */
export interface Moment {
  readonly at?: number;
  /** `ready`, `gone`, or `source:what:container:substring-of-detail`, with `#n` for the n-th. */
  readonly when?: string;
  readonly plus?: number;
  readonly for?: number;
}

/** What is done to the pod. */
export interface Action extends Moment {
  readonly do:
    | 'delete'
    | 'force-delete'
    | 'evict'
    | 'patch'
    | 'status'
    | 'patch-status'
    /** Changes the resources of containers in place (the subresource `resize`). */
    | 'resize'
    /** The kubelet ends the pod by itself: node-pressure eviction, preemption, node shutdown. */
    | 'kubelet-evict';
  readonly gracePeriodSeconds?: number;
  readonly patch?: unknown;
  /** Of `kubelet-evict`: the status reason, `Evicted` unless given. */
  readonly reason?: string;
}

/** Fields of the KubeletConfiguration; what is left out has the kubelet's default. */
export interface KubeletOptions {
  readonly maxParallelImagePulls?: number;
  readonly singleProcessOOMKill?: boolean;
  /** Bytes. */
  readonly containerLogMaxSize?: number;
  readonly containerLogMaxFiles?: number;
}

/** A graceful shutdown of the node: pods go by priority, each group in its own time. */
export interface Shutdown extends Moment {
  readonly do: 'shutdown';
  readonly groups: readonly { readonly priority: number; readonly seconds: number }[];
}

/** The node passes an eviction threshold and stays there; a hard one where `soft` is left out. */
export interface Pressure extends Moment {
  readonly do: 'pressure';
  readonly soft?: {
    readonly gracePeriodSeconds: number;
    readonly maxPodGracePeriodSeconds: number;
  };
}

/** What the node does to its pods. */
export type NodeAction = Shutdown | Pressure | (Moment & { readonly do: 'power-off' });

export interface ExtraPod {
  readonly name: string;
  /** The node it is on; that of the first pod where it is left out. */
  readonly node?: string;
  /** Seconds after the first pod, or when something happens to that. */
  readonly after: number | Moment;
  readonly pod: Pod;
}

/** What is done to an object that pods read. */
export interface ConfigChange extends Moment {
  /** First, where both are given. */
  readonly remove?: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** Created, or written over the one of its name. */
  readonly put?: KubernetesObject;
}

/** The ConfigMaps, Secrets and Services that there are, and what becomes of them. */
export interface Configuration {
  readonly objects: readonly KubernetesObject[];
  readonly changes?: readonly ConfigChange[];
}

/** One pod's life to simulate. */
export interface Scenario {
  readonly pod: Pod;
  readonly extraPods?: readonly ExtraPod[];
  readonly behaviour?: Behaviour;
  readonly actions?: readonly Action[];
  readonly nodeActions?: readonly NodeAction[];
  /** A Service selects the pod; an object is laid over its spec. */
  readonly service?: boolean | { readonly publishNotReadyAddresses?: boolean };
  /** Hosts outside the pod; one that is not named always answers. */
  readonly hosts?: Readonly<Record<string, Host>>;
  /** `parallel`, `parallel2` (image pulls), `gates` (ContainerStopSignals): else the default. */
  readonly nodeClass?: string;
  /** How large the node is; anything fits where it is left out. */
  readonly node?: Node;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** Where it is left out, nobody looks at what containers read. */
  readonly configuration?: Configuration;
  readonly kubelet?: KubeletOptions;
  /** When to stop; by default 1.2 s after the object is gone and the containers are dead. */
  readonly end?: Moment;
}
