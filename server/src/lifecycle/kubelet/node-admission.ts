/**
 * Decides whether the kubelet takes a pod at all: what is free on the node, its labels against
 * nodeSelector and required node affinity, its host ports. A refused pod is Failed for good.
 * After pkg/kubelet/lifecycle/predicate.go and kubelet_pods.go (GetActivePods). Left out: taints,
 * extended resources, critical pods that make others go.
 */
import {
  hostPortConflict,
  nodeFacts,
  NodeInfo,
  PodInfoFactory,
  type PodInfo,
} from '../../cluster/index.ts';
import type { NodeSelectorTerm } from '../../manifest/index.ts';
import type { PodLife } from './pod-life.ts';
import { NEW_STATUS } from './pod-status.ts';

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Takes the pod, or says why not; of several reasons the first. */
export function admit(life: PodLife): boolean {
  const refusal = whyNot(life);
  if (!refusal) return true;
  const { reason, message } = refusal;
  life.events.warning(reason, message);
  life.worker.rejected = true;
  life.status.set({
    ...NEW_STATUS,
    phase: 'Failed',
    reason,
    message: `Pod was rejected: ${message}`,
  });
  return false;
}

function whyNot(life: PodLife): Refusal | undefined {
  const room = roomFor(life);
  const insufficient = room && insufficientResource(room);
  if (insufficient) return insufficient;
  if (!matchesNode(life)) {
    return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  }
  if (room && hostPortConflict(room.pod.hostPorts, room.node.hostPorts)) {
    return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  return life.node.shuttingDown
    ? { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' }
    : undefined;
}

function failed(predicate: string, why: string): Refusal {
  return { reason: predicate, message: `Predicate ${predicate} failed: ${why}` };
}

interface Room {
  readonly node: NodeInfo;
  readonly pod: PodInfo;
}

/**
 * The node with its active pods: those that are on their way out count until their containers have
 * stopped, those whose object is gone do not, even if they still run. Undefined where nobody says
 * how large the node is.
 */
function roomFor(life: PodLife): Room | undefined {
  const { node, pods } = life.node;
  if (!node) return undefined;
  const factory = new PodInfoFactory();
  const active = pods.filter(
    (it) =>
      it !== life && it.object.exists && it.status.current !== undefined && !it.worker.stopped,
  );
  const others = active.map((it) => factory.infoOf(it.pod()));
  return {
    node: new NodeInfo(nodeFacts(node, 0, new Map()), others),
    pod: factory.infoOf(life.pod()),
  };
}

function insufficientResource({ node, pod }: Room): Refusal | undefined {
  const { allocatable, allowedPods } = node.facts;
  const { requests } = pod;
  const amounts = [
    ['cpu', requests.milliCpu, node.milliCpu, allocatable.milliCpu],
    ['memory', requests.memory, node.memory, allocatable.memory],
    [
      'ephemeral-storage',
      requests.ephemeralStorage,
      node.ephemeralStorage,
      allocatable.ephemeralStorage,
    ],
  ] as const;
  if (node.pods.length + 1 > allowedPods) {
    return outOf('pods', 1, node.pods.length, allowedPods);
  }
  const short = amounts.find(([, wanted, used, all]) => wanted > 0 && wanted > all - used);
  if (!short) return undefined;
  const [name, wanted, used, all] = short;
  return outOf(name, wanted, used, all);
}

function outOf(name: string, requested: number, used: number, capacity: number): Refusal {
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

function matchesNode(life: PodLife): boolean {
  const { spec } = life.pod();
  const { labels } = life.node;
  const selector = Object.entries(spec.nodeSelector ?? {});
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    selector.every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => matches(term, labels)))
  );
}

function matches(term: NodeSelectorTerm, labels: Readonly<Record<string, string>>): boolean {
  return (term.matchExpressions ?? []).every((it) => {
    const value = labels[it.key];
    const listed = value !== undefined && (it.values ?? []).includes(value);
    switch (it.operator) {
      case 'In':
        return listed;
      case 'NotIn':
        return !listed;
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return true;
    }
  });
}
