/**
 * What becomes of a v1 object on its way to the server's internal version.
 * Upstream: pkg/apis/apps/v1/conversion.go; for Jobs, what Go's decoding keeps that JSON does not.
 * Left out: conversions that change nothing a client sees.
 */
import type { DaemonSet, Deployment, Job } from '../manifest/index.ts';
import type { Mutable } from './draft.ts';
import { goQuote } from './validation/machinery/index.ts';

/** Where the v1 API keeps what its older versions had as a field. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
/** The same for Deployments. */
export const ROLLBACK_TO = 'deprecated.deployment.rollback.to';

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Why a DaemonSet cannot be converted. */
export function convertDaemonSet({ metadata }: Mutable<DaemonSet>): string | undefined {
  const written = metadata.annotations?.[TEMPLATE_GENERATION];
  return written === undefined ? undefined : integerFault(written);
}

/** Why a Deployment cannot be converted; a revision it can read is kept in Go's digits. */
export function convertDeployment({ metadata }: Mutable<Deployment>): string | undefined {
  const written = metadata.annotations?.[ROLLBACK_TO];
  if (!metadata.annotations || written === undefined) return undefined;
  if (written === '') {
    delete metadata.annotations[ROLLBACK_TO];
    return undefined;
  }
  const fault = integerFault(written);
  if (fault !== undefined) {
    return `failed to parse annotation[${ROLLBACK_TO}]=${written} as int64: ${fault}`;
  }
  metadata.annotations[ROLLBACK_TO] = BigInt(written.replace(/^\+/, '')).toString();
  return undefined;
}

/** Labels that are written as an empty map are still a map, which the Job gets as its own. */
export function keepEmptyLabels({ spec }: Mutable<Job>, given: unknown): undefined {
  const template = (given as Partial<Job> | undefined)?.spec?.template?.metadata?.labels;
  if (template && spec.template?.metadata && !spec.template.metadata.labels) {
    spec.template.metadata.labels = {};
  }
}

/** What Go's strconv.ParseInt says of a text that is no int64. */
function integerFault(text: string): string | undefined {
  const parsing = `strconv.ParseInt: parsing ${goQuote(text)}`;
  if (!/^[-+]?\d+$/.test(text)) return `${parsing}: invalid syntax`;
  const value = BigInt(text.replace(/^\+/, ''));
  const inRange = value >= INT64.min && value <= INT64.max;
  return inRange ? undefined : `${parsing}: value out of range`;
}
