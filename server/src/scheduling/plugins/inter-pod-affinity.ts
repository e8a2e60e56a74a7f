/**
 * Puts a pod near pods it has affinity to and away from those it, or they, have anti-affinity to.
 */
import type { AffinityTerm, PodInfo } from '../../cluster/index.ts';
import {
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
import {
  AffinityCounts,
  explainAffinity,
  explainAntiAffinity,
  explainExisting,
  IncomingMatch,
  matchAll,
} from '../affinity-counts.ts';
import type { ClassMatch } from '../class-match.ts';
import type { SchedulingSnapshot } from '../scheduling-snapshot.ts';

/** What a required affinity term of a pod that is there already weighs in the score. */
const HARD_POD_AFFINITY_WEIGHT = 1;

interface AffinityFilterState {
  readonly pod: PodInfo;
  /** Which pods match all required affinity terms at once. */
  readonly affinityMatch: ClassMatch;
  readonly antiAffinity: readonly { readonly term: AffinityTerm; readonly match: ClassMatch }[];
  /** Whether terms of other pods match this one. */
  readonly incoming: IncomingMatch;
  readonly affinityCounts: AffinityCounts;
  readonly antiAffinityCounts: AffinityCounts;
  readonly existingCounts: AffinityCounts;
}

export const interPodAffinity = {
  name: 'InterPodAffinity',
  upstream: { path: 'pkg/scheduler/framework/plugins/interpodaffinity/' },

  preFilter(pod, snapshot) {
    const state = countTerms(pod, snapshot);
    const nothing =
      state.existingCounts.isEmpty &&
      pod.requiredAffinity.length + pod.requiredAntiAffinity.length === 0;
    return nothing ? SKIP : { state };
  },

  updateWithPod(state, other, node, delta) {
    addPod(state, other, node.index, delta);
  },

  filter(pod, node, state) {
    if (!satisfiesAffinity(state, node.index)) {
      return unresolvable("node(s) didn't match pod affinity rules", () =>
        explainAffinity(pod, node, state.affinityCounts),
      );
    }
    for (const { term } of state.antiAffinity) {
      if (state.antiAffinityCounts.at(term.topologyKey, node.index) > 0) {
        return unschedulable("node(s) didn't match pod anti-affinity rules", () =>
          explainAntiAffinity(pod, node, term),
        );
      }
    }
    if (state.existingCounts.anyAt(node.index)) {
      return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules", () =>
        explainExisting(pod, node),
      );
    }
    return SUCCESS;
  },

  helpedBy({ requiredAffinity }, added, snapshot) {
    return (
      requiredAffinity.length > 0 && matchAll(requiredAffinity, snapshot).matches(added.podClass.id)
    );
  },

  preScore(pod, _feasible, snapshot) {
    const sums = sumPreferences(pod, snapshot);
    return sums.hasKeys ? { state: sums } : SKIP;
  },

  score(_, node, sums) {
    return sums.sumAt(node.index);
  },

  normalizeScores(scores) {
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (const it of scores) {
      if (it < lowest) lowest = it;
      if (it > highest) highest = it;
    }
    const span = highest - lowest;
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] ?? 0;
      scores[i] = span > 0 ? Math.trunc(MAX_NODE_SCORE * ((score - lowest) / span)) : 0;
    }
  },
} satisfies PreFilterPlugin<AffinityFilterState> &
  RequeuePlugin &
  FilterPlugin<AffinityFilterState> &
  PreScorePlugin<AffinityCounts> &
  ScorePlugin<AffinityCounts>;

function countTerms(pod: PodInfo, snapshot: SchedulingSnapshot): AffinityFilterState {
  const { table } = snapshot;
  const state: AffinityFilterState = {
    pod,
    affinityMatch: matchAll(pod.requiredAffinity, snapshot),
    antiAffinity: pod.requiredAntiAffinity.map((term) => ({
      term,
      match: matchAll([term], snapshot),
    })),
    incoming: new IncomingMatch(pod, snapshot),
    affinityCounts: new AffinityCounts(table),
    antiAffinityCounts: new AffinityCounts(table),
    existingCounts: new AffinityCounts(table),
  };
  for (const node of snapshot.nodesWithRequiredAntiAffinity) {
    for (const other of node.podsWithRequiredAntiAffinity) {
      addExisting(state, other, node.index, 1);
    }
  }
  if (pod.requiredAffinity.length > 0) {
    const counts = snapshot.countPods(state.affinityMatch, 'all');
    for (const { topologyKey } of pod.requiredAffinity) {
      state.affinityCounts.addAll(topologyKey, counts, 1);
    }
  }
  for (const { term, match } of state.antiAffinity) {
    state.antiAffinityCounts.addAll(term.topologyKey, snapshot.countPods(match, 'all'), 1);
  }
  return state;
}

function addPod(state: AffinityFilterState, other: PodInfo, index: number, delta: number): void {
  addExisting(state, other, index, delta);
  addOwn(state, other.podClass.id, index, delta);
}

/** Counts a pod's own required anti-affinity against the incoming pod. */
function addExisting(
  { incoming, existingCounts }: AffinityFilterState,
  other: PodInfo,
  index: number,
  delta: number,
): void {
  for (const term of other.requiredAntiAffinity) {
    if (incoming.matches(term)) existingCounts.add(term.topologyKey, index, delta);
  }
}

/** Counts a pod for the incoming pod's required terms. */
function addOwn(
  { pod, affinityMatch, antiAffinity, affinityCounts, antiAffinityCounts }: AffinityFilterState,
  classId: number,
  index: number,
  delta: number,
): void {
  if (pod.requiredAffinity.length > 0 && affinityMatch.matches(classId)) {
    for (const term of pod.requiredAffinity) affinityCounts.add(term.topologyKey, index, delta);
  }
  for (const { term, match } of antiAffinity) {
    if (match.matches(classId)) antiAffinityCounts.add(term.topologyKey, index, delta);
  }
}

function satisfiesAffinity(
  { pod, affinityCounts, incoming }: AffinityFilterState,
  index: number,
): boolean {
  let podsExist = true;
  for (const { topologyKey } of pod.requiredAffinity) {
    if (!affinityCounts.hasLabel(topologyKey, index)) return false;
    if (affinityCounts.at(topologyKey, index) <= 0) podsExist = false;
  }
  if (podsExist) return true;
  // The first pod of a group that has affinity to itself may go anywhere.
  return affinityCounts.isEmpty && pod.requiredAffinity.every((it) => incoming.matches(it));
}

function sumPreferences(pod: PodInfo, snapshot: SchedulingSnapshot): AffinityCounts {
  const sums = new AffinityCounts(snapshot.table);
  const incoming = new IncomingMatch(pod, snapshot);
  const own = [
    ...pod.preferredAffinity.map((it) => ({ ...it, sign: 1 })),
    ...pod.preferredAntiAffinity.map((it) => ({ ...it, sign: -1 })),
  ].map(({ term, weight, sign }) => ({
    key: term.topologyKey,
    weight: weight * sign,
    match: matchAll([term], snapshot),
  }));
  for (const { key, weight, match } of own) {
    sums.addAll(key, snapshot.countPods(match, 'all'), weight);
  }
  for (const { index, podsWithAffinity } of snapshot.nodesWithAffinity) {
    for (const other of podsWithAffinity) addPreferencesOf(sums, incoming, other, index);
  }
  return sums;
}

/** What pods that are there already make of the incoming one. */
function addPreferencesOf(
  sums: AffinityCounts,
  incoming: IncomingMatch,
  other: PodInfo,
  index: number,
): void {
  for (const term of other.requiredAffinity) {
    if (incoming.matches(term)) sums.add(term.topologyKey, index, HARD_POD_AFFINITY_WEIGHT);
  }
  for (const { term, weight } of other.preferredAffinity) {
    if (incoming.matches(term)) sums.add(term.topologyKey, index, weight);
  }
  for (const { term, weight } of other.preferredAntiAffinity) {
    if (incoming.matches(term)) sums.add(term.topologyKey, index, -weight);
  }
}
