/**
 * Pods of DaemonSets: one for each node that suits, pinned to it and tolerant of its troubles.
 * Follows NodeShouldRunDaemonPod, CreatePodTemplate and ReplaceDaemonSetPodNodeNameNodeAffinity.
 */
import type { Explanation, Upstream } from '../explanation/index.ts';
import {
  each,
  field,
  fieldAt,
  type Affinity,
  type DaemonSet,
  type Node,
  type Pod,
  type Toleration,
} from '../manifest/index.ts';
import { nodeAffinityMatches, tolerates } from './node-match.ts';
import {
  PLACEHOLDER_HASH,
  podFromTemplate,
  podsPrefix,
  type BuiltPod,
} from './pod-from-template.ts';
import { numberedName } from './replica-set.ts';

export const daemonSetUpstream: Upstream = {
  path: 'pkg/controller/daemon/util/daemonset_util.go',
  omits: ['the value of controller-revision-hash', 'pods of an older template'],
};

const NODE_TOLERATIONS: readonly (readonly [string, Toleration['effect']])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];

/** A node a DaemonSet leaves out, and why. */
export interface LeftOutNode {
  readonly node: Node;
  readonly because: Explanation;
}

/** The nodes a DaemonSet runs on, and those it leaves out. */
export function daemonSetNodes(
  set: DaemonSet,
  nodes: readonly Node[],
): { on: Node[]; leftOut: LeftOutNode[] } {
  const on: Node[] = [];
  const leftOut: LeftOutNode[] = [];
  const { pod } = daemonSetPod(set, '', 0);
  for (const node of nodes) {
    const because = whyNotOn(set, pod, node);
    if (because) leftOut.push({ node, because });
    else on.push(node);
  }
  return { on, leftOut };
}

function whyNotOn(set: DaemonSet, pod: Pod, node: Node): Explanation | undefined {
  const { name } = node.metadata;
  const spec = fieldAt(set, ['spec', 'template', 'spec']);
  const wanted = set.spec?.template.spec;
  if (wanted?.nodeName && wanted.nodeName !== name) {
    const at = fieldAt(set, [...spec.path, 'nodeName']);
    return { message: `${name} is not the node that nodeName asks for`, cites: [at] };
  }
  if (wanted && !nodeAffinityMatches(wanted, node)) {
    const at = ['nodeSelector', 'affinity'].map((it) => fieldAt(set, [...spec.path, it]));
    const message = `${name} does not match the nodeSelector or the required node affinity`;
    return { message, cites: [...at, field(node).metadata.labels] };
  }
  for (const [taint, at] of each(field(node).spec.taints)) {
    if (taint.effect === 'PreferNoSchedule') continue;
    if (pod.spec?.tolerations?.some((it) => tolerates(it, taint))) continue;
    const message = `${name} has the taint ${taint.key}:${taint.effect}, which is not tolerated`;
    return { message, cites: [at.key, fieldAt(set, [...spec.path, 'tolerations'])] };
  }
  return undefined;
}

/** The pod for one node. */
export function daemonSetPod(set: DaemonSet, nodeName: string, number: number): BuiltPod {
  const template = set.spec?.template ?? {};
  const generateName = podsPrefix(set.metadata.name);
  return podFromTemplate(set, set, template, {
    generateName,
    name: numberedName(generateName, number),
    labels: {
      'controller-revision-hash': PLACEHOLDER_HASH,
      'pod-template-generation': '1',
    },
    spec: {
      affinity: pinnedTo(template.spec?.affinity, nodeName),
      tolerations: daemonTolerations(
        template.spec?.tolerations ?? [],
        template.spec?.hostNetwork === true,
      ),
    },
  });
}

/** Node selector terms of the template are decided by now and give way to the node's name. */
function pinnedTo(affinity: Affinity | undefined, nodeName: string): Affinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: [nodeName] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

function daemonTolerations(written: readonly Toleration[], hostNetwork: boolean): Toleration[] {
  const added = NODE_TOLERATIONS.map(([key, effect]): Toleration => ({
    key,
    operator: 'Exists',
    effect,
  }));
  if (hostNetwork) {
    const key = 'node.kubernetes.io/network-unavailable';
    added.push({ key, operator: 'Exists', effect: 'NoSchedule' });
  }
  const tolerations = [...written];
  for (const it of added) {
    // What says the same is replaced, so that no seconds of it remain.
    let found = false;
    for (const [i, other] of tolerations.entries()) {
      if (!saysTheSame(other, it)) continue;
      tolerations[i] = it;
      found = true;
    }
    if (!found) tolerations.push(it);
  }
  return tolerations;
}

function saysTheSame(a: Toleration, b: Toleration): boolean {
  return (
    a.key === b.key &&
    a.effect === b.effect &&
    a.operator === b.operator &&
    (a.value ?? '') === (b.value ?? '')
  );
}
