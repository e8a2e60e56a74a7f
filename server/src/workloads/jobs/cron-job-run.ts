/**
 * A CronJob over some of its slots: its controller, and the Jobs it makes, each played by itself.
 * Follows syncCronJob and cleanupFinishedJobs of pkg/controller/cronjob/cronjob_controllerv2.go.
 */
import type { Upstream } from '../../explanation/index.ts';
import type { CronJob } from '../../manifest/index.ts';
import { Appointment, EventQueue } from '../event-queue.ts';
import { cronSchedule } from './cron-schedule.ts';
import { simulateJob } from './job-run.ts';
import type { JobRun, JobWorld, TraceEntry } from './job-model.ts';
import { missedStarts, secondsToNextLook, type ScheduleState } from './missed-starts.ts';

export const cronJobRunUpstream: Upstream = {
  path: 'pkg/controller/cronjob/cronjob_controllerv2.go',
  omits: [
    'that requests and the watch take time or fail: only clocks count',
    'Jobs that the controller did not make or forgot, and changes of the schedule',
    'that the Job controller is away whenever this one is',
  ],
};

/** What the runs of a CronJob are driven by. Times are seconds after `from`. */
export interface CronJobWorld {
  /** When the CronJob is created, in seconds since 1970. */
  readonly from: number;
  /** How the n-th Job goes, from 1, in seconds after its own creation. */
  readonly runs: (run: number) => Pick<JobWorld, 'tries' | 'containerBackOff'>;
  /** No controller looks: it restarts, or another one is to lead. */
  readonly away?: readonly { readonly from: number; readonly to: number }[];
  /** Somebody writes `suspend`. */
  readonly suspends?: readonly { readonly at: number; readonly suspend: boolean }[];
  /** When to stop looking. */
  readonly until: number;
}

/** What came of a CronJob. */
export interface CronJobRun {
  readonly entries: readonly TraceEntry[];
  /** Of each Job that was made: its slot and its creation, in seconds after `from`. */
  readonly jobs: readonly { readonly slot: number; readonly createdAt: number }[];
}

interface OwnedJob {
  readonly number: number;
  readonly slot: number;
  readonly createdAt: number;
  run: JobRun;
  deleted: boolean;
}

const MAX_EVENTS = 20_000;

/** Plays a CronJob; undefined where its schedule cannot be read. */
export function simulateCronJob(
  { spec }: Pick<CronJob, 'spec'>,
  world: CronJobWorld,
): CronJobRun | undefined {
  const schedule = cronSchedule(spec.schedule, spec.timeZone);
  return schedule && new CronJobController(spec, world, schedule).play();
}

class CronJobController {
  readonly #queue = new EventQueue();
  readonly #entries: TraceEntry[] = [];
  readonly #jobs: OwnedJob[] = [];
  readonly #active = new Set<OwnedJob>();
  readonly #appointment = new Appointment(this.#queue, () => this.#lookUnlessAway());
  #suspended: boolean;
  #lastSlot: number | undefined;

  constructor(
    private readonly spec: CronJob['spec'],
    private readonly world: CronJobWorld,
    private readonly schedule: (after: number) => number | undefined,
  ) {
    this.#suspended = spec.suspend === true;
  }

  play(): CronJobRun {
    const { from, until, away = [], suspends = [] } = this.world;
    this.#tellSlot(from - 1);
    for (const { at, suspend } of suspends) {
      this.#queue.at(at, () => {
        this.#suspended = suspend;
        this.#appointment.in(0);
      });
    }
    for (const it of away) {
      this.#queue.at(it.from, () => this.#tell('away'));
      this.#queue.at(it.to, () => {
        this.#tell('back');
        this.#appointment.in(0);
      });
    }
    this.#appointment.in(0);
    this.#queue.play(until, MAX_EVENTS);
    const entries = this.#jobs.flatMap((it) => this.#entriesOf(it));
    return {
      entries: [...this.#entries, ...entries].toSorted((a, b) => a.t - b.t),
      jobs: this.#jobs.map(({ slot, createdAt }) => ({ slot: slot - from, createdAt })),
    };
  }

  /** Tells each slot when it comes. */
  #tellSlot(after: number): void {
    const slot = this.schedule(after);
    if (slot === undefined) return;
    this.#queue.at(slot - this.world.from, () => {
      this.#tell('slot');
      this.#tellSlot(slot);
    });
  }

  /** A new leader looks at everything as soon as it leads. */
  #lookUnlessAway(): void {
    const { now } = this.#queue;
    if (!this.world.away?.some((it) => it.from <= now && now < it.to)) this.#sync();
  }

  #sync(): void {
    for (const it of this.#active) {
      if (!this.#isFinished(it) && !this.#isGone(it)) continue;
      this.#active.delete(it);
      const { outcome } = it.run;
      this.#event(this.#isFinished(it) ? 'SawCompletedJob' : 'MissingJob', it, outcome);
    }
    this.#cleanUp();
    if (this.#suspended) return;
    this.#startWhatIsDue();
    const next = secondsToNextLook(this.#state, this.#now);
    if (next !== undefined) this.#appointment.in(next);
  }

  #startWhatIsDue(): void {
    const missed = missedStarts(this.#state, this.#now);
    if (missed?.slot === undefined) return;
    if (missed.missed === 'many') this.#event('TooManyMissedTimes');
    const { slot } = missed;
    if (slot + (this.spec.startingDeadlineSeconds ?? Infinity) < this.#now) {
      this.#event('MissSchedule');
      return;
    }
    // A Job is named after the minute of its slot, so there is one for each minute.
    const sameName = (it: OwnedJob) => Math.floor(it.slot / 60) === Math.floor(slot / 60);
    if (slot === this.#lastSlot || [...this.#active].some(sameName)) return;
    if (this.spec.concurrencyPolicy === 'Forbid' && this.#active.size > 0) {
      this.#event('JobAlreadyActive');
      return;
    }
    if (this.spec.concurrencyPolicy === 'Replace') {
      for (const it of this.#active) this.#delete(it);
    }
    this.#create(slot);
  }

  #create(slot: number): void {
    const createdAt = this.#queue.now;
    const number = this.#jobs.length + 1;
    const job = { number, slot, createdAt, run: this.#play(number, createdAt), deleted: false };
    this.#jobs.push(job);
    this.#active.add(job);
    this.#lastSlot = slot;
    this.#event('SuccessfulCreate', job);
    this.#appointment.in(0);
    for (const at of [job.run.finishedAt, job.run.goneAt]) {
      this.#queue.at(createdAt + (at ?? Infinity), () => this.#appointment.in(0));
    }
  }

  #play(number: number, createdAt: number, deletedAt?: number): JobRun {
    return simulateJob(this.spec.jobTemplate.spec ?? { template: {} }, {
      ...this.world.runs(number),
      until: this.world.until - createdAt,
      ...(deletedAt === undefined ? {} : { deletedAt: deletedAt - createdAt }),
    });
  }

  /** In the background: nobody waits for its pods. */
  #delete(job: OwnedJob): void {
    job.run = this.#play(job.number, job.createdAt, this.#queue.now);
    job.deleted = true;
    this.#active.delete(job);
    this.#event('SuccessfulDelete', job);
    this.#appointment.in(0);
  }

  /** The history limits: the oldest go first. */
  #cleanUp(): void {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = this.spec;
    const limits = { Complete: successfulJobsHistoryLimit, Failed: failedJobsHistoryLimit };
    for (const [outcome, limit] of Object.entries(limits)) {
      const kept = this.#jobs.filter(
        (it) => it.run.outcome === outcome && this.#isFinished(it) && !this.#isGone(it),
      );
      for (const it of kept.slice(0, Math.max(0, kept.length - limit))) this.#delete(it);
    }
  }

  #isFinished({ run, createdAt }: OwnedJob): boolean {
    return createdAt + (run.finishedAt ?? Infinity) <= this.#queue.now;
  }

  #isGone({ run, createdAt, deleted }: OwnedJob): boolean {
    return deleted || createdAt + (run.goneAt ?? Infinity) <= this.#queue.now;
  }

  get #now(): number {
    return this.world.from + this.#queue.now;
  }

  get #state(): ScheduleState {
    const { startingDeadlineSeconds } = this.spec;
    const { schedule } = this;
    const createdAt = this.world.from;
    return { schedule, createdAt, lastSlot: this.#lastSlot, startingDeadlineSeconds };
  }

  #entriesOf({ number, createdAt, run }: OwnedJob): readonly TraceEntry[] {
    return run.entries.map(({ t, container, ...entry }) => ({
      ...entry,
      t: createdAt + t,
      container: container === undefined ? `${number}` : `${number}.${container}`,
    }));
  }

  #event(reason: string, job?: OwnedJob, outcome?: string): void {
    this.#tell('event', outcome === undefined ? reason : `${reason} ${outcome}`, job);
  }

  #tell(what: string, detail?: unknown, job?: OwnedJob): void {
    this.#entries.push({
      t: this.#queue.now,
      source: 'cronjob',
      what,
      ...(job ? { container: `${job.number}` } : {}),
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
