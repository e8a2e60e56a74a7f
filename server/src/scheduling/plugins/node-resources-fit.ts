/**
 * Keeps a pod off nodes without room for what it requests; prefers the emptiest (LeastAllocated).
 */
import { containersOf, type NodeInfo, type PodInfo } from '../../cluster/index.ts';
import type { Explanation } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { amountText } from '../amount-text.ts';
import {
  divide,
  MAX_NODE_SCORE,
  Refusal,
  SUCCESS,
  type FilterPlugin,
  type ScorePlugin,
} from '../framework.ts';

/** One resource a node has too little of. */
export interface Shortage {
  readonly resource: string;
  readonly requested: number;
  /** What other pods request there. */
  readonly used: number;
  readonly allocatable: number;
}

export const nodeResourcesFit = {
  name: 'NodeResourcesFit',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/noderesources/fit.go',
    omits: [
      'MostAllocated and RequestedToCapacityRatio: the default profile uses LeastAllocated',
      'extended resources that DeviceClasses stand for',
    ],
  },

  filter(pod, node) {
    if (fits(pod, node)) return SUCCESS;
    const shortages = shortagesOf(pod, node);
    const hopeless = shortages.some(
      (it) => it.resource !== 'pods' && it.requested > it.allocatable,
    );
    return new Refusal(
      hopeless ? 'UnschedulableAndUnresolvable' : 'Unschedulable',
      shortages.map((it) =>
        it.resource === 'pods' ? 'Too many pods' : `Insufficient ${it.resource}`,
      ),
      () => explain(pod, node, shortages),
    );
  },

  // Upstream's scorer is made without the gate of pod-level resources: it counts containers.
  score({ containersNonZero }, { facts, nonZeroMilliCpu, nonZeroMemory }) {
    const { milliCpu, memory } = facts.allocatable;
    let sum = 0;
    let weights = 0;
    if (milliCpu > 0) {
      sum += leastRequested(nonZeroMilliCpu + containersNonZero.milliCpu, milliCpu);
      weights++;
    }
    if (memory > 0) {
      sum += leastRequested(nonZeroMemory + containersNonZero.memory, memory);
      weights++;
    }
    return weights === 0 ? 0 : divide(sum, weights);
  },
} satisfies FilterPlugin & ScorePlugin;

/** Everything a node has too little of for the pod, in upstream's order. */
export function shortagesOf(pod: PodInfo, node: NodeInfo): readonly Shortage[] {
  const found: Shortage[] = [];
  const { facts } = node;
  const check = (resource: string, requested: number, used: number, allocatable: number): void => {
    if (requested > 0 && requested > allocatable - used) {
      found.push({ resource, requested, used, allocatable });
    }
  };
  check('pods', 1, node.pods.length, facts.allowedPods);
  const { requests } = pod;
  check('cpu', requests.milliCpu, node.milliCpu, facts.allocatable.milliCpu);
  check('memory', requests.memory, node.memory, facts.allocatable.memory);
  check(
    'ephemeral-storage',
    requests.ephemeralStorage,
    node.ephemeralStorage,
    facts.allocatable.ephemeralStorage,
  );
  for (const [name, amount] of requests.scalar) {
    check(name, amount, node.scalar.get(name) ?? 0, facts.allocatable.scalar.get(name) ?? 0);
  }
  return found;
}

/** The same in a few comparisons, for the thousands of nodes that have room. */
function fits({ requests }: PodInfo, node: NodeInfo): boolean {
  const { allocatable, allowedPods } = node.facts;
  const { milliCpu, memory, ephemeralStorage, scalar } = requests;
  if (node.pods.length >= allowedPods) return false;
  if (milliCpu > 0 && milliCpu > allocatable.milliCpu - node.milliCpu) return false;
  if (memory > 0 && memory > allocatable.memory - node.memory) return false;
  if (
    ephemeralStorage > 0 &&
    ephemeralStorage > allocatable.ephemeralStorage - node.ephemeralStorage
  ) {
    return false;
  }
  if (scalar.size === 0) return true;
  for (const [name, amount] of scalar) {
    const free = (allocatable.scalar.get(name) ?? 0) - (node.scalar.get(name) ?? 0);
    if (amount > 0 && amount > free) return false;
  }
  return true;
}

function leastRequested(requested: number, capacity: number): number {
  return requested > capacity ? 0 : divide((capacity - requested) * MAX_NODE_SCORE, capacity);
}

function explain(
  { pod }: PodInfo,
  { name, facts }: NodeInfo,
  shortages: readonly Shortage[],
): Explanation {
  const sentences = shortages.map(({ resource, requested, used, allocatable }) => {
    if (resource === 'pods') return `${name} takes ${allocatable} pods and has ${used}.`;
    const wants = `The pod requests ${amountText(resource, requested)} of ${resource}`;
    const total = amountText(resource, allocatable);
    if (requested > allocatable) return `${wants}; ${name} has ${total} in all.`;
    const left = amountText(resource, Math.max(0, allocatable - used));
    return `${wants}; ${name} has ${left} of its ${total} left.`;
  });
  return {
    message: facts.sizeAssumed
      ? `${sentences.join(' ')} (The manifest of ${name} does not say how large it is.)`
      : sentences.join(' '),
    cites: [
      ...containersOf(pod).map((_, i) => field(pod).spec.containers[i]?.resources.requests),
      field(facts.node).status.allocatable,
    ].filter((it) => it !== undefined),
  };
}
