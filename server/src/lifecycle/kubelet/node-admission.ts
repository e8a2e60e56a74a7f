/**
 * Decides whether the kubelet takes a pod at all: the node's labels against nodeSelector and
 * required node affinity. A refused pod is Failed for good.
 * After pkg/kubelet/lifecycle/predicate.go. Left out: resources, ports, taints (scheduling knows
 * them).
 */
import type { NodeSelectorTerm } from '../../manifest/index.ts';
import type { PodLife } from './pod-life.ts';
import { NEW_STATUS } from './pod-status.ts';

const MESSAGE = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";

/** Takes the pod, or says why not. */
export function admit(life: PodLife): boolean {
  const { spec } = life.pod();
  const { labels } = life.node;
  const selector = Object.entries(spec.nodeSelector ?? {});
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fits =
    selector.every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => matches(term, labels)));
  if (fits) return true;
  life.events.warning('NodeAffinity', MESSAGE);
  life.worker.rejected = true;
  const message = `Pod was rejected: ${MESSAGE}`;
  life.status.set({ ...NEW_STATUS, phase: 'Failed', reason: 'NodeAffinity', message });
  return false;
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
