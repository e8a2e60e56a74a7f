/** The sentences that a hover says before the API's own text. */
import { templatePath } from '../../cluster/index.ts';
import { valueAt, fieldAt, type FieldPath } from '../../manifest/index.ts';
import type { AdmittedManifest, Prediction } from '../../prediction/index.ts';
import { ANNOTATION_CONSEQUENCES } from './annotations.ts';
import { fieldMatches, type ObjectConsequence, type PodConsequence } from './consequence.ts';
import { LIFECYCLE_CONSEQUENCES } from './lifecycle.ts';
import { POLICY_CONSEQUENCES } from './policy.ts';
import { SCHEDULING_CONSEQUENCES } from './scheduling.ts';
import { LABEL_CONSEQUENCES, TRAFFIC_CONSEQUENCES } from './traffic.ts';
import { WORKLOAD_CONSEQUENCES } from './workload.ts';

const POD: readonly PodConsequence[] = [
  ...LIFECYCLE_CONSEQUENCES,
  ...SCHEDULING_CONSEQUENCES,
  ...LABEL_CONSEQUENCES,
  ...ANNOTATION_CONSEQUENCES,
];
const OBJECT: readonly ObjectConsequence[] = [
  ...TRAFFIC_CONSEQUENCES,
  ...WORKLOAD_CONSEQUENCES,
  ...POLICY_CONSEQUENCES,
];

/** What follows from a field, nearest first. */
export function consequences(
  prediction: Prediction,
  { manifest, stored }: AdmittedManifest,
  path: FieldPath,
): readonly string[] {
  const workload = prediction.workloadOf(manifest);
  const told: (string | undefined)[] = [];
  const template = templatePath(manifest.kind);
  if (workload && template && template.every((step, i) => path[i] === step)) {
    const inPod = path.slice(template.length);
    const container = containerName(workload.pod, inPod);
    for (const it of POD) {
      if (!fieldMatches(it.field, inPod)) continue;
      told.push(it.tell({ workload, prediction, container, path: inPod }));
    }
  }
  for (const it of OBJECT) {
    if (!it.kinds.includes(manifest.kind) || !fieldMatches(it.field, path)) continue;
    told.push(it.tell({ object: stored, workload, prediction, path }));
  }
  return told.filter((it) => it !== undefined);
}

function containerName(pod: object | undefined, path: FieldPath): string | undefined {
  if (!pod || !/^(?:init|ephemeral)?[cC]ontainers$/.test(String(path[1]))) return undefined;
  const name = valueAt(fieldAt(pod, [...path.slice(0, 3), 'name']));
  return typeof name === 'string' ? name : undefined;
}
