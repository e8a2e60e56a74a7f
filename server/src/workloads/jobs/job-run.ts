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
  const queue = new EventQueue();
  const entries: TraceEntry[] = [];
  let goneAt: number | undefined;
  let finishedAt: number | undefined;
  const tell = (what: string, detail?: unknown) => {
    const entry = { t: queue.now, source: 'job', what } as const;
    entries.push(detail === undefined ? entry : { ...entry, detail });
  };
  const { template } = spec;
  const { tries, containerBackOff } = world;
  const changed = () => {
    appointment.in(BATCH_SECONDS);
    if (ending && pods.all.length === 0 && goneAt === undefined) leave();
  };
  const pods = new JobPods(queue, {
    template,
    tries,
    containerBackOff,
    tell: (it) => entries.push(it),
    changed,
  });
  const controller = new JobController(spec, {
    now: () => queue.now,
    pods,
    lookIn: (seconds) => appointment.in(seconds),
    tell,
  });
  const appointment = new Appointment(queue, () => {
    if (goneAt !== undefined || ending) return;
    controller.sync();
    if (!controller.finished || finishedAt !== undefined) return;
    finishedAt = queue.now;
    // The TTL counts from the time in the condition, which has whole seconds.
    const { ttlSecondsAfterFinished = Infinity } = spec;
    const expiresAt = stored(finishedAt) + ttlSecondsAfterFinished;
    queue.at(Math.max(queue.now, expiresAt), () => end('foreground'));
  });
  let ending = false;
  const leave = () => {
    goneAt = queue.now;
    tell('deleted');
  };
  /** In the foreground the Job waits for its pods, in the background it is gone before them. */
  const end = (propagation: 'foreground' | 'background') => {
    if (goneAt !== undefined) return;
    tell('deletion', propagation);
    ending = true;
    if (propagation === 'background') leave();
    for (const it of [...pods.all]) {
      pods.delete(it, 'garbage collector');
      pods.untrack(it);
    }
    if (pods.all.length === 0 && goneAt === undefined) leave();
  };
  appointment.in(0);
  for (const { at, suspend } of world.suspends ?? []) {
    queue.at(at, () => {
      controller.suspended = suspend;
      appointment.in(0);
    });
  }
  queue.at(world.deletedAt ?? Infinity, () => end('background'));
  queue.play(world.until, MAX_EVENTS);
  const { finished, succeeded, failed } = controller;
  return {
    entries,
    outcome: finished?.type as JobRun['outcome'],
    reason: finished?.reason,
    finishedAt,
    goneAt,
    succeeded,
    failed,
  };
}
