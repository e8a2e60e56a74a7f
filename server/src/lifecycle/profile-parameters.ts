/**
 * The delays of the environment, by name: what a pod's life depends on and no manifest says.
 * Bounds in seconds for a quiet test cluster (`lab`), an ordinary one (`default`) and a loaded one
 * (`stressed`). Constants inside them are those of Kubernetes v1.36.2 (kube-proxy's minSyncPeriod,
 * the PLEG's relist, …); the rest is experience, which the user may override.
 */
import type { Certainty } from '../explanation/index.ts';

/** Bounds in seconds, `[earliest, latest]`. */
export type Bounds = readonly [earliest: number, latest: number];

/** The profiles that give every parameter a value. */
export type ProfileName = 'lab' | 'default' | 'stressed';

/**
 * Where a value is from: `S` Kubernetes' source, `N` inferred from it, `M` measured on a v1.36.2
 * kubelet, `D` documentation, `I` a public issue, `A` an assumption about the environment.
 */
export type SourceLetter = 'S' | 'N' | 'M' | 'D' | 'I' | 'A';

/** One parameter: what it stands for, where its bounds come from, and the bounds by profile. */
export interface ParameterDefinition {
  readonly meaning: string;
  readonly source: SourceLetter;
  readonly certainty: Certainty;
  /** What sets the bounds: a constant, a path in kubernetes/kubernetes, or a document. */
  readonly basis: string;
  readonly lab: Bounds;
  readonly default: Bounds;
  readonly stressed: Bounds;
}

const EXPERIENCE = 'experience, not a constant of Kubernetes';

/** Every parameter of the environment. */
export const PROFILE_PARAMETERS = {
  'p.client': {
    meaning: 'the client reads the manifest, asks for discovery and checks fields',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.02, 0.3],
    default: [0.05, 1],
    stressed: [0.1, 10],
  },
  'p.auth': {
    meaning: 'the API server authenticates and authorizes the request',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0, 0.01],
    default: [0, 0.05],
    stressed: [0, 1],
  },
  'p.api': {
    meaning: 'one write through the API server to etcd',
    source: 'A',
    certainty: 'bounded',
    basis: 'the 99th percentile of the API latency objective is 1 s',
    lab: [0.005, 0.05],
    default: [0.01, 0.1],
    stressed: [0.05, 1],
  },
  'p.watch': {
    meaning: 'a committed change reaches a watcher',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.002, 0.05],
    default: [0.005, 0.2],
    stressed: [0.05, 5],
  },
  'p.webhook': {
    meaning: 'all admission webhooks together',
    source: 'A',
    certainty: 'assumed',
    basis:
      'a webhook may take 10 s by default and 30 s at most (admissionregistration/v1 defaults)',
    lab: [0, 0],
    default: [0, 0.5],
    stressed: [0, 30],
  },
  'p.ctrl': {
    meaning: 'a controller reconciles a change it has seen',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.01, 0.1],
    default: [0.02, 0.5],
    stressed: [0.1, 10],
  },
  'p.sched': {
    meaning: 'scheduling queue, scheduling cycle and binding',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.01, 0.1],
    default: [0.02, 1],
    stressed: [0.1, 60],
  },
  'p.node': {
    meaning: 'an autoscaler adds a node because none fits',
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0, 0],
    default: [30, 180],
    stressed: [60, 600],
  },
  'p.admit': {
    meaning: 'the kubelet admits the pod to the node',
    source: 'A',
    certainty: 'bounded',
    basis: 'pkg/kubelet/lifecycle/predicate.go',
    lab: [0, 0.02],
    default: [0, 0.05],
    stressed: [0, 0.5],
  },
  'p.attach': {
    meaning: 'a volume is attached to the node',
    source: 'A',
    certainty: 'assumed',
    basis: 'attach-detach reconciles every 0.1 s; the rest is the storage',
    lab: [0, 1],
    default: [1, 20],
    stressed: [5, 360],
  },
  'p.mount': {
    meaning: 'volumes are mounted; ConfigMaps, Secrets and the token are fetched',
    source: 'S',
    certainty: 'bounded',
    basis: 'polled every 0.3 s, given up after 2 min 3 s (pkg/kubelet/volumemanager)',
    lab: [0.1, 0.4],
    default: [0.3, 2],
    stressed: [0.3, 123],
  },
  'p.sandbox': {
    meaning: 'the runtime makes the sandbox and the CNI plugin gives it an IP',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.2, 1],
    default: [0.3, 3],
    stressed: [1, 60],
  },
  'p.pull': {
    meaning: 'an image that the node does not have is pulled',
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0, 2],
    default: [0.5, 30],
    stressed: [1, 600],
  },
  'p.pullqueue': {
    meaning: 'other pulls on the node come first',
    source: 'A',
    certainty: 'assumed',
    basis: 'serializeImagePulls is true by default: one pull at a time per node',
    lab: [0, 0],
    default: [0, 20],
    stressed: [0, 600],
  },
  'p.create': {
    meaning: 'the runtime creates and starts a container',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.1, 0.5],
    default: [0.1, 1],
    stressed: [0.3, 5],
  },
  'p.pleg': {
    meaning: 'the kubelet notices a container that changed by itself',
    source: 'S',
    certainty: 'bounded',
    basis: 'the PLEG lists the containers every second (pkg/kubelet/kubelet.go)',
    lab: [0, 1.1],
    default: [0, 1.2],
    stressed: [0, 5],
  },
  'p.status': {
    meaning: 'the kubelet writes the pod status to the API',
    source: 'A',
    certainty: 'bounded',
    basis: 'at once, within its 50 requests/s; resent every 10 s (pkg/kubelet/status)',
    lab: [0.01, 0.1],
    default: [0.02, 0.5],
    stressed: [0.05, 10],
  },
  'p.eps': {
    meaning: 'the EndpointSlice controller writes the change of a pod into the slice',
    source: 'A',
    certainty: 'bounded',
    basis: '5 workers, 20 requests/s (pkg/controller/endpointslice)',
    lab: [0.02, 0.1],
    default: [0.05, 1],
    stressed: [0.1, 30],
  },
  'p.proxy': {
    meaning: 'a node routes by the changed EndpointSlice',
    source: 'S',
    certainty: 'assumed',
    basis: 'kube-proxy minSyncPeriod 1 s plus the time to write the rules (pkg/proxy)',
    lab: [0.01, 1.1],
    default: [0.02, 2],
    stressed: [0.02, 15],
  },
  'p.ingress': {
    meaning: 'an ingress or gateway controller routes by the changed EndpointSlice',
    source: 'D',
    certainty: 'assumed',
    basis: 'ingress-nginx syncs at most 0.3 times a second (--sync-rate-limit)',
    lab: [0.01, 1],
    default: [0.05, 4],
    stressed: [0.1, 15],
  },
  'p.mesh': {
    meaning: "the mesh's control plane tells the proxies of the changed EndpointSlice",
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0.02, 1],
    default: [0.05, 2],
    stressed: [0.1, 30],
  },
  'p.dns': {
    meaning: 'CoreDNS answers by the changed EndpointSlice',
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0.02, 0.2],
    default: [0.05, 1],
    stressed: [0.1, 10],
  },
  'p.dnscache': {
    meaning: 'an old DNS answer lives on in caches',
    source: 'D',
    certainty: 'assumed',
    basis: 'TTL 30 in the Corefile of kubeadm, 5 by default of the plugin',
    lab: [0, 5],
    default: [0, 30],
    stressed: [0, 60],
  },
  'p.lbreg': {
    meaning: 'a load balancer finds a new target healthy',
    source: 'D',
    certainty: 'assumed',
    basis: 'interval × healthy threshold',
    lab: [10, 60],
    default: [10, 60],
    stressed: [30, 300],
  },
  'p.lbdereg': {
    meaning: 'a load balancer stops sending new requests to a removed target',
    source: 'I',
    certainty: 'assumed',
    basis: 'kubernetes-sigs/aws-load-balancer-controller#3270',
    lab: [1, 30],
    default: [1, 30],
    stressed: [5, 180],
  },
  'p.kubelet': {
    meaning: 'the pod worker begins to handle a change the kubelet has seen',
    source: 'M',
    certainty: 'bounded',
    basis: '5 to 50 ms for a pod that has been quiet since the last relist',
    lab: [0.005, 0.1],
    default: [0.01, 0.3],
    stressed: [0.05, 5],
  },
  'p.unmount': {
    meaning: 'volumes are unmounted and the cgroup is removed',
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0.1, 1],
    default: [0.2, 5],
    stressed: [0.5, 120],
  },
  'p.detach': {
    meaning: 'a volume is detached from the node',
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0.5, 2],
    default: [1, 30],
    stressed: [5, 360],
  },
  'p.sandboxstop': {
    meaning: 'the runtime stops the sandbox and the CNI plugin takes the IP back',
    source: 'A',
    certainty: 'bounded',
    basis: EXPERIENCE,
    lab: [0.05, 0.5],
    default: [0.1, 2],
    stressed: [0.1, 30],
  },
  'p.rtt': {
    meaning: 'the network between a caller and the pod',
    source: 'A',
    certainty: 'assumed',
    basis: EXPERIENCE,
    lab: [0, 0.001],
    default: [0.0005, 0.1],
    stressed: [0.001, 0.5],
  },
} as const satisfies Readonly<Record<string, ParameterDefinition>>;

/** The name of a parameter of the environment. */
export type ParameterName = keyof typeof PROFILE_PARAMETERS;

/** What carries traffic in the cluster; each changes a few parameters. */
export type DataPlane =
  | 'kube-proxy-iptables'
  | 'kube-proxy-nftables'
  | 'kube-proxy-ipvs'
  | 'ebpf'
  | 'polling-ingress'
  | 'watching-ingress'
  | 'alb'
  | 'nlb'
  | 'neg'
  | 'mesh';

/** A parameter as one data plane has it. The stressed profile stretches the upper bound. */
export interface DataPlaneValue {
  readonly bounds: Bounds;
  readonly stressed: Bounds;
  readonly source: SourceLetter;
  readonly certainty: Certainty;
  readonly basis: string;
}

/** How each data plane differs from the profile. */
export const DATA_PLANES: Readonly<
  Record<DataPlane, Readonly<Partial<Record<ParameterName, DataPlaneValue>>>>
> = {
  'kube-proxy-iptables': {
    'p.proxy': value([0.02, 2], [0.02, 15], 'S', 'minSyncPeriod 1 s, then iptables-restore'),
  },
  'kube-proxy-nftables': {
    'p.proxy': value([0.02, 2], [0.02, 15], 'S', 'minSyncPeriod 1 s, then an nft transaction'),
  },
  'kube-proxy-ipvs': {
    'p.proxy': value([0.01, 1], [0.02, 15], 'S', 'minSyncPeriod 0: each change is applied alone'),
  },
  ebpf: {
    'p.proxy': value([0.01, 2], [0.02, 15], 'A', 'the agent updates its maps; see the vendor'),
  },
  'polling-ingress': {
    'p.ingress': value([0.05, 4], [0.1, 15], 'D', 'ingress-nginx: at most 0.3 syncs a second'),
  },
  'watching-ingress': {
    'p.ingress': value([0.05, 1], [0.1, 10], 'A', 'endpoints are pushed as they change'),
  },
  alb: {
    'p.lbreg': value([10, 60], [30, 300], 'D', 'health check interval × healthy threshold'),
    'p.lbdereg': value([1, 30], [5, 180], 'I', 'kubernetes-sigs/aws-load-balancer-controller#3270'),
  },
  nlb: {
    'p.lbreg': value([30, 180], [60, 300], 'D', 'a new target of an NLB takes minutes'),
    'p.lbdereg': value(
      [5, 180],
      [5, 300],
      'I',
      'new flows up to minutes: kubernetes-sigs/aws-load-balancer-controller#3270',
    ),
  },
  neg: {
    'p.lbreg': value([10, 60], [30, 300], 'D', 'health checks of the network endpoint group'),
    'p.lbdereg': value([1, 30], [5, 180], 'A', EXPERIENCE),
  },
  mesh: { 'p.mesh': value([0.05, 2], [0.1, 30], 'A', EXPERIENCE) },
};

function value(
  bounds: Bounds,
  stressed: Bounds,
  source: SourceLetter,
  basis: string,
): DataPlaneValue {
  return { bounds, stressed, source, certainty: 'assumed', basis };
}
