/** What is proved of a pod, with the numbers of the environment it rests on. */
import { describeParameter, PARAMETER_NAMES } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { CertificateView } from '../../protocol/index.ts';
import { certificatesOf, marginText, withoutSource } from '../certificate-texts.ts';
import { placeOf } from '../places.ts';
import { boundsIn } from './bounds.ts';

export function certificateViews(workload: WorkloadPrediction): readonly CertificateView[] {
  const profile = workload.model?.profile ?? workload.prediction.profile;
  const bounds = boundsIn(profile);
  return certificatesOf(workload).map((it) => ({
    id: it.id,
    claim: it.claim,
    marginSeconds:
      it.marginSeconds !== undefined && Number.isFinite(it.marginSeconds) ? it.marginSeconds : null,
    margin: marginText(it),
    because: it.because.map(withoutSource),
    restsOn: it.assumptions.map((assumption) => {
      const name = PARAMETER_NAMES.find((known) => known === assumption);
      return name ? describeParameter(profile.parameters[name]) : bounds(assumption);
    }),
    place: placeOf(it.cites[0]),
  }));
}
