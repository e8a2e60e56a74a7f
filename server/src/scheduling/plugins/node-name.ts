/** Lets a pod that names its node run on no other. */
import { field } from '../../manifest/index.ts';
import { SUCCESS, unresolvable, type FilterPlugin } from '../framework.ts';

export const nodeName = {
  name: 'NodeName',
  upstream: { path: 'pkg/scheduler/framework/plugins/nodename/node_name.go' },

  filter({ pod }, { name }) {
    const wanted = pod.spec.nodeName;
    if (!wanted || wanted === name) return SUCCESS;
    return unresolvable("node(s) didn't match the requested node name", () => ({
      message: `The pod names the node ${wanted}, and this is ${name}.`,
      cites: [field(pod).spec.nodeName],
    }));
  },
} satisfies FilterPlugin;
