/** Which field is to blame when no node fits, and the sentence about it. */
import {
  fieldAt,
  valueAt,
  type Citable,
  type FieldPath,
  type Json,
  type Pod,
} from '../manifest/index.ts';
import type { Prediction } from '../prediction/index.ts';
import type { FieldChange, RaceFix } from '../races/index.ts';
import { smallestChanges, type Proposal, type SchedulingResult } from '../scheduling/index.ts';
import { capitalised } from './text-style.ts';

/** In larger worlds the proofs take longer than a keystroke may. */
const MAX_NODES = 200;
const MAX_FIXES = 3;

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

/** The smallest changes of the pod that let it be placed, each proved by the scheduler. */
export function schedulingFixes(pod: Pod, prediction: Prediction): readonly RaceFix[] {
  if (prediction.snapshot.list('Node').length > MAX_NODES) return [];
  return smallestChanges(pod, prediction.schedulingSnapshot)
    .filter((it) => it.changes.length > 0 && it.removes.length === 0)
    .slice(0, MAX_FIXES)
    .map(({ message, changes }) => ({
      title: capitalised(message),
      changes: changes.map((it) => fieldChange(pod, it)),
    }));
}

function fieldChange(pod: Pod, { op, path, value }: Proposal['changes'][number]): FieldChange {
  if (op === 'remove') return { at: fieldAt(pod, path), value: undefined };
  const list = valueAt(fieldAt(pod, path));
  // What is added goes behind what is there.
  const at = op === 'add' ? [...path, Array.isArray(list) ? list.length : 0] : path;
  return { at: fieldAt(pod, at), value: value as Json };
}
