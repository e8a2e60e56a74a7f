/**
 * One look of the Job controller at its Job and pods, in upstream's order.
 * Follows syncJob and trackJobStatusAndRemoveFinalizers of pkg/controller/job/job_controller.go.
 */
import type { Upstream } from '../../explanation/index.ts';
import type { Job } from '../../manifest/index.ts';
import { NO_FAILURES, withFinished } from './job-back-off.ts';
import { JobIndexes, waitingForReplacement } from './job-indexes.ts';
import { manageJobPods, removePods } from './job-manage.ts';
import { stored, type JobCondition } from './job-model.ts';
import { finishedAt, isActive, isTerminating, type JobPod, type JobPods } from './job-pods.ts';
import { judgeFailure } from './job-policies.ts';
import {
  completionVerdict,
  failureVerdict,
  policyVerdict,
  type JobView,
  type Verdict,
} from './job-verdict.ts';

export const jobRunUpstream: Upstream = {
  path: 'pkg/controller/job/job_controller.go',
  omits: [
    'that requests and the watch take time, fail, or come in parts',
    'pods adopted from others, and changes of the spec other than of suspend',
    'sidecars and init containers: a pod ends when its containers have',
  ],
};

/** SyncJobBatchPeriod: pod events and changes of the status are answered together. */
export const BATCH_SECONDS = 1;
const OWN_NAME = 'kubernetes.io/job-controller';

interface Surroundings {
  readonly now: () => number;
  readonly pods: JobPods;
  /** Has the controller look in a while. */
  readonly lookIn: (seconds: number) => void;
  readonly tell: (what: string, detail?: unknown) => void;
}

export class JobController {
  suspended: boolean;
  succeeded = 0;
  failed = 0;
  /** Complete or Failed, once it is written. */
  finished: JobCondition | undefined;
  readonly #indexes: JobIndexes | undefined;
  readonly #told = new Map<string, string>();
  #startedAt: number | undefined;
  #verdict: Verdict | undefined;
  #record = NO_FAILURES;
  #status = '';

  constructor(
    private readonly spec: Job['spec'],
    private readonly world: Surroundings,
  ) {
    this.suspended = spec.suspend === true;
    this.#indexes = JobIndexes.of(spec);
  }

  sync(): void {
    const { spec, world } = this;
    if (this.finished || (spec.managedBy ?? OWN_NAME) !== OWN_NAME) return;
    const { completions = Infinity } = spec;
    // What has its finalizer is not in the status yet.
    const pods = world.pods.all.filter((it) => it.tracked && (it.index ?? 0) < completions);
    const succeededPods = pods.filter((it) => it.phase === 'Succeeded');
    const failedPods = pods.filter((it) => this.#isFailed(it));
    if (this.#startedAt === undefined && !this.suspended) {
      this.#startedAt = stored(world.now());
      world.tell('started');
    }
    const record = withFinished(
      this.#record,
      succeededPods.map(finishedAt),
      failedPods.map(finishedAt),
    );
    this.#indexes?.look(spec, succeededPods, failedPods);
    const succeeded = this.#indexes?.succeeded.size ?? this.succeeded + succeededPods.length;
    const counting = failedPods.filter((it) => this.#counts(it));
    const view: JobView = {
      spec,
      pods: world.pods.all,
      failedPods: world.pods.all.filter((it) => this.#isFailed(it)),
      failed: this.failed + counting.length,
      indexes: this.#indexes,
      secondsLeft: this.#secondsLeft(),
    };
    this.#verdict ??= failureVerdict(view) ?? policyVerdict(view);
    const delayed = this.#delayed(failedPods);
    if (this.#verdict) {
      for (const it of world.pods.all.filter(isActive)) world.pods.delete(it, 'job');
    } else {
      if (Number.isFinite(view.secondsLeft)) world.lookIn(view.secondsLeft);
      this.#manage(succeeded, record, delayed);
    }
    this.#track(pods, new Set(succeededPods), new Set(failedPods), delayed);
    this.#enactVerdict();
    const status = this.#statusText();
    // The record of failures is kept when the status is written, which comes back as an event.
    if (status === this.#status) return;
    this.#status = status;
    this.#record = record;
    world.lookIn(BATCH_SECONDS);
  }

  /** isPodFailed: by default a pod that is being deleted has failed already. */
  #isFailed({ phase, deletedAt }: JobPod): boolean {
    if (phase === 'Failed') return true;
    return !this.#replacesOnlyFailed && deletedAt !== undefined && phase !== 'Succeeded';
  }

  /** onlyReplaceFailedPods. */
  get #replacesOnlyFailed(): boolean {
    const { podReplacementPolicy, podFailurePolicy } = this.spec;
    return podReplacementPolicy === 'Failed' || podFailurePolicy !== undefined;
  }

  #counts(pod: JobPod): boolean {
    return judgeFailure(this.spec.podFailurePolicy, pod).counts;
  }

  #secondsLeft(): number {
    const { activeDeadlineSeconds = Infinity } = this.spec;
    if (this.suspended || this.#startedAt === undefined) return Infinity;
    return activeDeadlineSeconds - (this.world.now() - this.#startedAt);
  }

  /** With backoffLimitPerIndex a failed pod stays until its replacement has taken over its count. */
  #delayed(failedPods: readonly JobPod[]): ReadonlyMap<number, JobPod> {
    if (this.spec.backoffLimitPerIndex === undefined || !this.#indexes) return new Map();
    return waitingForReplacement(failedPods, this.world.pods.all.filter(isActive), this.#indexes);
  }

  #manage(
    succeeded: number,
    record: typeof NO_FAILURES,
    delayed: ReadonlyMap<number, JobPod>,
  ): void {
    const { spec, world } = this;
    const active = world.pods.all.filter(isActive);
    if (this.suspended) removePods(world.pods, active, active.length);
    else {
      const terminating = this.#replacesOnlyFailed ? world.pods.all.filter(isTerminating) : [];
      const wait = manageJobPods(
        { spec, pods: world.pods, active, terminating, succeeded, indexes: this.#indexes },
        { record, delayed, now: world.now() },
      );
      if (wait > 0) world.lookIn(Math.max(BATCH_SECONDS, wait));
    }
    const left = world.pods.all.filter(isActive).length;
    this.#verdict = completionVerdict(spec, succeeded, left);
    if (!this.#verdict) this.#tellSuspension();
  }

  #tellSuspension(): void {
    if (this.suspended) {
      if (this.#told.get('Suspended') === 'True') return;
      this.#startedAt = undefined;
      this.#condition('Suspended', 'True', 'JobSuspended', 'Job suspended');
    } else if (this.#told.get('Suspended') === 'True') {
      this.#startedAt = stored(this.world.now());
      this.#condition('Suspended', 'False', 'JobResumed', 'Job resumed');
    }
  }

  /** Counts what had ended when the controller looked, and lets go of it. */
  #track(
    pods: readonly JobPod[],
    succeededPods: ReadonlySet<JobPod>,
    failedPods: ReadonlySet<JobPod>,
    delayed: ReadonlyMap<number, JobPod>,
  ): void {
    const fails = this.#verdict?.type === 'FailureTarget';
    // Those that manageJob took away are not counted.
    for (const pod of pods.filter((it) => it.tracked)) {
      const succeeded = succeededPods.has(pod);
      const failed = failedPods.has(pod);
      const waits = pod.index !== undefined && delayed.get(pod.index) === pod;
      if (!this.#verdict && !succeeded && (!failed || waits)) continue;
      if (succeeded) this.succeeded += 1;
      else if ((failed || fails) && this.#counts(pod)) this.failed += 1;
      this.world.pods.untrack(pod);
    }
    if (this.#indexes) this.succeeded = this.#indexes.succeeded.size;
  }

  /** The interim condition at once, the last one when no pod terminates any more. */
  #enactVerdict(): void {
    if (!this.#verdict) return;
    const { type, reason, message } = this.#verdict;
    this.#condition(type, 'True', reason, message);
    if (this.world.pods.all.some(isTerminating)) return;
    const last = type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed';
    this.finished = this.#condition(last, 'True', reason, message);
  }

  /** What the status says, to be compared. */
  #statusText(): string {
    const { all } = this.world.pods;
    const counts = [isActive, isTerminating].map((it) => all.filter(it).length);
    const indexes = [this.#indexes?.succeeded.size, this.#indexes?.failed.size];
    const { succeeded, failed } = this;
    return JSON.stringify([counts, indexes, succeeded, failed, this.#startedAt, [...this.#told]]);
  }

  #condition(
    type: JobCondition['type'],
    status: JobCondition['status'],
    reason: string,
    message: string,
  ): JobCondition {
    const condition = { type, status, reason, message };
    if (this.#told.get(type) !== status) this.world.tell('condition', condition);
    this.#told.set(type, status);
    return condition;
  }
}
