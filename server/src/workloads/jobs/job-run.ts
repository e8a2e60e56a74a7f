/**
 * A Job from its creation to its end: the Job controller, its pods, and the TTL controller that
 * takes the finished Job away.
 */
import type { Upstream } from '../../explanation/index.ts';
import type { Job } from '../../manifest/index.ts';
import { Appointment, EventQueue } from '../event-queue.ts';
import { BATCH_SECONDS, JobController } from './job-controller.ts';
import { stored, type JobRun, type JobWorld, type TraceEntry } from './job-model.ts';
import { JobPods } from './job-pods.ts';

export const ttlUpstream: Upstream = {
  path: 'pkg/controller/ttlafterfinished/ttlafterfinished_controller.go',
  omits: ['a change of the field while it waits'],
};

/** No Job of bounded size has more events; one that does is cut off there. */
const MAX_EVENTS = 20_000;

/** Plays a Job. */
export function simulateJob(spec: Job['spec'], world: JobWorld): JobRun {
  return new JobStory(spec, world).play();
}

class JobStory {
  readonly #queue = new EventQueue();
  readonly #entries: TraceEntry[] = [];
  readonly #pods: JobPods;
  readonly #controller: JobController;
  readonly #appointment = new Appointment(this.#queue, () => this.#sync());
  /** The Job has a deletion timestamp. */
  #ending = false;
  #finishedAt: number | undefined;
  #goneAt: number | undefined;

  constructor(
    private readonly spec: Job['spec'],
    private readonly world: JobWorld,
  ) {
    this.#pods = new JobPods(this.#queue, {
      ...world,
      template: spec.template,
      tell: (it) => this.#entries.push(it),
      changed: () => {
        this.#appointment.in(BATCH_SECONDS);
        this.#leaveIfDone();
      },
    });
    this.#controller = new JobController(spec, {
      now: () => this.#queue.now,
      pods: this.#pods,
      lookIn: (seconds) => this.#appointment.in(seconds),
      tell: (what, detail) => this.#tell(what, detail),
    });
  }

  play(): JobRun {
    const { suspends = [], deletedAt = Infinity, until } = this.world;
    this.#appointment.in(0);
    for (const { at, suspend } of suspends) {
      this.#queue.at(at, () => {
        this.#controller.suspended = suspend;
        this.#appointment.in(0);
      });
    }
    this.#queue.at(deletedAt, () => this.#end('background'));
    this.#queue.play(until, MAX_EVENTS);
    const { finished, succeeded, failed } = this.#controller;
    return {
      entries: this.#entries,
      outcome: finished?.type as JobRun['outcome'],
      reason: finished?.reason,
      finishedAt: this.#finishedAt,
      goneAt: this.#goneAt,
      succeeded,
      failed,
    };
  }

  #sync(): void {
    if (this.#ending) return;
    this.#controller.sync();
    if (!this.#controller.finished || this.#finishedAt !== undefined) return;
    this.#finishedAt = this.#queue.now;
    // The TTL counts from the time in the condition, which has whole seconds.
    const { ttlSecondsAfterFinished = Infinity } = this.spec;
    const expiresAt = stored(this.#finishedAt) + ttlSecondsAfterFinished;
    this.#queue.at(Math.max(this.#finishedAt, expiresAt), () => this.#end('foreground'));
  }

  /** In the foreground the Job waits for its pods, in the background it is gone before them. */
  #end(propagation: 'foreground' | 'background'): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#tell('deletion', propagation);
    if (propagation === 'background') this.#leave();
    this.#pods.deleteAll();
    this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    if (this.#ending && this.#pods.isEmpty) this.#leave();
  }

  #leave(): void {
    if (this.#goneAt !== undefined) return;
    this.#goneAt = this.#queue.now;
    this.#tell('deleted');
  }

  #tell(what: string, detail?: unknown): void {
    const entry = { t: this.#queue.now, source: 'job', what } as const;
    this.#entries.push(detail === undefined ? entry : { ...entry, detail });
  }
}
