/**
 * Whether a Deployment's controller sees its rollout get on, and when it gives up waiting for it.
 * Follows syncRolloutStatus, DeploymentProgressing, DeploymentTimedOut and requeueStuckDeployment.
 */
import type { Upstream } from '../explanation/index.ts';
import type { RolloutRun } from './rollout-run.ts';

export const rolloutProgressUpstream: Upstream = {
  path: 'pkg/controller/deployment/progress.go',
};

/** The counts of a Deployment's status that progress is read from. */
export interface ProgressStatus {
  /** Pods that do not terminate. */
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

/** Stored times have no fraction of a second, and the controller looks a second after the deadline. */
const ROUNDING_SECONDS = 1;

/** Watches one rollout; `deadlineSeconds` is Infinity where nobody waits for progress. */
export class ProgressWatch {
  #last: ProgressStatus | undefined;
  #progressAt = 0;
  #state: 'progressing' | 'complete' | 'timed-out' = 'progressing';
  #isArmed = false;

  constructor(
    readonly name: string,
    readonly replicas: number,
    readonly deadlineSeconds: number,
  ) {}

  /** One look of the controller. */
  look(run: RolloutRun, status: ProgressStatus): void {
    const last = this.#last;
    this.#last = status;
    if (this.#state === 'complete') return;
    if (this.#isComplete(status)) {
      this.#state = 'complete';
      const message = `Deployment "${this.name}" has successfully progressed.`;
      run.tell({ what: 'NewReplicaSetAvailable', of: this.name, message });
      return;
    }
    if (last && !isProgress(last, status)) return;
    this.#progressAt = run.now;
    this.#state = 'progressing';
    this.#arm(run);
  }

  #isComplete({ replicas, updated, available }: ProgressStatus): boolean {
    return replicas === this.replicas && updated === replicas && available === replicas;
  }

  /** One appointment at a time: where there was progress meanwhile, it makes the next. */
  #arm(run: RolloutRun): void {
    if (this.#isArmed || !Number.isFinite(this.deadlineSeconds)) return;
    this.#isArmed = true;
    const at = this.#progressAt + this.deadlineSeconds;
    run.at(at, () => {
      this.#isArmed = false;
      if (this.#state !== 'progressing') return;
      if (this.#progressAt + this.deadlineSeconds > at) {
        this.#arm(run);
        return;
      }
      this.#state = 'timed-out';
      const message = `Deployment "${this.name}" has timed out progressing.`;
      run.tell({
        what: 'ProgressDeadlineExceeded',
        of: this.name,
        message,
        within: ROUNDING_SECONDS,
      });
    });
  }
}

function isProgress(last: ProgressStatus, now: ProgressStatus): boolean {
  return (
    now.updated > last.updated ||
    now.replicas - now.updated < last.replicas - last.updated ||
    now.ready > last.ready ||
    now.available > last.available
  );
}
