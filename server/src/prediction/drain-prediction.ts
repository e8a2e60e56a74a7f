/** A drain of one node of the declared cluster, with every pod where the scheduler put it. */
import { planDrain, type DrainPlan } from '../workloads/index.ts';
import type { Pod } from '../manifest/index.ts';
import type { Explanation } from '../explanation/index.ts';
import { schedule, type SchedulingResult, type SchedulingSnapshot } from '../scheduling/index.ts';
import type { Prediction } from './prediction.ts';

/** What `kubectl drain --ignore-daemonsets --delete-emptydir-data` comes to; undefined without the node. */
export function predictDrain(
  prediction: Prediction,
  node: string,
  { force = false }: { readonly force?: boolean } = {},
): DrainPlan | undefined {
  if (!prediction.snapshot.get('Node', '', node)) return undefined;
  const budgets = prediction.snapshot.list('PodDisruptionBudget');
  return planDrain(node, prediction.runningWithOwners, budgets, {
    ignoreDaemonSets: true,
    deleteEmptyDirData: true,
    force,
    canPlace: (pod, besides) => canPlace(prediction, node, pod, besides),
  });
}

/** Nodes named where none fits; the others are only counted. */
const MAX_NAMED = 3;

/** The other node a replacement fits on, beside the pods that are there, or why there is none. */
function canPlace(
  prediction: Prediction,
  drained: string,
  pod: Pod,
  besides: readonly Pod[],
): string | Explanation {
  let snapshot: SchedulingSnapshot = prediction.schedulingSnapshot;
  for (const [i, it] of besides.entries()) {
    const name = `${it.metadata.name}-${i}`;
    if (it.spec.nodeName) {
      snapshot = snapshot.withPod({ ...it, metadata: { ...it.metadata, name } }, it.spec.nodeName);
    }
  }
  const { nodeName: _, ...spec } = pod.spec;
  const result = schedule({ ...pod, spec }, snapshot, { score: false });
  return result.feasible.find((it) => it !== drained) ?? whyNowhere(result, drained);
}

function whyNowhere(result: SchedulingResult, drained: string): Explanation {
  const { perNode, gated, preFilter } = result;
  const early = gated ?? preFilter;
  if (early) return { message: early.message, cites: early.because.cites };
  const others = perNode.filter((it) => it.nodeName !== drained);
  if (others.length === 0) return { message: 'there is no other node', cites: [] };
  const reasons = others.map((it) => `${it.nodeName}: ${(it.reasons ?? []).join(', ')}`);
  const more = reasons.length > MAX_NAMED ? `, and ${reasons.length - MAX_NAMED} more` : '';
  const cites = others.flatMap((it) => it.because?.cites ?? []);
  return { message: `${reasons.slice(0, MAX_NAMED).join('; ')}${more}`, cites };
}
