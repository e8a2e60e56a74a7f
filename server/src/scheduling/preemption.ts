/**
 * Which pods must go from a node so that another fits, and on which node that hurts least.
 * Follows pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go
 * (SelectVictimsOnNode) and pkg/scheduler/framework/preemption/preemption.go.
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import { field } from '../manifest/index.ts';
import { budgetBreakers } from './disruption-budgets.ts';
import { unresolvable, type PostFilterInput, type Refusal } from './framework.ts';

/** A node where the pod fits once the victims are gone. */
export interface Candidate {
  readonly nodeName: string;
  /** The most important first. */
  readonly victims: readonly PodInfo[];
  /** How many of them a PodDisruptionBudget would have kept. */
  readonly pdbViolations: number;
}

/** The fewest pods of lower priority whose going makes room on a node; a refusal where none do. */
export function selectVictims(
  { pod, snapshot, dryRun }: PostFilterInput,
  node: NodeInfo,
): Candidate | Refusal {
  const potential = node.pods.filter((it) => it.priority < pod.priority);
  if (potential.length === 0) return noVictims(pod, node);
  let now = node;
  for (const it of potential) now = dryRun.removePod(now, it);
  const refusal = dryRun.filter(now);
  const victims: PodInfo[] = [];
  let pdbViolations = 0;
  if (!refusal) {
    const ordered = potential.toSorted(moreImportantFirst);
    const violating = budgetBreakers(ordered, snapshot);
    // Those a budget protects are spared first, then the most important.
    const order = [
      ...ordered.filter((it) => violating.has(it)),
      ...ordered.filter((it) => !violating.has(it)),
    ];
    for (const it of order) {
      now = dryRun.addPod(now, it);
      if (!dryRun.filter(now)) continue;
      now = dryRun.removePod(now, it);
      victims.push(it);
      if (violating.has(it)) pdbViolations++;
    }
  }
  // What the filters remember is brought back to how it was.
  for (const it of refusal ? potential : victims) now = dryRun.addPod(now, it);
  if (refusal) return refusal;
  if (victims.length === 0) return noVictims(pod, node);
  return { nodeName: node.name, victims: victims.toSorted(moreImportantFirst), pdbViolations };
}

/** The node to nominate: the criteria one after the other, equals by name. */
export function bestCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const criteria: readonly ((it: Candidate) => number)[] = [
    (it) => -it.pdbViolations,
    (it) => -(it.victims[0]?.priority ?? 0),
    // Each victim counts, even one of a negative priority.
    (it) => -it.victims.reduce((sum, victim) => sum + victim.priority + 2 ** 31, 0),
    (it) => -it.victims.length,
    (it) => earliestStartOfMostImportant(it),
  ];
  let best = candidates.toSorted((a, b) => (a.nodeName < b.nodeName ? -1 : 1));
  for (const criterion of criteria) {
    if (best.length <= 1) break;
    const highest = Math.max(...best.map(criterion));
    best = best.filter((it) => criterion(it) === highest);
  }
  return best[0];
}

/** Higher priority first, then who runs longer. */
function moreImportantFirst(a: PodInfo, b: PodInfo): number {
  const byImportance = b.priority - a.priority || startOf(a) - startOf(b);
  // What upstream leaves to chance is ordered by name, so that the answer is one.
  return byImportance || (fullName(a) < fullName(b) ? -1 : 1);
}

function fullName({ namespace, name }: PodInfo): string {
  return `${namespace}/${name}`;
}

/** When a pod started, in seconds; one that has not is the youngest. */
function startOf({ pod }: PodInfo): number {
  const match = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/.exec(pod.status?.startTime ?? '');
  if (!match) return Number.MAX_SAFE_INTEGER;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  // Only the order of times matters, so months of 31 days do.
  return ((((year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second;
}

function earliestStartOfMostImportant({ victims }: Candidate): number {
  const highest = victims[0]?.priority;
  return Math.min(...victims.filter((it) => it.priority === highest).map(startOf));
}

function noVictims({ pod, priority }: PodInfo, node: NodeInfo): Refusal {
  return unresolvable('No preemption victims found for incoming pod', () => ({
    message: `No pod on ${node.name} has a lower priority than ${priority}.`,
    cites: [field(pod).spec.priority],
  }));
}
