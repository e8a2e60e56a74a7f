/** Keeps a pod off nodes where a host port it wants is taken. */
import { hostPortConflict, type NodeInfo, type PodInfo } from '../../cluster/index.ts';
import type { Explanation } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import {
  SKIP,
  SUCCESS,
  unschedulable,
  type FilterPlugin,
  type PreFilterPlugin,
} from '../framework.ts';

export const nodePorts = {
  name: 'NodePorts',
  upstream: { path: 'pkg/scheduler/framework/plugins/nodeports/node_ports.go' },

  preFilter({ hostPorts }) {
    return hostPorts.length === 0 ? SKIP : { state: undefined };
  },

  filter(pod, node) {
    if (!hostPortConflict(pod.hostPorts, node.hostPorts)) return SUCCESS;
    return unschedulable("node(s) didn't have free ports for the requested pod ports", () =>
      explain(pod, node),
    );
  },
} satisfies PreFilterPlugin<undefined> & FilterPlugin;

function explain(pod: PodInfo, node: NodeInfo): Explanation {
  const port = hostPortConflict(pod.hostPorts, node.hostPorts);
  const wanted = `${port?.hostPort}/${port?.protocol}`;
  const holder = node.pods.find((it) => hostPortConflict(pod.hostPorts, it.hostPorts));
  return {
    message: `Host port ${wanted} of ${node.name} is taken by the pod ${holder?.name}.`,
    cites: [field(pod.pod).spec.containers, ...(holder ? [field(holder.pod).spec.containers] : [])],
  };
}
