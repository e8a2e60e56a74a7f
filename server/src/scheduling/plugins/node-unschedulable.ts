/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for the cordon. */
import { field } from '../../manifest/index.ts';
import { SUCCESS, unresolvable, type FilterPlugin } from '../framework.ts';
import { formatTaint, tolerates } from '../tolerations.ts';

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

export const nodeUnschedulable = {
  name: 'NodeUnschedulable',
  upstream: { path: 'pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go' },

  filter({ pod }, { facts }) {
    if (!facts.unschedulable) return SUCCESS;
    if (pod.spec.tolerations?.some((it) => tolerates(it, CORDON))) return SUCCESS;
    return unresolvable('node(s) were unschedulable', () => ({
      message: `${facts.name} is cordoned, and the pod does not tolerate ${formatTaint(CORDON)}.`,
      cites: [field(facts.node).spec.unschedulable, field(pod).spec.tolerations],
    }));
  },
} satisfies FilterPlugin;
