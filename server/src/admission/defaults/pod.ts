/**
 * The defaults of a Pod that templates do not get: requests from limits, pod-level resources,
 * service links, host ports of the host network.
 * Follows SetDefaults_Pod of pkg/apis/core/v1/defaults.go and pkg/apis/core/v1/conversion.go.
 */
import {
  formatQuantity,
  type Container,
  type Pod,
  type PodSpec,
  type PodTemplateSpec,
} from '../../manifest/index.ts';
import { isPodLevelResource } from '../pod-resources.ts';
import {
  aggregateContainerResources,
  isHugePageResource,
  isOvercommitAllowed,
} from './pod-resource-names.ts';
import type { Mutable } from '../draft.ts';
import { setPodSpecDefaults } from './pod-spec.ts';

type ResourceList = Record<string, string | number>;

/** Fills in what a Pod leaves out. The draft is changed in place. */
export function setPodDefaults(pod: Pod): void {
  const draft = pod as Mutable<Pod>;
  const spec = (draft.spec ??= {} as Mutable<PodSpec>);
  for (const container of spec.containers ?? []) setRequestsFromLimits(container);
  for (const container of spec.initContainers ?? []) setRequestsFromLimits(container);
  setPodLevelDefaults(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) {
    setHostPorts(spec.containers ?? []);
    setHostPorts(spec.initContainers ?? []);
  }
  setPodSpecDefaults(pod.spec);
  // Conversion to the internal type, for Pods but not for templates.
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  dropInitContainerAnnotations(draft.metadata?.annotations);
}

/** Fills in what a pod template leaves out. The draft is changed in place. */
export function setPodTemplateDefaults(template: PodTemplateSpec): void {
  const draft = template as Mutable<PodTemplateSpec>;
  draft.spec ??= {} as Mutable<PodSpec>;
  setPodSpecDefaults(draft.spec);
  dropInitContainerAnnotations(draft.metadata?.annotations);
}

/** Where init containers were before they had a field. */
const INIT_CONTAINER_ANNOTATIONS = [
  'pod.beta.kubernetes.io/init-containers',
  'pod.alpha.kubernetes.io/init-containers',
  'pod.beta.kubernetes.io/init-container-statuses',
  'pod.alpha.kubernetes.io/init-container-statuses',
];

function dropInitContainerAnnotations(annotations: Record<string, string> | undefined): void {
  for (const it of INIT_CONTAINER_ANNOTATIONS) if (annotations) delete annotations[it];
}

function setRequestsFromLimits(container: Mutable<Container>): void {
  const limits = container.resources?.limits;
  if (!container.resources || !limits) return;
  const requests: ResourceList = (container.resources.requests ??= {});
  for (const [name, amount] of Object.entries(limits)) {
    if (!Object.hasOwn(requests, name)) requests[name] = amount;
  }
}

function setHostPorts(containers: readonly Mutable<Container>[]): void {
  for (const container of containers) {
    for (const port of container.ports ?? []) {
      if ((port.hostPort ?? 0) === 0) port.hostPort = port.containerPort;
    }
  }
}

/** Only where the pod-level resources are set in part (feature gate PodLevelResources). */
function setPodLevelDefaults(spec: Mutable<PodSpec>): void {
  const resources = spec.resources;
  if (!resources) return;
  setHugePageLimits(spec, resources);
  setPodLevelRequests(spec, resources);
}

interface ResourceRequirements {
  limits?: ResourceList;
  requests?: ResourceList;
}

function setHugePageLimits(spec: PodSpec, resources: ResourceRequirements): void {
  if (isEmpty(resources.limits) && isEmpty(resources.requests)) return;
  const limits = resources.limits ?? {};
  for (const [name, amount] of aggregateContainerResources(spec, 'limits')) {
    if (!isHugePageResource(name) || Object.hasOwn(resources.requests ?? {}, name)) continue;
    if (!Object.hasOwn(limits, name)) limits[name] = formatQuantity(amount);
  }
  if (!isEmpty(limits)) resources.limits = limits;
}

function setPodLevelRequests(spec: PodSpec, resources: ResourceRequirements): void {
  if (isEmpty(resources.limits)) return;
  const requests = resources.requests ?? {};
  for (const [name, amount] of aggregateContainerResources(spec, 'requests')) {
    if (Object.hasOwn(requests, name)) continue;
    if (isPodLevelResource(name) && isOvercommitAllowed(name)) {
      requests[name] = formatQuantity(amount);
    }
  }
  for (const [name, amount] of Object.entries(resources.limits ?? {})) {
    if (!Object.hasOwn(requests, name) && isPodLevelResource(name)) requests[name] = amount;
  }
  if (!isEmpty(requests)) resources.requests = requests;
}

function isEmpty(list: ResourceList | undefined): boolean {
  return list === undefined || Object.keys(list).length === 0;
}
