/** Objects that were read from a running cluster rather than written to be applied. */
import type { WorkloadPrediction } from '../../prediction/index.ts';

/** Whether the object carries a status: it describes what was, so nothing is created by it. */
export function isRecorded({ manifest }: WorkloadPrediction): boolean {
  const { status } = manifest.object as { readonly status?: { readonly phase?: string } };
  return status?.phase !== undefined && status.phase !== 'Pending';
}
