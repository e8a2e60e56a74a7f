/**
 * The scheduler framework: what a plugin may be asked, and what it may answer.
 * Follows staging/src/k8s.io/kube-scheduler/framework/interface.go.
 *
 * A plugin's state of a cycle is what its preFilter or preScore returned; the cycle hands it back.
 * Left out: Reserve, Permit and the binding points, which decide nothing about where a pod goes.
 */
import type { NodeInfo, PodInfo } from '../cluster/index.ts';
import type { Explanation, Upstream } from '../explanation/index.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** The status codes of a refusal. Of the second kind preemption cannot help. */
export type StatusCode = 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Error';

/** The highest score a plugin gives before weights. */
export const MAX_NODE_SCORE = 100;

/** No refusal. */
export const SUCCESS = undefined;

/** The plugin has nothing to say about this pod and is not asked again in this cycle. */
export const SKIP = { skip: true } as const;

/** A plugin's no: upstream's code and reasons, and our own words with places. */
export class Refusal {
  readonly code: StatusCode;
  /** Upstream's words, letter for letter. */
  readonly reasons: readonly string[];
  readonly #explain: () => Explanation;

  /** The explanation is worked out when it is asked for: 5,000 nodes may refuse. */
  constructor(code: StatusCode, reasons: readonly string[], explain: () => Explanation) {
    this.code = code;
    this.reasons = reasons;
    this.#explain = explain;
  }

  get because(): Explanation {
    return this.#explain();
  }
}

/** Preemption may help: pods could go. */
export function unschedulable(reason: string, explain: () => Explanation): Refusal {
  return new Refusal('Unschedulable', [reason], explain);
}

/** No pod's going would help. */
export function unresolvable(reason: string, explain: () => Explanation): Refusal {
  return new Refusal('UnschedulableAndUnresolvable', [reason], explain);
}

/** What preFilter answers: nothing to check, a refusal of all nodes, or state for filter. */
export type PreFilterOutcome<F> =
  | typeof SKIP
  | Refusal
  | {
      readonly state: F;
      /** Only nodes of these names are looked at. */
      readonly nodeNames?: ReadonlySet<string>;
    };

/** What preScore answers: nothing to score, or state for score. */
export type PreScoreOutcome<S> = typeof SKIP | { readonly state: S };

/** Every plugin: upstream's name, and the file it follows. */
interface NamedPlugin {
  /** Upstream's name, letter for letter. */
  readonly name: string;
  readonly upstream: Upstream;
}

/** Keeps a pod out of the queue. */
export interface PreEnqueuePlugin extends NamedPlugin {
  preEnqueue(pod: PodInfo): Refusal | undefined;
}

/** Orders the queue: negative where `a` is tried first. */
export interface QueueSortPlugin extends NamedPlugin {
  compare(a: PodInfo, b: PodInfo): number;
}

/** Works out, once a cycle, what filter needs; keeps it right while pods come and go. */
export interface PreFilterPlugin<F> extends NamedPlugin {
  preFilter(pod: PodInfo, snapshot: SchedulingSnapshot): PreFilterOutcome<F>;
  /** One pod more (1) or less (-1) on a node, as preemption tries it. */
  updateWithPod?(state: F, other: PodInfo, node: NodeInfo, delta: 1 | -1): void;
}

/** Knows when a pod it refused is worth another try. */
export interface RequeuePlugin extends NamedPlugin {
  /** Whether another pod, now on some node, may let the refused one in: the queueing hint. */
  helpedBy(refused: PodInfo, added: PodInfo, snapshot: SchedulingSnapshot): boolean;
}

/** Says whether a pod may run on a node. */
export interface FilterPlugin<F = undefined> extends NamedPlugin {
  filter(pod: PodInfo, node: NodeInfo, state: F): Refusal | undefined;
}

/** Works out, once a cycle, what score needs. */
export interface PreScorePlugin<S> extends NamedPlugin {
  preScore(
    pod: PodInfo,
    feasible: readonly NodeInfo[],
    snapshot: SchedulingSnapshot,
  ): PreScoreOutcome<S>;
  /** Why nodes cannot be compared for the pod: the error that ends the cycle. */
  cannotScore?(pod: PodInfo): Refusal | undefined;
}

/** Says how well a pod would run on a node. */
export interface ScorePlugin<S = undefined> extends NamedPlugin {
  score(pod: PodInfo, node: NodeInfo, state: S): number;
  /** Brings the scores of all nodes, in place, into 0 to 100. */
  normalizeScores?(scores: Float64Array, nodes: readonly NodeInfo[], state: S): void;
}

/** Any plugin, as the cycle sees it: the points it has, its states opaque. */
export interface SchedulerPlugin
  extends
    NamedPlugin,
    Partial<Omit<PreEnqueuePlugin, keyof NamedPlugin>>,
    Partial<Omit<QueueSortPlugin, keyof NamedPlugin>>,
    Partial<Omit<PreFilterPlugin<unknown>, keyof NamedPlugin>>,
    Partial<Omit<RequeuePlugin, keyof NamedPlugin>>,
    Partial<Omit<FilterPlugin<unknown>, keyof NamedPlugin>>,
    Partial<Omit<PreScorePlugin<unknown>, keyof NamedPlugin>>,
    Partial<Omit<ScorePlugin<unknown>, keyof NamedPlugin>> {
  /** Asked when no node is feasible; DynamicResources and DefaultPreemption. */
  readonly postFilter?: PostFilter;
}

/** What the cycle knew when no node was feasible. */
export interface PostFilterInput {
  readonly pod: PodInfo;
  readonly snapshot: SchedulingSnapshot;
  /** The first refusal of each node, by its index; undefined where a preFilter ruled it out. */
  readonly refusals: ReadonlyMap<number, Refusal>;
  /** Whether every preFilter passed, so that filter can be asked again. */
  readonly filtered: boolean;
  /** The filters of the cycle, on a node with other pods than the snapshot's. */
  readonly dryRun: DryRun;
}

/** Asks the filters of a cycle again while pods come and go on one node. */
export interface DryRun {
  /** The first refusal of a node as it is now. */
  filter(node: NodeInfo): Refusal | undefined;
  addPod(node: NodeInfo, other: PodInfo): NodeInfo;
  removePod(node: NodeInfo, other: PodInfo): NodeInfo;
}

/** A postFilter's answer: a nomination, or the part of the message it adds. */
export interface PostFilterOutcome {
  readonly nominatedNodeName?: string;
  readonly victims?: readonly PodInfo[];
  readonly pdbViolations?: number;
  readonly message?: string;
  /** The message ends here: the plugins behind it are not asked. */
  readonly final?: boolean;
}

export type PostFilter = (input: PostFilterInput) => PostFilterOutcome;

/** Integer division as Go does it for amounts that are not negative. */
export function divide(a: number, b: number): number {
  const quotient = Math.floor(a / b);
  // The quotient of doubles may have been rounded up to the next whole number.
  return quotient * b > a ? quotient - 1 : quotient;
}

/**
 * Upstream's DefaultNormalizeScore: the highest becomes 100, or 0 where `reverse`.
 */
export function normalizeToMax(scores: Float64Array, reverse: boolean): void {
  let highest = 0;
  for (const it of scores) if (it > highest) highest = it;
  if (highest === 0) {
    if (reverse) scores.fill(MAX_NODE_SCORE);
    return;
  }
  for (let i = 0; i < scores.length; i++) {
    const score = divide(MAX_NODE_SCORE * (scores[i] ?? 0), highest);
    scores[i] = reverse ? MAX_NODE_SCORE - score : score;
  }
}
