/** Which field is to blame when no node fits, and the sentence about it. */
import { fieldAt, type Citable, type FieldPath, type Pod } from '../manifest/index.ts';
import type { SchedulingResult } from '../scheduling/index.ts';

/** The field that a plugin looks at, where the refusal cites none of the pod's own. */
const FIELDS: Readonly<Record<string, FieldPath>> = {
  NodeAffinity: ['spec', 'nodeSelector'],
  TaintToleration: ['spec', 'tolerations'],
  NodeResourcesFit: ['spec', 'containers', 0, 'resources', 'requests'],
  NodePorts: ['spec', 'containers', 0, 'ports'],
  PodTopologySpread: ['spec', 'topologySpreadConstraints'],
  InterPodAffinity: ['spec', 'affinity'],
  NodeName: ['spec', 'nodeName'],
};

/** The pod's field that the plugin which refused most nodes cites. */
export function blamedField(pod: Pod, result: SchedulingResult): Citable {
  const [most] = [...result.refusedBy].sort((a, b) => b[1] - a[1]);
  if (!most) return fieldAt(pod, ['spec']);
  const path = FIELDS[most[0]] ?? ['spec'];
  // A pod may be ruled out by its affinity rather than by its selector.
  if (most[0] === 'NodeAffinity' && !pod.spec.nodeSelector && pod.spec.affinity?.nodeAffinity) {
    return fieldAt(pod, ['spec', 'affinity', 'nodeAffinity']);
  }
  return fieldAt(pod, path);
}

/** The scheduler's own sentence, and on what it rests. */
export function unschedulableMessage(result: SchedulingResult, supposed: boolean): string {
  const where = supposed ? ' (in the embedded default cluster: no Node is declared)' : '';
  return `no node fits${where}: ${result.message ?? result.preFilter?.message ?? ''}`;
}
