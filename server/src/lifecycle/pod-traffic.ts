/**
 * Who sends a pod traffic, as far as the declared objects tell: the Services that select it, and
 * what stands before them (kube-proxy, DNS, ingress, load balancer, mesh). Each of them learns of
 * the pod's end at its own pace. Ports are looked up as the EndpointSlice controller does
 * (staging/src/k8s.io/endpointslice/utils.go FindPort).
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import {
  field,
  labelsMatch,
  type Citable,
  type Container,
  type Ingress,
  type KubernetesObject,
  type Pod,
  type Service,
} from '../manifest/index.ts';
import type { DataPlane } from './profile-parameters.ts';

/** How a client finds the pod. */
export type ClientClass = 'cluster-ip' | 'headless' | 'ingress' | 'load-balancer' | 'mesh';

/** One way traffic comes to the pod. */
export interface TrafficConsumer {
  /** `cluster-ip/web`: the subject of its events. */
  readonly id: string;
  readonly clientClass: ClientClass;
  readonly service: Service;
  /** The Ingress or Route, where one stands before the Service. */
  readonly route: KubernetesObject | undefined;
  /** Who forgets the pod: «every kube-proxy», «ingress shop». */
  readonly label: string;
  readonly cites: readonly Citable[];
}

/** All traffic of one pod. */
export interface PodTraffic {
  readonly services: readonly Service[];
  readonly consumers: readonly TrafficConsumer[];
  /** The containers that own a targetPort of these Services. */
  readonly servingContainers: ReadonlySet<string>;
  /** What the declared objects say about the data plane. */
  readonly dataPlanes: readonly DataPlane[];
}

type ServicePort = NonNullable<Service['spec']['ports']>[number];

const ROUTES = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'];
const MESH_PROXIES = new Set(['istio-proxy', 'linkerd-proxy', 'envoy-sidecar', 'consul-dataplane']);

/** The traffic that the declared world sends a pod; `planes` are those the user declared. */
export function podTraffic(
  pod: Pod,
  snapshot: ClusterSnapshot,
  planes: readonly DataPlane[] = [],
): PodTraffic {
  const namespace = pod.metadata.namespace ?? 'default';
  const services = snapshot.list('Service', namespace).filter((it) => selects(it, pod));
  const meshed = isMeshed(pod, snapshot);
  const routes = routesOf(snapshot, namespace);
  const dataPlanes = new Set<DataPlane>();
  const consumers: TrafficConsumer[] = [];
  for (const service of services) {
    consumers.push(...ownConsumers(service, meshed, services));
    const direct = directTargets(service, planes);
    if (direct) {
      dataPlanes.add(direct);
      consumers.push(loadBalancer(service, service, direct));
    }
    for (const { route, names } of routes) {
      if (!names.has(service.metadata.name)) continue;
      const plane = ingressPlane(route, service);
      if (plane === 'instance') continue;
      if (plane) dataPlanes.add(plane);
      consumers.push(
        plane === 'alb' || plane === 'neg'
          ? loadBalancer(service, route, plane)
          : ingress(service, route),
      );
    }
  }
  if (meshed) dataPlanes.add('mesh');
  return {
    services,
    consumers,
    servingContainers: servingContainers(pod, services),
    dataPlanes: [...dataPlanes],
  };
}

/** Whether a Service sends traffic to pods with these labels. One without a selector does not. */
function selects(service: Service, pod: Pod): boolean {
  const selector = service.spec.selector ?? {};
  return (
    service.spec.type !== 'ExternalName' &&
    Object.keys(selector).length > 0 &&
    labelsMatch(selector, pod.metadata.labels)
  );
}

/** The clients of the Service itself. */
function ownConsumers(
  service: Service,
  meshed: boolean,
  services: readonly Service[],
): TrafficConsumer[] {
  const at = field(service);
  const { name } = service.metadata;
  // Each kube-proxy serves all Services; which one is meant is said only where there are several.
  const others = services.filter((it) => it.spec.clusterIP !== 'None').length > 1;
  const consumers: TrafficConsumer[] = [];
  if (service.spec.clusterIP === 'None') {
    consumers.push({
      id: `headless/${name}`,
      clientClass: 'headless',
      service,
      route: undefined,
      label: `clients that resolve ${name}`,
      cites: [at.spec.clusterIP],
    });
  } else {
    consumers.push({
      id: `cluster-ip/${name}`,
      clientClass: 'cluster-ip',
      service,
      route: undefined,
      label: `kube-proxy on every node${others ? ` (${name})` : ''}`,
      cites: [at.spec.selector],
    });
  }
  if (meshed) {
    consumers.push({
      id: `mesh/${name}`,
      clientClass: 'mesh',
      service,
      route: undefined,
      label: `the mesh proxies of ${name}'s clients`,
      cites: [at.spec.selector],
    });
  }
  return consumers;
}

function loadBalancer(
  service: Service,
  object: KubernetesObject,
  plane: DataPlane,
): TrafficConsumer {
  return {
    id: `load-balancer/${object.metadata.name}`,
    clientClass: 'load-balancer',
    service,
    route: object === service ? undefined : object,
    label: `load balancer (${plane.toUpperCase()}) of ${object.metadata.name}`,
    cites: [field(service).spec.type, field(object).metadata.annotations],
  };
}

function ingress(service: Service, route: KubernetesObject): TrafficConsumer {
  return {
    id: `ingress/${route.metadata.name}`,
    clientClass: 'ingress',
    service,
    route,
    label: `${(route.kind ?? 'Ingress').toLowerCase()} ${route.metadata.name}`,
    cites: [field(route).metadata.name],
  };
}

/** The load balancer whose targets are the pods themselves, by the annotations of the Service. */
function directTargets(service: Service, planes: readonly DataPlane[]): DataPlane | undefined {
  const annotations = service.metadata.annotations ?? {};
  const get = (name: string) => annotations[name] ?? '';
  if (get('cloud.google.com/neg').includes('exposed_ports')) return 'neg';
  if (service.spec.type !== 'LoadBalancer') return undefined;
  const aws = 'service.beta.kubernetes.io/aws-load-balancer-';
  const byIp = get(`${aws}nlb-target-type`) === 'ip' || get(`${aws}type`) === 'nlb-ip';
  if (byIp) return 'nlb';
  if (service.spec.loadBalancerClass === 'service.k8s.aws/nlb') {
    return get(`${aws}nlb-target-type`) === 'instance' ? undefined : 'nlb';
  }
  // Without a word in the manifests the user's own declaration decides.
  return planes.find((it) => it === 'nlb' || it === 'neg');
}

/** What an Ingress' class and annotations say; `instance`: it comes through a node port. */
function ingressPlane(
  route: KubernetesObject,
  service: Service,
): DataPlane | 'instance' | undefined {
  const annotations = route.metadata.annotations ?? {};
  const spec = (route as Ingress).spec;
  const name = spec?.ingressClassName ?? annotations['kubernetes.io/ingress.class'] ?? '';
  if (name === 'alb') {
    return annotations['alb.ingress.kubernetes.io/target-type'] === 'ip' ? 'alb' : 'instance';
  }
  if (name === 'gce' || name === 'gce-internal') {
    const neg = service.metadata.annotations?.['cloud.google.com/neg'] ?? '"ingress":true';
    return /"ingress"\s*:\s*true/.test(neg) ? 'neg' : 'instance';
  }
  if (name === 'nginx') return 'polling-ingress';
  return undefined;
}

/** Ingresses and Routes of a namespace with the Services they name. */
function routesOf(
  snapshot: ClusterSnapshot,
  namespace: string,
): { readonly route: KubernetesObject; readonly names: ReadonlySet<string> }[] {
  const routes: { route: KubernetesObject; names: ReadonlySet<string> }[] = [];
  for (const route of snapshot.list('Ingress', namespace)) {
    routes.push({ route, names: ingressServices(route) });
  }
  for (const kind of ROUTES) {
    for (const route of snapshot.listUntyped(kind)) {
      if ((route.metadata.namespace ?? 'default') !== namespace) continue;
      routes.push({ route, names: backendNames(route) });
    }
  }
  return routes;
}

function ingressServices({ spec }: Ingress): ReadonlySet<string> {
  const backends = [spec?.defaultBackend];
  for (const rule of spec?.rules ?? []) {
    for (const path of rule.http?.paths ?? []) backends.push(path.backend);
  }
  return new Set(backends.flatMap((it) => it?.service?.name ?? []));
}

/** The `backendRefs` of a Gateway API route. */
function backendNames(route: KubernetesObject): ReadonlySet<string> {
  interface RouteSpec {
    readonly rules?: readonly {
      readonly backendRefs?: readonly { readonly kind?: string; readonly name?: string }[];
    }[];
  }
  const { spec } = route as KubernetesObject & { readonly spec?: RouteSpec };
  const rules = Array.isArray(spec?.rules) ? spec.rules : [];
  const refs = rules.flatMap((it) => (Array.isArray(it?.backendRefs) ? it.backendRefs : []));
  return new Set(
    refs.flatMap((it) => ((it?.kind ?? 'Service') === 'Service' ? (it?.name ?? []) : [])),
  );
}

/** A mesh proxy stands in the pod, or is injected by its labels, annotations or namespace. */
function isMeshed(pod: Pod, snapshot: ClusterSnapshot): boolean {
  const { labels = {}, annotations = {} } = pod.metadata;
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  if (containers.some((it) => MESH_PROXIES.has(it.name))) return true;
  const own = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  if (own !== undefined) return own === 'true';
  if (annotations['linkerd.io/inject'] !== undefined) {
    return annotations['linkerd.io/inject'] !== 'disabled';
  }
  const namespace = snapshot.get('Namespace', '', pod.metadata.namespace ?? 'default');
  return (
    namespace?.metadata.labels?.['istio-injection'] === 'enabled' ||
    namespace?.metadata.annotations?.['linkerd.io/inject'] === 'enabled'
  );
}

/** Who owns the target ports; all main containers where nobody declares them. */
function servingContainers(pod: Pod, services: readonly Service[]): ReadonlySet<string> {
  const serving = new Set<string>();
  const sidecars = (pod.spec.initContainers ?? []).filter((it) => it.restartPolicy === 'Always');
  for (const port of services.flatMap((it) => it.spec.ports ?? [])) {
    const owner = [...(pod.spec.containers ?? []), ...sidecars].find((it) => owns(it, port));
    if (owner) serving.add(owner.name);
  }
  if (serving.size === 0 && services.length > 0) {
    for (const { name } of pod.spec.containers ?? []) serving.add(name);
  }
  return serving;
}

function owns(container: Container, port: ServicePort): boolean {
  const target = port.targetPort ?? port.port;
  const protocol = port.protocol ?? 'TCP';
  return (container.ports ?? []).some(
    (it) =>
      (it.protocol ?? 'TCP') === protocol &&
      (typeof target === 'number' ? it.containerPort === target : it.name === target),
  );
}
