/** Orders the queue: higher priority first, then who has waited longer. */
import type { QueueSortPlugin } from '../framework.ts';

export const prioritySort = {
  name: 'PrioritySort',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/queuesort/priority_sort.go',
    omits: ['the time a pod was queued: pods of one priority keep the order they were declared in'],
  },

  compare(a, b) {
    return b.priority - a.priority;
  },
} satisfies QueueSortPlugin;
