/** Plays the Jobs and CronJobs of replays. */
import { RestartBackOff } from '../../server/src/lifecycle/kubelet/index.ts';
import type { CronJob, Job } from '../../server/src/manifest/index.ts';
import type { WorkloadPrediction } from '../../server/src/prediction/index.ts';
import type {
  CronJobPlan,
  JobPlan,
  ReplayEntry,
  ReplayStory,
  Simulation,
  Trace,
} from '../../server/src/races/index.ts';
import {
  cronSchedule,
  simulateCronJob,
  simulateJob,
  type JobRun,
} from '../../server/src/workloads/index.ts';

/** When stories of CronJobs begin: any day will do. */
const NEW_YEAR = Date.parse('2026-01-01T00:00:00Z') / 1000;
/** The CronJob is there so long before its first slot. */
const BEFORE_SECONDS = 60;

const containerBackOff = () => new RestartBackOff();

/** The part of a story that is about Jobs. */
export function jobStory(
  { kind, object }: WorkloadPrediction,
  tell: (by: Simulation, entries: readonly ReplayEntry[]) => Trace,
): Pick<ReplayStory, 'job' | 'cronJob'> {
  const cronJob = kind === 'CronJob' ? (object as unknown as CronJob) : undefined;
  const spec = kind === 'Job' ? (object as unknown as Job).spec : cronJob?.spec.jobTemplate.spec;
  return {
    job({ tries, asks = [], until }: JobPlan) {
      if (!spec) return undefined;
      const run = simulateJob(spec, { tries, containerBackOff, until });
      const seen = asks.map((it) => lookAt(run, it));
      return tell(
        'job',
        [...run.entries, ...seen].toSorted((a, b) => a.t - b.t),
      );
    },
    cronJob({ tries, away, until }: CronJobPlan) {
      if (!cronJob) return undefined;
      const world = {
        runs: (job: number) => ({ tries: (pod: number) => tries(job, pod), containerBackOff }),
        away: away ? [{ from: away.from + BEFORE_SECONDS, to: away.to + BEFORE_SECONDS }] : [],
        until: until + BEFORE_SECONDS,
      };
      const first = cronSchedule(cronJob.spec.schedule, cronJob.spec.timeZone)?.(NEW_YEAR) ?? 0;
      const run = simulateCronJob(cronJob, { ...world, from: first - BEFORE_SECONDS });
      return (
        run &&
        tell(
          'cronjob',
          run.entries.map((it) => ({ ...it, t: it.t - BEFORE_SECONDS })),
        )
      );
    },
  };
}

/** What a client sees that gets the Job. */
function lookAt({ entries, goneAt }: JobRun, t: number): ReplayEntry {
  const found = !(goneAt !== undefined && goneAt <= t);
  const conditions = entries.filter((it) => it.t <= t && it.what === 'condition');
  const types = conditions.map((it) => (it.detail as { readonly type: string }).type);
  const finished = types.find((it) => it === 'Complete' || it === 'Failed') ?? null;
  const detail = found ? { found, finished } : { found };
  return { t, source: 'client', what: 'get', detail };
}
