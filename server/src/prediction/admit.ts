/**
 * Admission as predictions ask for it: an object always comes out. Where the server refuses, the
 * object is taken as it would be if its faults did not count, so that the rest can be explained.
 */
import {
  admit as createRequest,
  policiesThatAskWho,
  webhooksFor,
  type CreateResult,
} from '../admission/index.ts';
import { namespaceOf, type ClusterSnapshot } from '../cluster/index.ts';
import {
  decodeObject,
  parsePath,
  typeOfKind,
  type FieldPath,
  type KubernetesObject,
} from '../manifest/index.ts';

/** Why an object is refused, in the server's words, and where. */
export interface AdmissionCause {
  readonly reason: string;
  readonly message: string;
  /** As the server writes it. */
  readonly field: string;
  readonly path: FieldPath;
}

/** What the API server answers to the create request of one object. */
export interface AdmissionOutcome {
  readonly allowed: boolean;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly AdmissionCause[];
  readonly warnings: readonly string[];
  /** As stored; where refused, as far as it got. */
  readonly object: KubernetesObject;
  readonly mutations: CreateResult['mutations'];
  /** Webhooks that would be called; what they do cannot be predicted. */
  readonly webhooks: readonly string[];
  /** Policies that ask who the user is or may do; their answer is assumed. */
  readonly asksWho: readonly string[];
  /** Of a text that cannot be decoded: causes that remain once its faults are mended. */
  readonly later: readonly AdmissionCause[];
}

export interface AdmitInput {
  /** As written, faults and all. */
  readonly written: unknown;
  /** The same with only well-typed fields. */
  readonly object: KubernetesObject;
  readonly snapshot: ClusterSnapshot;
  readonly version: string;
}

/** The server's answer to the object; kinds that are not predicted are taken as they are. */
export function admit(input: AdmitInput): AdmissionOutcome {
  const { written, object, snapshot, version } = input;
  const result = createRequest({ object: written, snapshot, kubernetesVersion: version });
  if (!result) return untouched(object);
  const causes = causesOf(result, input);
  const request = {
    kind: object.kind ?? '',
    apiVersion: object.apiVersion ?? '',
    namespace: namespaceOf(object),
    object,
    snapshot,
    warn: () => undefined,
  };
  return {
    allowed: result.allowed,
    code: result.code,
    reason: result.reason ?? '',
    message: result.message ?? '',
    causes,
    warnings: result.warnings,
    object: storedOf(result, object, snapshot),
    mutations: result.mutations,
    webhooks: webhooksOf(request),
    asksWho: policiesThatAskWho(request),
    later: result.refusedBy === 'decoding' ? laterCauses(causes, input) : [],
  };
}

/** What would be stored; of a text that cannot be decoded, what its readable part would become. */
function storedOf(
  result: CreateResult,
  object: KubernetesObject,
  snapshot: ClusterSnapshot,
): KubernetesObject {
  if (result.object) return result.object;
  const got = isWhole(result.draft) ? result : createRequest({ object, snapshot });
  const best = got?.object ?? got?.draft;
  return isWhole(best) ? best : object;
}

/** An object that decoding gave up on has nothing in it. */
function isWhole(object: KubernetesObject | undefined): object is KubernetesObject {
  return object !== undefined && Object.hasOwn(object, 'metadata');
}

/** `name (MutatingWebhookConfiguration mesh)`. */
function webhooksOf(request: Parameters<typeof webhooksFor>[0]): readonly string[] {
  return webhooksFor(request).map(
    ({ name, kind, configuration }) => `${name} (${kind} ${configuration.metadata.name})`,
  );
}

function causesOf(
  { allowed, causes = [], places = [], message = '', reason = '', refusedBy }: CreateResult,
  { written, object, version }: AdmitInput,
): readonly AdmissionCause[] {
  if (allowed) return [];
  const { apiVersion = '', kind = '' } = object;
  const type = refusedBy === 'decoding' ? typeOfKind(apiVersion, kind) : undefined;
  if (type !== undefined) {
    // The server tells all unknown fields in one sentence; each has a place of its own.
    const { fault, strict } = decodeObject(written, type, version);
    const faults = fault ? [fault] : strict;
    if (faults.length > 0) {
      return faults.map((it) => ({ reason, message: it.message, field: '', path: it.path }));
    }
  }
  if (causes.length > 0) {
    return causes.map((it, i) => ({
      reason: it.reason,
      message: it.message,
      field: it.field,
      path: places[i] ?? parsePath(it.field),
    }));
  }
  // A fault of decoding has no cause but a place.
  return places.map((path) => ({ reason, message, field: '', path }));
}

/**
 * Causes of the readable part that mending the faults cannot take away: none at or below a fault,
 * none that misses something (it may be what was misspelled), none that speaks of a faulty field.
 */
function laterCauses(
  faults: readonly AdmissionCause[],
  { written, object, snapshot, version }: AdmitInput,
): readonly AdmissionCause[] {
  if (faults.length === 0) return [];
  const result = createRequest({ object, snapshot, kubernetesVersion: version });
  if (!result || result.allowed || result.refusedBy === 'decoding') return [];
  const input = { written: object, object, snapshot, version };
  const names = faults.flatMap(({ path }) => {
    const name = path.findLast((it) => typeof it === 'string');
    return name === undefined ? [] : [name];
  });
  return causesOf(result, input).filter(
    (it) =>
      it.field !== '' &&
      isWritten(written, it.path) &&
      !UNCERTAIN_REASONS.has(it.reason) &&
      !names.some((name) => it.message.includes(name)) &&
      !faults.some(({ path }) => path.every((step, i) => it.path[i] === step)),
  );
}

/** What is missing may be what could not be read. */
const UNCERTAIN_REASONS: ReadonlySet<string> = new Set([
  'FieldValueRequired',
  'FieldValueNotFound',
]);

function isWritten(written: unknown, path: FieldPath): boolean {
  let value = written;
  for (const step of path) {
    if (value === null || typeof value !== 'object') return false;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value !== undefined;
}

function untouched(object: KubernetesObject): AdmissionOutcome {
  return {
    allowed: true,
    code: 201,
    reason: '',
    message: '',
    causes: [],
    warnings: [],
    object,
    mutations: [],
    webhooks: [],
    asksWho: [],
    later: [],
  };
}
