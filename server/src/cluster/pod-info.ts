/**
 * A pod as the scheduler counts it: what a cycle asks of a pod many times, worked out once.
 * Follows pkg/scheduler/framework/types.go (PodInfo, AffinityTerm, HostPortInfo).
 *
 * Pods with the same namespace and labels form one class, and equal affinity terms are one object,
 * so that a cycle matches a selector against classes instead of against pods.
 */
import {
  selectorMatches,
  type Labels,
  type LabelSelector,
  type Pod,
  type PodAffinityTerm,
} from '../manifest/index.ts';
import {
  containersOf,
  podRequests,
  type PodRequests,
  type ResourceAmounts,
} from './pod-requests.ts';

/** All pods of one namespace with the same labels. */
export interface PodClass {
  readonly id: number;
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * One pod (anti-)affinity term with its namespaces. `matchLabelKeys` and `mismatchLabelKeys` are
 * not read: the API server has merged them into the selector when the pod was created.
 */
export interface AffinityTerm {
  readonly id: number;
  readonly topologyKey: string;
  readonly selector: LabelSelector | undefined;
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: LabelSelector | undefined;
}

/** A preferred term as a manifest has it, perhaps still being written. */
interface WeightedPodAffinityTerm {
  readonly weight?: number;
  readonly podAffinityTerm?: PodAffinityTerm;
}

/** A preferred term and what it counts for. */
export interface WeightedAffinityTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}

/** A port of the node that the pod wants. */
export interface HostPort {
  readonly hostIP: string;
  readonly protocol: string;
  readonly hostPort: number;
}

/** A pod with its requests, terms, ports and claims worked out. */
export interface PodInfo {
  readonly pod: Pod;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly terminating: boolean;
  readonly podClass: PodClass;
  readonly requests: ResourceAmounts;
  readonly nonZeroMilliCpu: number;
  readonly nonZeroMemory: number;
  readonly containersNonZero: PodRequests['containersNonZero'];
  readonly hostPorts: readonly HostPort[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedAffinityTerm[];
  readonly preferredAntiAffinity: readonly WeightedAffinityTerm[];
  /** `namespace/name` of each claim its volumes name. */
  readonly claims: readonly string[];
}

const NO_LABELS: Labels = {};
const NONE: readonly never[] = [];

/** Makes PodInfos of one world; equal labels and terms become one object. */
export class PodInfoFactory {
  readonly #infos = new WeakMap<Pod, PodInfo>();
  readonly #classes = new Map<string, PodClass>();
  readonly #terms = new Map<string, AffinityTerm>();
  readonly #requests = new Map<string, PodRequests>();
  readonly #byId: PodClass[] = [];

  /** Every class seen so far; its index is its id. */
  get classes(): readonly PodClass[] {
    return this.#byId;
  }

  /** The same object for the same pod. */
  infoOf(pod: Pod): PodInfo {
    const known = this.#infos.get(pod);
    if (known) return known;
    const info = this.#make(pod);
    this.#infos.set(pod, info);
    return info;
  }

  #make(pod: Pod): PodInfo {
    const namespace = pod.metadata.namespace || 'default';
    const labels = pod.metadata.labels ?? NO_LABELS;
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
    const term = (it: PodAffinityTerm): AffinityTerm => this.#termOf(it, namespace);
    const requests = this.#requestsOf(pod);
    return {
      pod,
      name: pod.metadata.name,
      namespace,
      labels,
      priority: pod.spec.priority ?? 0,
      terminating: pod.metadata.deletionTimestamp !== undefined,
      podClass: this.#classOf(namespace, labels),
      ...requests,
      hostPorts: hostPortsOf(pod),
      requiredAffinity:
        podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.map(term) ?? NONE,
      requiredAntiAffinity:
        podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.map(term) ?? NONE,
      preferredAffinity: weighted(
        podAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
        term,
      ),
      preferredAntiAffinity: weighted(
        podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
        term,
      ),
      claims: claimsOf(pod, namespace),
    };
  }

  /** Replicas request the same, so what a list of resources adds up to is worked out once. */
  #requestsOf(pod: Pod): PodRequests {
    const { initContainers, resources, overhead } = pod.spec;
    const { containerStatuses, initContainerStatuses, resources: inUse } = pod.status ?? {};
    if (containerStatuses ?? initContainerStatuses ?? inUse) return podRequests(pod);
    const key = JSON.stringify([
      containersOf(pod).map((it) => it.resources),
      initContainers?.map((it) => [it.resources, it.restartPolicy]),
      resources,
      overhead,
    ]);
    let found = this.#requests.get(key);
    if (!found) this.#requests.set(key, (found = podRequests(pod)));
    return found;
  }

  #classOf(namespace: string, labels: Labels): PodClass {
    let key = namespace;
    for (const name of Object.keys(labels).toSorted()) key += `\n${name}=${labels[name]}`;
    let found = this.#classes.get(key);
    if (!found) {
      found = { id: this.#byId.length, namespace, labels };
      this.#classes.set(key, found);
      this.#byId.push(found);
    }
    return found;
  }

  #termOf(term: PodAffinityTerm, namespace: string): AffinityTerm {
    const { topologyKey, labelSelector: selector, namespaces, namespaceSelector } = term;
    const own = !namespaces?.length && !namespaceSelector ? [namespace] : (namespaces ?? []);
    const key = JSON.stringify([topologyKey, selector, own, namespaceSelector]);
    let found = this.#terms.get(key);
    if (!found) {
      const id = this.#terms.size;
      found = { id, topologyKey, selector, namespaces: new Set(own), namespaceSelector };
      this.#terms.set(key, found);
    }
    return found;
  }
}

/**
 * Whether a term matches a pod of the class. `namespaceLabels` are those of the pod's namespace;
 * undefined where no such Namespace is known.
 */
export function termMatches(
  term: AffinityTerm,
  podClass: Pick<PodClass, 'namespace' | 'labels'>,
  namespaceLabels: Labels | undefined,
): boolean {
  const inNamespace =
    term.namespaces.has(podClass.namespace) ||
    (term.namespaceSelector !== undefined &&
      selectorMatches(term.namespaceSelector, namespaceLabels));
  return inNamespace && selectorMatches(term.selector, podClass.labels);
}

function weighted(
  preferred: readonly WeightedPodAffinityTerm[] | undefined,
  term: (it: PodAffinityTerm) => AffinityTerm,
): readonly WeightedAffinityTerm[] {
  if (!preferred?.length) return NONE;
  return preferred.flatMap((it) =>
    it.podAffinityTerm ? [{ weight: it.weight ?? 0, term: term(it.podAffinityTerm) }] : [],
  );
}

function hostPortsOf(pod: Pod): readonly HostPort[] {
  let found: HostPort[] | undefined;
  const sidecars = (pod.spec.initContainers ?? []).filter((it) => it.restartPolicy === 'Always');
  for (const container of [...containersOf(pod), ...sidecars]) {
    for (const port of container.ports ?? []) {
      const hostPort = port.hostPort || (pod.spec.hostNetwork ? port.containerPort : 0);
      if (!hostPort) continue;
      found ??= [];
      found.push({
        hostIP: port.hostIP || '0.0.0.0',
        protocol: port.protocol || 'TCP',
        hostPort,
      });
    }
  }
  return found ?? NONE;
}

function claimsOf(pod: Pod, namespace: string): readonly string[] {
  let found: string[] | undefined;
  for (const volume of pod.spec.volumes ?? []) {
    const name =
      volume.persistentVolumeClaim?.claimName ??
      (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);
    if (name === undefined) continue;
    found ??= [];
    found.push(`${namespace}/${name}`);
  }
  return found ?? NONE;
}
