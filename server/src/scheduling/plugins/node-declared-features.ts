/**
 * Keeps a pod off nodes whose kubelet does not declare a feature that the pod needs.
 *
 * A manifest that shows nothing of its kubelet (neither `nodeInfo` nor features) is taken as a node
 * of this version as it comes.
 */
import { containersOf, type NodeFacts } from '../../cluster/index.ts';
import { field, type Pod } from '../../manifest/index.ts';
import {
  SKIP,
  SUCCESS,
  unresolvable,
  type FilterPlugin,
  type PreFilterPlugin,
} from '../framework.ts';

const RESTART_ALL = 'RestartAllContainersOnContainerExits';
const HOST_NETWORK = 'UserNamespacesHostNetworkSupport';
/** What a kubelet declares whose feature gates nobody has set, of what a pod can need. */
const BY_DEFAULT: readonly string[] = [RESTART_ALL];

export const nodeDeclaredFeatures = {
  name: 'NodeDeclaredFeatures',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/nodedeclaredfeatures/nodedeclaredfeatures.go',
  },

  preFilter({ pod }) {
    const needed = neededFeatures(pod);
    return needed.length === 0 ? SKIP : { state: needed };
  },

  filter({ pod }, { facts }, needed) {
    const declared = declaredFeatures(facts);
    const missing = needed.filter((it) => !declared.includes(it));
    if (missing.length === 0) return SUCCESS;
    return unresolvable("node(s) didn't match Pod's required features", () => ({
      message: `The pod needs ${missing.join(', ')}, which the kubelet of ${facts.name} lacks.`,
      cites: [field(pod).spec.containers, field(facts.node).status],
    }));
  },
} satisfies PreFilterPlugin<readonly string[]> & FilterPlugin<readonly string[]>;

function neededFeatures(pod: Pod): readonly string[] {
  const { hostNetwork, hostUsers, initContainers = [] } = pod.spec;
  const containers = [...containersOf(pod), ...initContainers];
  const restartsAll = containers.some((it) =>
    it.restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  );
  return [
    ...(restartsAll ? [RESTART_ALL] : []),
    ...(hostNetwork && hostUsers === false ? [HOST_NETWORK] : []),
  ];
}

function declaredFeatures({ node: { status } }: NodeFacts): readonly string[] {
  return status?.declaredFeatures ?? (status?.nodeInfo ? [] : BY_DEFAULT);
}
