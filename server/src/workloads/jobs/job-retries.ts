/** How soon a Job gives up: the tries it makes where each fails at once, and its end. */
import { formatSeconds } from '../../explanation/index.ts';
import type { Job } from '../../manifest/index.ts';
import type { JobWorld } from './job-model.ts';
import { simulateJob } from './job-run.ts';

/** Times are seconds after the Job's start, each the earliest there can be. */
export interface JobRetries {
  /** When pods are made; with `inPlace` when the container is restarted in its pod. */
  readonly tries: readonly number[];
  readonly inPlace: boolean;
  /** When the Job is Failed, and the reason in its condition; undefined where it goes on for days. */
  readonly end: { readonly at: number; readonly reason: string } | undefined;
}

const WATCHED_SECONDS = 86_400;
/** With more pods or indexes nobody asks when each is tried again, and it takes long to play. */
const MAX_PODS = 20;
const SHOWN_TRIES = 8;

/** Undefined for a Job that makes no pods. */
export function jobRetries(
  spec: Job['spec'],
  containerBackOff: JobWorld['containerBackOff'],
): JobRetries | undefined {
  const { restartPolicy, containers = [] } = spec.template.spec ?? {};
  const [first] = containers;
  const { parallelism = 1, completions = 1, backoffLimitPerIndex } = spec;
  const indexes = backoffLimitPerIndex === undefined ? 1 : completions;
  if (!first || Math.max(parallelism, indexes) > MAX_PODS) return undefined;
  // One container that fails is enough for the pod to fail; the others end well.
  const fails = { [first.name]: [{ seconds: 0, exitCode: 1 }] };
  const tries = () => ({ runs: [{ seconds: 0, exitCode: 0 }], containers: fails });
  const run = simulateJob(spec, { tries, containerBackOff, until: WATCHED_SECONDS });
  const inPlace = restartPolicy === 'OnFailure';
  const begun = run.entries.filter((it) => it.what === (inPlace ? 'restart' : 'created'));
  if (begun.length === 0) return undefined;
  const { finishedAt: at, reason } = run;
  return {
    tries: [...new Set(begun.map((it) => it.t))],
    inPlace,
    end: at === undefined || reason === undefined ? undefined : { at, reason },
  };
}

/** One sentence and what it rests on. */
export function describeRetries({ tries, inPlace, end }: JobRetries): string {
  const shown = tries.slice(0, SHOWN_TRIES).map((it) => formatSeconds(it));
  const more = tries.length > SHOWN_TRIES ? ', …' : '';
  const when = `at ${shown.join(', ')}${more}`;
  const made = inPlace
    ? `If the container fails as soon as it runs, it is restarted ${when}`
    : `If each pod fails as soon as it is made, pods are made ${when}`;
  const failed = inPlace ? 'the Job deletes the pod and is Failed' : 'the Job is Failed';
  const last = end
    ? `after ${formatSeconds(end.at)} ${failed} (${end.reason})`
    : `so on for more than a day`;
  return `${made}, and ${last}. These are the earliest times: what a try takes comes on top of each wait.`;
}
