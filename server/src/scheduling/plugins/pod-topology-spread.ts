/**
 * Keeps the pods of a selector from crowding into one domain of a topology, strictly
 * (DoNotSchedule) or by preference (ScheduleAnyway).
 */
import type { NodeInfo, PodInfo } from '../../cluster/index.ts';
import type { Explanation } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import {
  divide,
  MAX_NODE_SCORE,
  SKIP,
  SUCCESS,
  unresolvable,
  unschedulable,
  type FilterPlugin,
  type PreFilterPlugin,
  type PreScorePlugin,
  type RequeuePlugin,
  type ScorePlugin,
} from '../framework.ts';
import type { SchedulingSnapshot } from '../scheduling-snapshot.ts';
import {
  hasAllKeys,
  HOSTNAME,
  podCounts,
  policiesAdmit,
  spreadConstraints,
  type SpreadConstraint,
} from '../spread-constraints.ts';

const MISSING_LABEL =
  "node(s) didn't match pod topology spread constraints (missing required label)";
const SKEWED = "node(s) didn't match pod topology spread constraints";

/** The matching pods of one constraint by domain, and the fewest of any domain. */
interface DomainCounts {
  readonly constraint: SpreadConstraint;
  /** 1 where the pod itself matches the selector. */
  readonly self: number;
  /** By the number of the topology value. */
  readonly counts: Int32Array;
  /** Whether some eligible node makes the value a domain. */
  readonly isDomain: Uint8Array;
  domains: number;
  /** Undefined after a change, until it is asked for. */
  minimum: number | undefined;
}

interface SpreadFilterState {
  readonly pod: PodInfo;
  readonly constraints: readonly SpreadConstraint[];
  readonly perConstraint: readonly DomainCounts[];
}

interface SpreadScoreState {
  readonly constraints: readonly SpreadConstraint[];
  /** By constraint, by the number of the topology value; the last for nodes without the label. */
  readonly counts: readonly Float64Array[];
  /** By constraint, by node index. */
  readonly onNodes: readonly Int32Array[];
  readonly weights: readonly number[];
  readonly requireAllKeys: boolean;
}

export const podTopologySpread = {
  name: 'PodTopologySpread',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/podtopologyspread/',
  },

  preFilter(pod, snapshot) {
    const constraints = spreadConstraints(pod, snapshot, 'DoNotSchedule');
    if (constraints.length === 0) return SKIP;
    return { state: { pod, constraints, perConstraint: countDomains(pod, constraints, snapshot) } };
  },

  updateWithPod({ pod, constraints, perConstraint }, other, node, delta) {
    if (other.namespace !== pod.namespace || !hasAllKeys(constraints, node.index)) return;
    for (const it of perConstraint) {
      if (!it.constraint.match.matches(other.podClass.id)) continue;
      if (!policiesAdmit(it.constraint, pod, node)) continue;
      const id = it.constraint.column.ids[node.index] ?? -1;
      it.counts[id] = (it.counts[id] ?? 0) + delta;
      it.minimum = undefined;
    }
  },

  filter(pod, node, { perConstraint }) {
    for (const it of perConstraint) {
      const id = it.constraint.column.ids[node.index] ?? -1;
      if (id < 0) return unresolvable(MISSING_LABEL, () => explainMissing(pod, node, it));
      const skew = (it.counts[id] ?? 0) + it.self - minimumOf(it);
      if (skew <= it.constraint.maxSkew) continue;
      const count = it.counts[id] ?? 0;
      const minimum = minimumOf(it);
      return unschedulable(SKEWED, () => explainSkew(pod, node, it, count, minimum));
    }
    return SUCCESS;
  },

  helpedBy(refused, added, snapshot) {
    return spreadConstraints(refused, snapshot, 'DoNotSchedule').some((it) =>
      it.match.matches(added.podClass.id),
    );
  },

  preScore(pod, feasible, snapshot) {
    const constraints = spreadConstraints(pod, snapshot, 'ScheduleAnyway');
    if (constraints.length === 0) return SKIP;
    // The system's defaults spread over hosts even where nodes have no zone.
    const requireAllKeys = (pod.pod.spec.topologySpreadConstraints ?? []).length > 0;
    return { state: countForScore(pod, constraints, feasible, snapshot, requireAllKeys) };
  },

  score(_, node, { constraints, counts, onNodes, weights, requireAllKeys }) {
    if (requireAllKeys && !hasAllKeys(constraints, node.index)) return 0;
    let score = 0;
    for (let i = 0; i < constraints.length; i++) {
      const constraint = constraints[i];
      const id = constraint?.column.ids[node.index] ?? -1;
      if (!constraint || id < 0) continue;
      const count =
        constraint.topologyKey === HOSTNAME
          ? (onNodes[i]?.[node.index] ?? 0)
          : (counts[i]?.[id] ?? 0);
      score += count * (weights[i] ?? 0) + (constraint.maxSkew - 1);
    }
    return Math.round(score);
  },

  normalizeScores(scores, nodes, { constraints, requireAllKeys }) {
    const ignored = (i: number): boolean =>
      requireAllKeys && !hasAllKeys(constraints, nodes[i]?.index ?? -1);
    let lowest = Number.MAX_SAFE_INTEGER;
    let highest = 0;
    for (let i = 0; i < scores.length; i++) {
      if (ignored(i)) continue;
      const score = scores[i] ?? 0;
      if (score < lowest) lowest = score;
      if (score > highest) highest = score;
    }
    for (let i = 0; i < scores.length; i++) {
      if (ignored(i)) scores[i] = 0;
      else if (highest === 0) scores[i] = MAX_NODE_SCORE;
      else scores[i] = divide(MAX_NODE_SCORE * (highest + lowest - (scores[i] ?? 0)), highest);
    }
  },
} satisfies PreFilterPlugin<SpreadFilterState> &
  RequeuePlugin &
  FilterPlugin<SpreadFilterState> &
  PreScorePlugin<SpreadScoreState> &
  ScorePlugin<SpreadScoreState>;

function countDomains(
  pod: PodInfo,
  constraints: readonly SpreadConstraint[],
  snapshot: SchedulingSnapshot,
): readonly DomainCounts[] {
  const result = constraints.map((constraint) => ({
    constraint,
    self: constraint.match.matches(pod.podClass.id) ? 1 : 0,
    counts: new Int32Array(constraint.column.values.length),
    isDomain: new Uint8Array(constraint.column.values.length),
    domains: 0,
    minimum: undefined,
    onNodes: podCounts(constraint, snapshot),
  }));
  snapshot.nodes.forEach((node, index) => {
    if (!hasAllKeys(constraints, index)) return;
    for (const it of result) {
      if (!policiesAdmit(it.constraint, pod, node)) continue;
      const id = it.constraint.column.ids[index] ?? -1;
      if (it.isDomain[id] === 0) {
        it.isDomain[id] = 1;
        it.domains++;
      }
      it.counts[id] = (it.counts[id] ?? 0) + (it.onNodes[index] ?? 0);
    }
  });
  return result;
}

/** The fewest matching pods of any domain; 0 while there are fewer domains than minDomains. */
function minimumOf(it: DomainCounts): number {
  if (it.minimum !== undefined) return it.minimum;
  let minimum = Number.MAX_SAFE_INTEGER;
  for (let id = 0; id < it.counts.length; id++) {
    if (it.isDomain[id] === 1) minimum = Math.min(minimum, it.counts[id] ?? 0);
  }
  it.minimum = it.domains < it.constraint.minDomains ? 0 : minimum;
  return it.minimum;
}

function countForScore(
  pod: PodInfo,
  constraints: readonly SpreadConstraint[],
  feasible: readonly NodeInfo[],
  snapshot: SchedulingSnapshot,
  requireAllKeys: boolean,
): SpreadScoreState {
  const counts = constraints.map((it) => new Float64Array(it.column.values.length + 1).fill(-1));
  const sizes = constraints.map(() => 0);
  let scored = 0;
  const slot = ({ column }: SpreadConstraint, index: number): number => {
    const id = column.ids[index] ?? -1;
    return id < 0 ? column.values.length : id;
  };
  for (const { index } of feasible) {
    if (requireAllKeys && !hasAllKeys(constraints, index)) continue;
    scored++;
    constraints.forEach((it, i) => {
      const own = counts[i];
      const id = slot(it, index);
      if (it.topologyKey === HOSTNAME || !own || (own[id] ?? 0) >= 0) return;
      own[id] = 0;
      sizes[i] = (sizes[i] ?? 0) + 1;
    });
  }
  const weights = constraints.map((it, i) =>
    Math.log((it.topologyKey === HOSTNAME ? scored : (sizes[i] ?? 0)) + 2),
  );
  const onNodes = constraints.map((it) => podCounts(it, snapshot));
  constraints.forEach((it, i) => {
    const own = counts[i];
    // A host's own pods are counted when it is scored.
    if (it.topologyKey === HOSTNAME || !own) return;
    snapshot.nodes.forEach((node, index) => {
      const id = slot(it, index);
      if ((own[id] ?? -1) < 0) return;
      if (requireAllKeys && !hasAllKeys(constraints, index)) return;
      if (!policiesAdmit(it, pod, node)) return;
      own[id] = (own[id] ?? 0) + (onNodes[i]?.[index] ?? 0);
    });
  });
  return { constraints, counts, onNodes, weights, requireAllKeys };
}

function placeOf({ pod }: PodInfo, { index }: SpreadConstraint) {
  const list = field(pod).spec.topologySpreadConstraints;
  return index === undefined ? list : (list[index] ?? list);
}

function explainMissing(pod: PodInfo, node: NodeInfo, { constraint }: DomainCounts): Explanation {
  return {
    message: `${node.name} has no label ${constraint.topologyKey}, so it is in no domain.`,
    cites: [placeOf(pod, constraint), field(node.facts.node).metadata.labels],
  };
}

function explainSkew(
  pod: PodInfo,
  node: NodeInfo,
  { constraint, self }: DomainCounts,
  count: number,
  minimum: number,
): Explanation {
  const { topologyKey, maxSkew } = constraint;
  const domain = `${topologyKey}=${node.facts.labels[topologyKey]}`;
  return {
    message:
      `${domain} has ${count} matching pods${self ? ' and would have one more' : ''}, ` +
      `the emptiest domain counts ${minimum}: more than maxSkew ${maxSkew} apart.`,
    cites: [placeOf(pod, constraint), field(node.facts.node).metadata.labels],
  };
}
