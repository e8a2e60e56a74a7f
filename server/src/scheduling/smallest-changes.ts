/**
 * The smallest changes that let a pod be placed, each proved by running the cycle again.
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import type { Pod } from '../manifest/index.ts';
import { runPreFilters, type PreFilterResult } from './filters.ts';
import { applyChanges, type PodChange } from './pod-change.ts';
import { REPAIRS } from './repairs.ts';
import { schedule } from './scheduling-cycle.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** Something that would let the pod be placed. */
export interface Proposal {
  /** For people: `add a toleration of spot:NoSchedule, and the pod fits on node-b`. */
  readonly message: string;
  /** What to change in the pod; nothing where other pods would have to go. */
  readonly changes: readonly PodChange[];
  /** The pods that would have to go. */
  readonly removes: readonly Pod[];
  /** Where the pod would be placed then, and how many nodes would be feasible. */
  readonly nodeName: string;
  readonly feasible: number;
}

/** Proposals that are returned. */
const MAX_PROPOSALS = 8;
/** Guesses that are put to the proof. */
const MAX_PROOFS = 60;
/** Nodes that are asked what they would want changed. */
const MAX_NODES = 200;
/** The most changes one proposal may have. */
const MAX_CHANGES = 3;

/** What would let an unschedulable pod be placed, the smallest first; nothing where it is. */
export function smallestChanges(pod: Pod, snapshot: SchedulingSnapshot): readonly Proposal[] {
  const now = schedule(pod, snapshot, { score: false });
  if (now.gated) return ungated(pod, snapshot);
  if (now.nodeName !== undefined) return [];
  const guesses = guessChanges(snapshot.podInfo(pod), snapshot);
  const proposals = [...ofPod(pod, snapshot, guesses), ...ofOthers(pod, snapshot)];
  return proposals
    .toSorted((a, b) => size(a) - size(b) || b.feasible - a.feasible)
    .slice(0, MAX_PROPOSALS);
}

/** A change of the pod is smaller than a pod's going, and fewer are smaller than more. */
function size({ changes, removes }: Proposal): number {
  return costOf(changes) + 2 * removes.length;
}

function costOf(changes: readonly PodChange[]): number {
  return changes.reduce((sum, it) => sum + it.cost, 0);
}

function ungated(pod: Pod, snapshot: SchedulingSnapshot): readonly Proposal[] {
  const change: PodChange = {
    op: 'remove',
    path: ['spec', 'schedulingGates'],
    cost: 1,
    text: 'remove the scheduling gates',
  };
  return ofPod(pod, snapshot, [[change]]);
}

/** Sets of changes that might do, the smallest first and none twice. */
function guessChanges(
  pod: PodInfo,
  snapshot: SchedulingSnapshot,
): readonly (readonly PodChange[])[] {
  const prepared = runPreFilters(pod, snapshot, true);
  const found = new Map<string, readonly PodChange[]>();
  const asked = new Map<string, number>();
  for (const node of sampleNodes(snapshot)) {
    const refusals = refusalsOn(node, prepared);
    const signature = refusals.join();
    const times = asked.get(signature) ?? 0;
    if (refusals.length === 0 || times >= MAX_PROOFS) continue;
    asked.set(signature, times + 1);
    for (const changes of combinations(pod, node, refusals)) {
      if (changes.length === 0 || changes.length > MAX_CHANGES) continue;
      const key = changes.map((it) => it.text).join('\n');
      if (!found.has(key)) found.set(key, changes);
    }
  }
  return [...found.values()].toSorted((a, b) => costOf(a) - costOf(b));
}

/** The nodes that are asked; of many, those spread over the whole list. */
function sampleNodes({ nodes }: SchedulingSnapshot): readonly NodeInfo[] {
  const step = Math.max(1, Math.ceil(nodes.length / MAX_NODES));
  return nodes.filter((_, i) => i % step === 0);
}

/** All plugins that refuse; empty where no change of the pod could satisfy one of them. */
function refusalsOn(
  node: NodeInfo,
  { filters, refused, nodeNames }: PreFilterResult,
): readonly string[] {
  if (refused && refused.plugin !== 'NodeAffinity') return [];
  const names = filters.every(node).map((it) => it.plugin);
  const leftOut = refused !== undefined || (nodeNames && !nodeNames.has(node.name));
  if (leftOut && !names.includes('NodeAffinity')) names.push('NodeAffinity');
  return names.every((it) => Object.hasOwn(REPAIRS, it)) ? names : [];
}

/** One set of changes of each plugin, put together in every way. */
function combinations(
  pod: PodInfo,
  node: NodeInfo,
  plugins: readonly string[],
): readonly (readonly PodChange[])[] {
  let sets: readonly (readonly PodChange[])[] = [[]];
  for (const plugin of plugins) {
    const options = (REPAIRS[plugin]?.(pod, node) ?? []).filter((it) => it.length > 0);
    if (options.length === 0) return [];
    sets = sets
      .flatMap((set) => options.map((it) => set.concat(it)))
      .filter((it) => it.length <= MAX_CHANGES);
  }
  return sets;
}

function ofPod(
  pod: Pod,
  snapshot: SchedulingSnapshot,
  guesses: readonly (readonly PodChange[])[],
): readonly Proposal[] {
  const proved: Proposal[] = [];
  for (const changes of guesses.slice(0, MAX_PROOFS)) {
    // What holds with fewer changes need not be said again with more.
    if (proved.some((it) => it.changes.every((small) => changes.some((big) => same(small, big))))) {
      continue;
    }
    const result = schedule(applyChanges(pod, changes), snapshot, { preempt: false });
    if (result.nodeName === undefined) continue;
    const what = join(changes.map((it) => it.text));
    proved.push({
      message: `${what}, and the pod fits on ${where(result.feasible)}`,
      changes,
      removes: [],
      nodeName: result.nodeName,
      feasible: result.feasible.length,
    });
  }
  return proved;
}

/** Pods of lower priority that would have to go, and those that would if the pod came first. */
function ofOthers(pod: Pod, snapshot: SchedulingSnapshot): readonly Proposal[] {
  const highest = 2_000_000_000;
  const found = new Map<string, Proposal>();
  const own = pod.spec.priority ?? 0;
  for (const priority of new Set([own, highest])) {
    const { spec } = pod;
    const urgent = { ...pod, spec: { ...spec, priority, preemptionPolicy: undefined } };
    const { nominatedNodeName, victims } = schedule(urgent, snapshot);
    if (nominatedNodeName === undefined || victims.length === 0) continue;
    let without = snapshot;
    for (const it of victims) without = without.withoutPod(it, nominatedNodeName);
    const result = schedule(pod, without, { preempt: false });
    if (result.nodeName === undefined) continue;
    const lower = victims.every((it) => (it.spec.priority ?? 0) < own);
    const pods = `${victims.length} ${victims.length === 1 ? 'pod' : 'pods'}`;
    const which = lower ? `${pods} of lower priority` : pods;
    const names = victims.map((it) => it.metadata.name).join(', ');
    found.set(names, {
      message: `${nominatedNodeName} would fit without ${which} (${names})`,
      changes: [],
      removes: victims,
      nodeName: result.nodeName,
      feasible: result.feasible.length,
    });
  }
  return [...found.values()];
}

/** Whether both change one field alike; of two amounts the larger was tried first, and did. */
function same(a: PodChange, b: PodChange): boolean {
  if (a.op === 'add') return a.text === b.text;
  return a.op === b.op && a.path.join('/') === b.path.join('/');
}

function join(texts: readonly string[]): string {
  return texts.length < 2
    ? (texts[0] ?? '')
    : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

function where(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${names.length} nodes`;
}
