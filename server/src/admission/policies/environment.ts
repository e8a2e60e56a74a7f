/**
 * The names that a policy's expressions may use, and running them.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/activation.go, composition.go,
 * condition.go. The user is not known to a manifest; a cluster administrator is assumed.
 */
import {
  AuthorizerValue,
  CelError,
  compileCel,
  fromJson,
  MapValue,
  RUNTIME_COST_BUDGET,
  type CelValue,
} from '../../cluster/index.ts';
import { encodeObject, typeOfKind, type KubernetesObject } from '../../manifest/index.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { resourceOf } from '../request-info.ts';
import { namespaceLabels } from './matching.ts';
import type { NamedExpression, PolicySpec } from './policy-types.ts';

/** What the server says where a policy has used up what it may. */
export const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** A value, or the text of the error the server would report. */
export type Outcome = { readonly value: CelValue } | { readonly error: string };

/** Runs the expressions of one policy against one request and parameter. */
export class PolicyEnvironment {
  readonly #names: ReadonlyMap<string, CelValue>;
  #budget = RUNTIME_COST_BUDGET;

  constructor(
    request: AdmissionRequest,
    { variables = [], paramKind }: PolicySpec,
    params: KubernetesObject | undefined,
  ) {
    const names = new Map<string, CelValue>([
      ['object', fromJson(encoded(request.object))],
      ['oldObject', null],
      ['request', requestValue(request)],
      ['namespaceObject', namespaceValue(request)],
      ['authorizer', new AuthorizerValue('kubernetes.authorization.Authorizer')],
      ['authorizer.requestResource', new AuthorizerValue('kubernetes.authorization.ResourceCheck')],
    ]);
    if (paramKind) names.set('params', params ? fromJson(encoded(params)) : null);
    names.set('variables', this.#variables(variables, names));
    this.#names = names;
  }

  /** Whether the policy has used up what it may cost. */
  get exhausted(): boolean {
    return this.#budget < 0;
  }

  /** The value of an expression of the policy. */
  evaluate(expression: string): Outcome {
    const program = compileCel(expression);
    if (program.error !== undefined) return { error: `compilation error: ${program.error}` };
    const result = program.run((name) => this.#names.get(name));
    this.#budget -= result.cost;
    if (this.exhausted) return { error: OUT_OF_BUDGET };
    if ('value' in result) return { value: result.value };
    return { error: `expression '${expression}' resulted in error: ${result.error}` };
  }

  /** Each variable is worked out when it is first asked for, and sees those before it. */
  #variables(variables: readonly NamedExpression[], names: Map<string, CelValue>): MapValue {
    const map = new MapValue();
    for (const { name, expression } of variables) {
      let done: CelValue | undefined;
      map.setLazy(name, () => (done ??= this.#variable(name, expression, names)));
    }
    return map;
  }

  #variable(name: string, expression: string, names: Map<string, CelValue>): CelValue {
    const quoted = JSON.stringify(name);
    const program = compileCel(expression);
    if (program.error !== undefined) {
      throw new CelError(`composited variable ${quoted} fails to compile: ${program.error}`);
    }
    const result = program.run((it) => names.get(it));
    this.#budget -= result.cost;
    if ('value' in result) return result.value;
    throw new CelError(`composited variable ${quoted} fails to evaluate: ${result.error}`);
  }
}

/** The object as JSON has it: without what is empty, with the structs that are always there. */
function encoded(object: KubernetesObject): unknown {
  const type = typeOfKind(object.apiVersion ?? '', object.kind ?? '');
  const fields = object as unknown as Readonly<Record<string, unknown>>;
  return type === undefined ? object : encodeObject(fields, type);
}

function requestValue(request: AdmissionRequest): CelValue {
  const { group, version, resource } = resourceOf(request);
  const kind = { group, version, kind: request.kind };
  const gvr = { group, version, resource };
  return fromJson({
    uid: '',
    kind,
    resource: gvr,
    requestKind: kind,
    requestResource: gvr,
    name: request.object.metadata.name ?? '',
    namespace: request.namespace,
    operation: 'CREATE',
    userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
    dryRun: request.dryRun === true,
    options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
  });
}

function namespaceValue(request: AdmissionRequest): CelValue {
  if (request.namespace === '') return null;
  const declared = getDeclared(request.snapshot, 'Namespace', '', request.namespace);
  return fromJson({
    ...declared,
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      ...declared?.metadata,
      name: request.namespace,
      labels: namespaceLabels(request),
    },
    spec: declared?.spec ?? { finalizers: ['kubernetes'] },
    status: declared?.status ?? { phase: 'Active' },
  });
}
