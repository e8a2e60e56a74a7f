/**
 * A Pod that is created bound to a node gets the node's zone and region as labels.
 * Upstream: plugin/pkg/admission/podtopologylabels/admission.go. The binding that the scheduler
 * makes later is its own request and is not part of a create.
 */
import type { MutationPlugin } from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { podDraftOf } from '../draft.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

export const podTopologyLabels: MutationPlugin = {
  name: 'PodTopologyLabels',
  kinds: ['Pod'],
  upstream: {
    path: 'plugin/pkg/admission/podtopologylabels/admission.go',
    omits: ['the binding subresource'],
  },
  admit(request) {
    const pod = podDraftOf(request);
    if (!pod?.spec.nodeName) return undefined;
    const node = getDeclared(request.snapshot, 'Node', '', pod.spec.nodeName);
    const copied = LABELS.filter((it) => node?.metadata.labels?.[it] !== undefined);
    if (copied.length === 0) return undefined;
    const labels: Record<string, string> = { ...pod.metadata.labels };
    for (const it of copied) labels[it] = node?.metadata.labels?.[it] ?? '';
    pod.metadata.labels = labels;
    return undefined;
  },
};
