/** Prefers nodes whose CPU and memory are used to a more equal degree with the pod than without. */
import type { PodInfo } from '../../cluster/index.ts';
import { MAX_NODE_SCORE, SKIP, type PreScorePlugin, type ScorePlugin } from '../framework.ts';

export const nodeResourcesBalancedAllocation = {
  name: 'NodeResourcesBalancedAllocation',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go',
    omits: ['extended resources that DeviceClasses stand for'],
  },

  preScore({ requests }: PodInfo) {
    // A pod that requests nothing is the same weight everywhere.
    return requests.milliCpu === 0 && requests.memory === 0 ? SKIP : { state: undefined };
  },

  score({ requests }, node) {
    const { milliCpu, memory } = node.facts.allocatable;
    const withPod = balance(
      node.milliCpu + requests.milliCpu,
      milliCpu,
      node.memory + requests.memory,
      memory,
    );
    const withoutPod = balance(node.milliCpu, milliCpu, node.memory, memory);
    const half = MAX_NODE_SCORE / 2;
    return half + Math.trunc((half + withPod - withoutPod) / 2);
  },
} satisfies PreScorePlugin<undefined> & ScorePlugin;

function balance(cpu: number, cpuOf: number, memory: number, memoryOf: number): number {
  if (cpuOf === 0 || memoryOf === 0) return MAX_NODE_SCORE;
  const cpuFraction = Math.min(1, cpu / cpuOf);
  const memoryFraction = Math.min(1, memory / memoryOf);
  const deviation = Math.abs((cpuFraction - memoryFraction) / 2);
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}
