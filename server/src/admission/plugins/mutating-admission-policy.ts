/**
 * Policies in CEL that change the object.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go.
 */
import {
  CelError,
  isList,
  MapValue,
  MessageValue,
  toJson,
  type CelValue,
} from '../../cluster/index.ts';
import type { KubernetesObject } from '../../manifest/index.ts';
import type { AdmissionRequest, MutationPlugin, Refusal } from '../admission-plugin.ts';
import { PolicyEnvironment } from '../policies/environment.ts';
import { invocationsFor, type Invocation } from '../policies/invocations.ts';
import {
  applyOperations,
  sameJson,
  structuredCopy,
  type Operation,
} from '../policies/json-patch.ts';
import { conditionsMatch } from '../policies/match-conditions.ts';
import { applyPatch, PatchError } from '../policies/merge-patch.ts';
import type { Mutation } from '../policies/policy-types.ts';

type Json = Record<string, unknown>;

/** A mistake of a policy, and whether it carries a reason of its own. */
interface PolicyError {
  readonly message: string;
  readonly reason: 'Invalid' | 'Forbidden';
}

/** What the first pass leaves for the second. */
interface Reinvocation {
  /** Policies that ran and may run again. */
  readonly previous: Set<string>;
  /** Those of them that must. */
  readonly again: Set<string>;
  output: unknown;
}

const STATES = new WeakMap<KubernetesObject, Reinvocation>();

export const mutatingAdmissionPolicy: MutationPlugin = {
  name: 'MutatingAdmissionPolicy',
  upstream: {
    path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go',
    omits: [
      'type errors of patch values',
      'the order of policies in the cache',
      'the exact cost of expressions',
    ],
  },
  admit(request) {
    const invocations = invocationsFor(request, 'MutatingAdmissionPolicy');
    if (invocations.length === 0) return undefined;
    const state: Reinvocation = STATES.get(request.object) ?? {
      previous: new Set(),
      again: new Set(),
      output: undefined,
    };
    STATES.set(request.object, state);
    if (request.isReinvoke && !sameJson(state.output, request.object)) requireAgain(state);
    const errors: PolicyError[] = [];
    try {
      for (const it of invocations) errors.push(...invoke(request, it, state));
    } catch (error) {
      if (error instanceof UnreadableError) return internalError(error.message);
      throw error;
    }
    state.output = structuredCopy(request.object);
    return errors.length === 0 ? undefined : refuse(errors);
  },
};

/** The patched object cannot be read; that is no matter of the policy's failurePolicy. */
class UnreadableError extends Error {}

function internalError(why: string): Refusal {
  return {
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${why}`,
    causes: [{ reason: '', message: why, field: '' }],
  };
}

function requireAgain(state: Reinvocation): void {
  for (const it of state.previous) state.again.add(it);
  state.previous.clear();
}

function refuse(errors: readonly PolicyError[]): Refusal {
  const [first] = errors;
  return {
    code: 403,
    reason: first?.reason ?? 'Forbidden',
    message: first?.message ?? '',
    causes: errors.map(({ message }) => ({ reason: '', message, field: '' })),
  };
}

function invoke(
  request: AdmissionRequest,
  invocation: Invocation,
  state: Reinvocation,
): PolicyError[] {
  const { policy, binding, params } = invocation;
  const spec = policy.spec ?? {};
  const ignores = spec.failurePolicy === 'Ignore';
  const fail = (why: string, reason: PolicyError['reason']): PolicyError[] => {
    if (ignores) return [];
    const subject = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    return [{ message: `${subject} denied request: ${why}`, reason }];
  };
  if (invocation.error !== undefined) {
    return fail(`failed to configure binding: ${invocation.error}`, 'Forbidden');
  }
  const errors: PolicyError[] = [];
  for (const param of params) {
    const key = [policy, binding, param].map((it) => it?.metadata.name ?? '').join('/');
    const matched = conditionsMatch(new PolicyEnvironment(request, spec, param), spec);
    if (matched === false) continue;
    if (matched !== true) {
      errors.push(...fail(matched.error, 'Invalid'));
      continue;
    }
    if (request.isReinvoke && !state.again.has(key)) continue;
    const before = structuredCopy(request.object);
    for (const mutation of spec.mutations ?? []) {
      const environment = new PolicyEnvironment(request, spec, param);
      const why = mutate(request, environment, mutation);
      if (why !== undefined) errors.push(...fail(why, 'Invalid'));
    }
    if (!sameJson(before, request.object)) {
      requireAgain(state);
      request.setShouldReinvoke?.();
    }
    if (spec.reinvocationPolicy === 'IfNeeded') state.previous.add(key);
  }
  return errors;
}

/** Applies one mutation; the server's words where it cannot. */
function mutate(
  request: AdmissionRequest,
  environment: PolicyEnvironment,
  mutation: Mutation,
): string | undefined {
  const isJsonPatch = mutation.patchType === 'JSONPatch';
  const { expression = '' } =
    (isJsonPatch ? mutation.jsonPatch : mutation.applyConfiguration) ?? {};
  const outcome = environment.evaluate(expression);
  if ('error' in outcome) return outcome.error;
  try {
    const patched = isJsonPatch
      ? jsonPatched(request, outcome.value)
      : configured(request, outcome.value);
    if (patched !== undefined) replaceContents(request, patched);
    return undefined;
  } catch (error) {
    if (error instanceof PatchError || error instanceof CelError) return error.message;
    throw error;
  }
}

function configured(request: AdmissionRequest, value: CelValue): Json {
  if (!(value instanceof MessageValue) || !value.typeName.startsWith('Object')) {
    throw new PatchError('unsupported return type from ApplyConfiguration expression');
  }
  checkTypeNames(value, 'Object');
  const patch = toJson(value) as Json;
  const object = structuredCopy(request.object) as Json;
  try {
    return applyPatch(object, patch, request.apiVersion, request.kind);
  } catch (error) {
    if (error instanceof PatchError) {
      throw new PatchError(`error applying patch: ${error.message}`);
    }
    throw error;
  }
}

/** The type of an inner object is named for the way to it. */
function checkTypeNames(value: CelValue, path: string): void {
  if (value instanceof MessageValue) {
    if (value.typeName !== path) {
      throw new PatchError(
        `type mismatch: unexpected type name ${JSON.stringify(value.typeName)}, expected ` +
          `${JSON.stringify(path)}, which matches field name path from root Object type`,
      );
    }
    for (const [name, it] of value.fields) checkTypeNames(it, `${path}.${name}`);
  } else if (isList(value)) {
    for (const it of value) checkTypeNames(it, path);
  } else if (value instanceof MapValue) {
    for (const key of value.keys()) checkTypeNames(value.get(key) ?? null, path);
  }
}

function jsonPatched(request: AdmissionRequest, value: CelValue): Json | undefined {
  if (!isList(value)) {
    throw new PatchError('type mismatch: JSONPatchType.expression should evaluate to array');
  }
  const operations = value.map((it) => {
    if (!(it instanceof MessageValue) || it.typeName !== 'JSONPatch') {
      throw new PatchError(
        'type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch',
      );
    }
    const given = it.fields.get('value');
    if (given instanceof MessageValue) checkTypeNames(given, given.typeName);
    return toJson(it) as Operation;
  });
  return applyOperations(request.object, operations) as Json | undefined;
}

/** The draft stays the same object, as the chain and other plugins hold it. */
function replaceContents(request: AdmissionRequest, patched: Json): void {
  const draft = request.object as unknown as Json;
  for (const key of Object.keys(draft)) if (!Object.hasOwn(patched, key)) delete draft[key];
  Object.assign(draft, patched);
  const why = request.setDefaults?.();
  if (why !== undefined) throw new UnreadableError(why);
}
