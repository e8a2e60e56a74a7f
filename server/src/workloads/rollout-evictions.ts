/** Evicts every pod of a workload once, by name, one request after the other, as a drain does. */
import type { Explanation } from '../explanation/index.ts';
import { selectorMatches, type PodDisruptionBudget } from '../manifest/index.ts';
import { budgetStatus, evict } from './disruption.ts';
import type { EvictionAnswer, RolloutPod, RolloutWorkload } from './rollout-model.ts';
import { isKind, replicasOf } from './rollout-plan.ts';
import type { RolloutRun } from './rollout-run.ts';

/** A client's next request comes as a few of the controllers' steps later. */
const LATENCIES_BETWEEN_REQUESTS = 3;

interface Outcome {
  readonly evictions: EvictionAnswer[];
  readonly because: Explanation[];
  /** The answers of another run, to be given again. */
  readonly decided?: readonly EvictionAnswer[];
}

/** Plans the requests; the answers come in as the run goes on. */
export function evictEach(
  run: RolloutRun,
  workload: RolloutWorkload,
  budgets: readonly PodDisruptionBudget[],
  { evictions, because, decided }: Outcome,
): void {
  const gap = LATENCIES_BETWEEN_REQUESTS * run.pace.latencySeconds;
  const pods = run.pods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const [i, pod] of pods.entries()) {
    run.at((i + 1) * gap, () => {
      const answer = decided?.[i] ?? askToEvict(run, workload, budgets, pod, because);
      evictions.push(answer);
      if (answer.code === 201) run.delete(pod);
    });
  }
}

/** What the eviction API answers for one pod as things stand. */
export function askToEvict(
  run: RolloutRun,
  workload: RolloutWorkload,
  budgets: readonly PodDisruptionBudget[],
  pod: RolloutPod,
  because: Explanation[] = [],
): EvictionAnswer {
  const labels = workload.spec?.template?.metadata?.labels;
  const counted = {
    pods: run.pods.length,
    healthy: run.pods.filter((it) => it.deletedAt === undefined && it.readyAt !== undefined).length,
    scale: scaleOf(workload),
  };
  const selecting = budgets
    .filter(({ spec }) => !isEmpty(spec?.selector) && selectorMatches(spec?.selector, labels))
    .map((budget) => ({ budget, status: budgetStatus(budget, counted) }));
  const verdict = evict(
    {
      phase: pod.readyAt === undefined && pod.failedAt === undefined ? 'Pending' : 'Running',
      terminating: pod.deletedAt !== undefined,
      ready: pod.readyAt !== undefined,
    },
    selecting,
  );
  if (verdict.code !== 201 && because.length === 0) because.push(...verdict.because);
  const { code, message, cause } = verdict;
  return {
    pod: pod.name,
    code,
    ...(message === undefined ? {} : { message }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function isEmpty(selector: PodDisruptionBudget['spec']['selector']): boolean {
  return (
    Object.keys(selector?.matchLabels ?? {}).length === 0 &&
    (selector?.matchExpressions ?? []).length === 0
  );
}

/** The replicas a budget reckons with; a DaemonSet has no scale to ask for. */
function scaleOf(workload: RolloutWorkload): number | { error: string } {
  return isKind(workload, 'DaemonSet')
    ? { error: 'daemonsets.apps does not implement the scale subresource' }
    : replicasOf(workload);
}
