/**
 * Who can reach a Service from outside: Ingress and Gateway API routes, and the policies that stand
 * between. Routes are read as their controllers agree to read them; which controller there is,
 * nobody declares.
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import type { Explanation, Upstream } from '../explanation/index.ts';
import {
  each,
  field,
  fieldAt,
  selectorMatches,
  type Citable,
  type Ingress,
  type KubernetesObject,
  type Pod,
  type Service,
} from '../manifest/index.ts';

export const reachUpstream: Upstream = {
  path: 'staging/src/k8s.io/api/networking/v1/types.go',
  omits: [
    'what a particular ingress or gateway controller adds by annotation',
    'ReferenceGrants, listeners and parents of a Gateway',
    'what NetworkPolicies allow: only that they stand between is told',
  ],
};

/** Routes of the Gateway API: their rules name Services in one shape. */
export const GATEWAY_ROUTES = [
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
] as const;
export type GatewayRoute = (typeof GATEWAY_ROUTES)[number];

/** One way from outside to a Service. */
export interface Route extends Explanation {
  readonly via: 'Ingress' | GatewayRoute;
  readonly object: KubernetesObject;
  /** `shop.example/cart`, `*` where any host is meant. */
  readonly from: string;
  readonly service: string;
  readonly namespace: string;
  /** As the rule names it: a number, or a port's name. */
  readonly port: number | string | undefined;
  /** Why the rule leads nowhere; undefined where it leads to a port of a Service. */
  readonly broken?: Explanation;
}

/** Every rule of the world that leads, or means to lead, to a Service. */
export function routes(snapshot: ClusterSnapshot): Route[] {
  const found = snapshot.list('Ingress').flatMap((it) => ingressRoutes(it, snapshot));
  for (const kind of GATEWAY_ROUTES) {
    for (const it of snapshot.listUntyped(kind)) found.push(...gatewayRoutes(it, kind, snapshot));
  }
  return found;
}

/** The rules that lead to one Service. */
export function routesTo(service: Service, snapshot: ClusterSnapshot): Route[] {
  const namespace = service.metadata.namespace || 'default';
  return routes(snapshot).filter(
    (it) => it.service === service.metadata.name && it.namespace === namespace,
  );
}

function ingressRoutes(ingress: Ingress, snapshot: ClusterSnapshot): Route[] {
  const found: Route[] = [];
  const namespace = ingress.metadata.namespace || 'default';
  const add = (from: string, backend: Backend | undefined, at: Citable, path: Path) => {
    if (!backend?.service) return;
    const { name, port } = backend.service;
    const target = { service: name, namespace, port: port?.number ?? port?.name };
    const broken = whyBroken(target, snapshot, fieldAt(ingress, path));
    const to = `${name}:${target.port ?? ''}`;
    const message = `Ingress ${ingress.metadata.name} sends ${from} to ${to}`;
    found.push({ via: 'Ingress', object: ingress, from, ...target, broken, message, cites: [at] });
  };
  const { spec } = field(ingress);
  add('*', ingress.spec?.defaultBackend, spec.defaultBackend, [
    'spec',
    'defaultBackend',
    'service',
  ]);
  for (const [i, [rule, at]] of [...each(spec.rules)].entries()) {
    for (const [j, [path, pathAt]] of [...each(at.http.paths)].entries()) {
      const from = `${rule.host || '*'}${path.path ?? '/'}`;
      const place = ['spec', 'rules', i, 'http', 'paths', j, 'backend', 'service'];
      add(from, path.backend, pathAt.backend, place);
    }
  }
  return found;
}

type Path = readonly (string | number)[];
interface Backend {
  readonly service?: {
    readonly name: string;
    readonly port?: { readonly number?: number; readonly name?: string };
  };
}

interface Target {
  readonly service: string;
  readonly namespace: string;
  readonly port: number | string | undefined;
}

function whyBroken(
  { service: name, namespace, port }: Target,
  snapshot: ClusterSnapshot,
  at: Citable,
): Explanation | undefined {
  const service = snapshot.get('Service', namespace, name);
  if (!service) {
    return { message: `There is no Service ${name} in the namespace ${namespace}`, cites: [at] };
  }
  const ports = service.spec?.ports ?? [];
  if (port === undefined || ports.some((it) => it.port === port || it.name === port)) {
    return undefined;
  }
  const target = ports.find((it) => it.targetPort === port);
  const hint = target ? `; ${port} is what its port ${target.port} leads to` : '';
  const offered = ports.map((it) => (it.name ? `${it.port} (${it.name})` : it.port)).join(', ');
  return {
    message: `${name} has no port ${port}, but ${offered || 'none'}${hint}`,
    cites: [at, field(service).spec.ports],
  };
}

interface RouteObject extends KubernetesObject {
  readonly spec?: {
    readonly hostnames?: readonly string[];
    readonly rules?: readonly {
      readonly matches?: readonly RouteMatch[];
      readonly backendRefs?: readonly BackendRef[];
    }[];
  };
}
interface RouteMatch {
  readonly path?: { readonly value?: string };
}
interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly port?: number;
}

/** These kinds have no type here: what does not have the expected shape is passed over. */
function gatewayRoutes(
  object: KubernetesObject,
  kind: GatewayRoute,
  snapshot: ClusterSnapshot,
): Route[] {
  const { spec, metadata } = object as RouteObject;
  const found: Route[] = [];
  for (const [i, rule] of listOf(spec?.rules).entries()) {
    const from = whatIsSent(kind, spec?.hostnames, rule?.matches);
    for (const [j, ref] of listOf(rule?.backendRefs).entries()) {
      if (typeof ref?.name !== 'string' || (ref.kind ?? 'Service') !== 'Service' || ref.group)
        continue;
      const at = fieldAt(object, ['spec', 'rules', i, 'backendRefs', j]);
      const namespace = ref.namespace ?? (metadata.namespace || 'default');
      const target = { service: ref.name, namespace, port: ref.port };
      const broken = whyBroken(target, snapshot, at);
      const message = `${kind} ${metadata.name} sends ${from} to ${ref.name}:${ref.port ?? ''}`;
      found.push({ via: kind, object, from, ...target, broken, message, cites: [at] });
    }
  }
  return found;
}

/** Every host with every path: `shop.example/cart, shop.example/pay`. */
function whatIsSent(
  kind: GatewayRoute,
  hostnames: readonly string[] | undefined,
  matches: readonly RouteMatch[] | undefined,
): string {
  const hosts = hostnames && listOf(hostnames).length > 0 ? listOf(hostnames) : ['*'];
  // Only HTTP has paths; the others are told apart by host and port.
  if (kind !== 'HTTPRoute') return hosts.join(', ');
  const paths = new Set(listOf(matches).map((it) => it?.path?.value ?? '/'));
  if (paths.size === 0) paths.add('/');
  return hosts.flatMap((host) => [...paths].map((it) => `${host}${it}`)).join(', ');
}

function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list : [];
}

/** The policies that limit who may connect to a pod; nobody is limited where there are none. */
export function ingressPolicies(pod: Pod, snapshot: ClusterSnapshot): Explanation[] {
  const namespace = pod.metadata.namespace || 'default';
  const found: Explanation[] = [];
  for (const policy of snapshot.list('NetworkPolicy', namespace)) {
    const types = policy.spec?.policyTypes ?? ['Ingress'];
    if (!types.includes('Ingress')) continue;
    if (!selectorMatches(policy.spec?.podSelector ?? {}, pod.metadata.labels)) continue;
    const rules = policy.spec?.ingress?.length ?? 0;
    const what = rules === 0 ? 'lets nobody connect' : `lets in what one of ${rules} rules allows`;
    found.push({
      message: `NetworkPolicy ${policy.metadata.name} selects ${pod.metadata.name} and ${what}`,
      cites: [field(policy).spec.podSelector, field(policy).spec.ingress],
    });
  }
  return found;
}
