/**
 * The selector and labels that the registry gives a Job, so that no two select the same Pods.
 * Follows generateSelector of pkg/registry/batch/job/strategy.go.
 */
import type { Job } from '../manifest/index.ts';
import type { Mutable } from './draft.ts';

const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
const JOB_NAME = 'batch.kubernetes.io/job-name';

/** Fills in what is missing; what the user wrote stays, and validation compares. */
export function generateSelector({ metadata, spec }: Mutable<Job>): void {
  if (spec.manualSelector === true) return;
  const templateMetadata = (spec.template.metadata ??= {});
  const labels = (templateMetadata.labels ??= {});
  const uid = metadata.uid ?? '';
  labels['job-name'] ??= metadata.name;
  labels[JOB_NAME] ??= metadata.name;
  labels['controller-uid'] ??= uid;
  labels[CONTROLLER_UID] ??= uid;
  spec.selector ??= {};
  const matchLabels = (spec.selector.matchLabels ??= {});
  matchLabels[CONTROLLER_UID] ??= uid;
}
