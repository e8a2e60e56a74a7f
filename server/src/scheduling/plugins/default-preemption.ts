/**
 * Looks for a node where a pod would fit if pods of lower priority went, and nominates the one
 * where that hurts least.
 */
import type { NodeInfo } from '../../cluster/index.ts';
import type { Pod } from '../../manifest/index.ts';
import { fitErrorMessage } from '../fit-error.ts';
import type { PostFilterInput, PostFilterOutcome, Refusal } from '../framework.ts';
import { bestCandidate, selectVictims, type Candidate } from '../preemption.ts';

/** How many candidate nodes are enough, as the default profile has it. */
const MIN_CANDIDATES_PERCENT = 10;
const MIN_CANDIDATES = 100;

export const defaultPreemption = {
  name: 'DefaultPreemption',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go',
    omits: [
      'the random node the search begins at: it begins at the first',
      'pod groups, whose feature gates are off',
    ],
  },

  postFilter(input: PostFilterInput): PostFilterOutcome {
    const notEligible = whyNotEligible(input);
    if (notEligible) return { message: `preemption: ${notEligible}` };
    const { candidates, refusals } = findCandidates(input);
    const best = bestCandidate(candidates);
    if (!best) {
      const message = fitErrorMessage({
        nodeCount: input.snapshot.nodes.length,
        refusals: [...refusals.values()],
        absent: 'Preemption is not helpful for scheduling',
      });
      return { message: `preemption: ${message}` };
    }
    return {
      nominatedNodeName: best.nodeName,
      victims: best.victims,
      pdbViolations: best.pdbViolations,
    };
  },
};

function whyNotEligible({ pod, snapshot, refusals }: PostFilterInput): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') {
    return 'not eligible due to preemptionPolicy=Never.';
  }
  const nominated = pod.pod.status?.nominatedNodeName;
  const node = nominated ? snapshot.node(nominated) : undefined;
  if (!node || refusals.get(node.index)?.code === 'UnschedulableAndUnresolvable') return undefined;
  return node.pods.some((it) => it.priority < pod.priority && leavesForAnother(it.pod))
    ? 'not eligible due to a terminating pod on the nominated node.'
    : undefined;
}

/** Whether a pod is on its way out because an earlier cycle preempted it. */
function leavesForAnother({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  const target = status?.conditions?.find((it) => it.type === 'DisruptionTarget');
  return target?.status === 'True' && target.reason === 'PreemptionByScheduler';
}

/** Every node that would do, and why the others that were tried would not. */
function findCandidates(input: PostFilterInput): {
  readonly candidates: readonly Candidate[];
  readonly refusals: ReadonlyMap<number, Refusal>;
} {
  const nodes = potentialNodes(input);
  const wanted = Math.min(
    nodes.length,
    Math.max(MIN_CANDIDATES, Math.floor((nodes.length * MIN_CANDIDATES_PERCENT) / 100)),
  );
  const candidates: Candidate[] = [];
  const refusals = new Map<number, Refusal>();
  let nonViolating = 0;
  for (const node of nodes) {
    const found = selectVictims(input, node);
    if ('code' in found) {
      refusals.set(node.index, found);
      continue;
    }
    candidates.push(found);
    if (found.pdbViolations === 0) nonViolating++;
    if (nonViolating > 0 && candidates.length >= wanted) break;
  }
  return { candidates, refusals };
}

/** The nodes where pods that go could help. */
function potentialNodes({ snapshot, refusals }: PostFilterInput): readonly NodeInfo[] {
  return snapshot.nodes.filter((it) => refusals.get(it.index)?.code === 'Unschedulable');
}
