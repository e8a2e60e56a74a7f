/** What is proved of a pod, for hovers, views and the terminal: «safe because …». */
import { formatSeconds } from '../explanation/index.ts';
import { certify, type Certificate, type CertificateId } from '../lifecycle/index.ts';
import type { WorkloadPrediction } from '../prediction/index.ts';

const KNOWN = new WeakMap<WorkloadPrediction, readonly Certificate[]>();

/** All certificates of a workload's pods; worked out when first asked for. */
export function certificatesOf(workload: WorkloadPrediction): readonly Certificate[] {
  const known = KNOWN.get(workload);
  if (known) return known;
  const input = workload.lifecycleInput;
  const found = input
    ? certify({
        ...input,
        workload: workload.object,
        model: workload.model,
        startup: workload.startup,
        shutdown: workload.shutdown('delete'),
      })
    : [];
  KNOWN.set(workload, found);
  return found;
}

/** `Safe by 26.8s: no new connection reaches …, because:` and a line a step. */
export function certificateLines(
  workload: WorkloadPrediction,
  ids: readonly CertificateId[],
  container?: string,
): readonly string[] {
  return certificatesOf(workload)
    .filter((it) => ids.includes(it.id) && isAbout(it, container))
    .flatMap((it) => [
      `\n${marginText(it)}: ${it.claim}, because`,
      ...it.because.map((step) => `- ${withoutSource(step)}`),
    ]);
}

/** `Safe by 26.8s`. */
export function marginText({ marginSeconds }: Certificate): string {
  return marginSeconds !== undefined && Number.isFinite(marginSeconds)
    ? `Safe by ${formatSeconds(marginSeconds)}`
    : 'Safe';
}

/** Certificates name what they are about in their claim where they are about a consumer. */
function isAbout({ subject, claim }: Certificate, container: string | undefined): boolean {
  return container === undefined || subject === container || claim.includes(` ${container} `);
}

/** A step without where its bounds come from: in a hover the sources would bury the steps. */
export function withoutSource(step: string): string {
  const at = step.indexOf(' (');
  return at === -1 ? step : step.slice(0, at);
}
