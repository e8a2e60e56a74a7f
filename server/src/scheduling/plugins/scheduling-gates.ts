/** Keeps a pod out of the queue while it has scheduling gates. */
import { field } from '../../manifest/index.ts';
import { SUCCESS, unresolvable, type PreEnqueuePlugin } from '../framework.ts';

export const schedulingGates = {
  name: 'SchedulingGates',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go',
    omits: ['EventsToRegister: nothing is queued, so nothing wakes'],
  },

  preEnqueue({ pod }) {
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length === 0) return SUCCESS;
    const names = gates.map((it) => it.name);
    return unresolvable(`waiting for scheduling gates: [${names.join(' ')}]`, () => ({
      message:
        'Nothing looks at nodes for the pod until its scheduling gates are empty: ' +
        `${names.join(', ')}.`,
      cites: [field(pod).spec.schedulingGates],
    }));
  },
} satisfies PreEnqueuePlugin;
