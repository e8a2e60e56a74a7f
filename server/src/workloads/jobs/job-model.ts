/** The words of a Job over time: how its pods go, what else happens to it, and what came of it. */

/** How one run of a container goes. */
export interface ContainerTry {
  /** From its start, or from SIGTERM, to its end; `Infinity` where it does not end by itself. */
  readonly seconds: number;
  readonly exitCode: number;
}

/** How one pod goes. What is not said takes no time and goes well. */
export interface PodTry {
  /** Seconds from its creation until its containers run; `Infinity` where they never do. */
  readonly startsAfter?: number;
  /** Each run of a container: its first, its restarts; the last stands for all that follow. */
  readonly runs: readonly ContainerTry[];
  /** The same for containers that differ. */
  readonly containers?: Readonly<Record<string, readonly ContainerTry[]>>;
  /** The answer to SIGTERM. Who is still there at the end of the grace period is killed: 137. */
  readonly stops?: ContainerTry;
  /** Somebody else ends it, so many seconds after its creation. */
  readonly ended?: { readonly after: number; readonly by: 'eviction' | 'client' };
}

/**
 * The kubelet's back-off between the restarts of a container, as lifecycle's RestartBackOff: until
 * when a try would come too early, and that one is made.
 */
export interface ContainerBackOff {
  until(container: string, finishedAt: number, now: number): number | undefined;
  next(container: string, finishedAt: number, now: number): void;
}

/** What the run of a Job is driven by. Times are seconds after the Job's creation. */
export interface JobWorld {
  /** The n-th pod that the Job makes, from 1; and its completion index in an Indexed Job. */
  readonly tries: (pod: number, index: number | undefined) => PodTry;
  /** For each pod anew. */
  readonly containerBackOff: () => ContainerBackOff;
  /** Somebody writes `suspend`. */
  readonly suspends?: readonly { readonly at: number; readonly suspend: boolean }[];
  /** Somebody deletes the Job in the background: its pods with it, and nobody waits for them. */
  readonly deletedAt?: number;
  /** When to stop looking. */
  readonly until: number;
}

/** One thing that a simulation of controllers tells. */
export interface TraceEntry {
  /** Seconds. */
  readonly t: number;
  readonly source: 'job' | 'cronjob' | 'pod';
  readonly what: string;
  /** Which pod or Job, by its number. */
  readonly container?: string;
  readonly detail?: unknown;
}

/** A condition of a Job, with its times in whole seconds as they are stored. */
export interface JobCondition {
  readonly type: 'SuccessCriteriaMet' | 'Complete' | 'FailureTarget' | 'Failed' | 'Suspended';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** What came of a Job. */
export interface JobRun {
  readonly entries: readonly TraceEntry[];
  readonly outcome: 'Complete' | 'Failed' | undefined;
  readonly reason: string | undefined;
  /** When the condition Complete or Failed was written. */
  readonly finishedAt: number | undefined;
  /** When the object was gone. */
  readonly goneAt: number | undefined;
  readonly succeeded: number;
  readonly failed: number;
}

/** Times are stored in whole seconds; what is added up of fractions is a little off. */
export function stored(seconds: number): number {
  return Math.floor(seconds + 1e-6);
}
