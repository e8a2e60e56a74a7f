/**
 * How the objects of a workspace point at each other: names, labels and port names. Definition,
 * references and rename are all read off these links.
 */
import { GATEWAY_ROUTES, serviceSelects } from '../endpoints/index.ts';
import { isClusterScoped, namespaceOf, objectKey } from '../cluster/index.ts';
import {
  fieldAt,
  keyOf,
  locate,
  selectorMatches,
  valueAt,
  type FieldPath,
  type KubernetesObject,
  type LabelSelector,
  type Pod,
  type Service,
} from '../manifest/index.ts';
import type { Prediction } from '../prediction/index.ts';
import type { TextRange } from '../source/index.ts';

/** A written place. */
export interface LinkEnd {
  readonly uri: string;
  readonly range: TextRange;
}

/** `from` names what `to` declares; both read the same text. */
export interface Link {
  readonly from: LinkEnd;
  readonly to: LinkEnd;
}

/** Fields of objects that hold the name of another object, by kind of the holder. */
const NAME_FIELDS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  StatefulSet: [['spec.serviceName', 'Service']],
  HorizontalPodAutoscaler: [['spec.scaleTargetRef.name', 'spec.scaleTargetRef.kind']],
  Ingress: [
    ['spec.defaultBackend.service.name', 'Service'],
    ['spec.rules[*].http.paths[*].backend.service.name', 'Service'],
    ['spec.tls[*].secretName', 'Secret'],
    ['spec.ingressClassName', 'IngressClass'],
  ],
  PersistentVolumeClaim: [
    ['spec.storageClassName', 'StorageClass'],
    ['spec.volumeName', 'PersistentVolume'],
  ],
};

/** The same for pod specs. */
const POD_NAME_FIELDS: readonly (readonly [string, string])[] = [
  ['spec.serviceAccountName', 'ServiceAccount'],
  ['spec.priorityClassName', 'PriorityClass'],
  ['spec.runtimeClassName', 'RuntimeClass'],
  ['spec.nodeName', 'Node'],
  ['spec.imagePullSecrets[*].name', 'Secret'],
  ['spec.volumes[*].configMap.name', 'ConfigMap'],
  ['spec.volumes[*].secret.secretName', 'Secret'],
  ['spec.volumes[*].persistentVolumeClaim.claimName', 'PersistentVolumeClaim'],
  ['spec.volumes[*].projected.sources[*].configMap.name', 'ConfigMap'],
  ['spec.volumes[*].projected.sources[*].secret.name', 'Secret'],
  ...['spec.containers[*]', 'spec.initContainers[*]'].flatMap((it) => [
    [`${it}.envFrom[*].configMapRef.name`, 'ConfigMap'] as const,
    [`${it}.envFrom[*].secretRef.name`, 'Secret'] as const,
    [`${it}.env[*].valueFrom.configMapKeyRef.name`, 'ConfigMap'] as const,
    [`${it}.env[*].valueFrom.secretKeyRef.name`, 'Secret'] as const,
  ]),
];

/** Where probes and hooks of a container name a port. */
const HANDLER_PORTS: readonly FieldPath[] = [
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((it) => [
    [it, 'httpGet', 'port'],
    [it, 'tcpSocket', 'port'],
  ]),
  ['lifecycle', 'preStop', 'httpGet', 'port'],
  ['lifecycle', 'postStart', 'httpGet', 'port'],
];

/** Every link of a workspace. */
export function collectLinks(prediction: Prediction): readonly Link[] {
  const links: Link[] = [];
  const add = (from: LinkEnd | undefined, to: LinkEnd | undefined) => {
    if (from && to) links.push({ from, to });
  };
  for (const { stored } of prediction.world.admitted) {
    for (const [pattern, kind] of NAME_FIELDS[stored.kind ?? ''] ?? []) {
      linkNames(prediction, stored, stored, pattern, kind, add);
    }
    if (stored.kind === 'Ingress') linkIngressPorts(prediction, stored, add);
    if (isGatewayRoute(stored)) linkBackends(prediction, stored, add);
  }
  for (const workload of prediction.workloads) {
    const { pod } = workload;
    if (!pod) continue;
    for (const [pattern, kind] of POD_NAME_FIELDS) {
      linkNames(prediction, pod, workload.object, pattern, kind, add);
    }
    linkSelector(workload.object, ['spec', 'selector'], pod, add);
    linkPlacement(pod, add);
    linkProbePorts(pod, add);
    for (const service of prediction.snapshot.list('Service', workload.namespace)) {
      if (serviceSelects(service, pod)) linkService(service, pod, add);
    }
    for (const budget of workload.budgets) {
      linkSelector(budget, ['spec', 'selector'], pod, add);
    }
    for (const policy of prediction.snapshot.list('NetworkPolicy', workload.namespace)) {
      linkSelector(policy, ['spec', 'podSelector'], pod, add);
    }
  }
  return links;
}

type Add = (from: LinkEnd | undefined, to: LinkEnd | undefined) => void;

function linkNames(
  prediction: Prediction,
  root: object,
  owner: KubernetesObject,
  pattern: string,
  kindOrPath: string,
  add: Add,
): void {
  for (const path of expand(root, pattern)) {
    const name = valueAt(fieldAt(root, path));
    if (typeof name !== 'string' || name === '') continue;
    const kind = kindOrPath.includes('.')
      ? String(valueAt(fieldAt(root, kindOrPath.split('.'))))
      : kindOrPath;
    const namespace = isClusterScoped(kind) ? '' : namespaceOf(owner);
    const target = prediction.snapshot.find(objectKey(kind, namespace, name));
    if (target) add(endOf(root, path), endOf(target, ['metadata', 'name']));
  }
}

/** Every concrete path of a pattern with `[*]` in an object. */
function expand(root: object, pattern: string): readonly FieldPath[] {
  let paths: FieldPath[] = [[]];
  for (const step of pattern.replaceAll('[*]', '.*').split('.')) {
    paths = paths.flatMap((path) => {
      if (step !== '*') return [[...path, step]];
      const list = valueAt(fieldAt(root, path));
      return Array.isArray(list) ? list.map((_, i) => [...path, i]) : [];
    });
  }
  return paths;
}

/** The ports that an Ingress names of its Services. */
function linkIngressPorts(prediction: Prediction, ingress: KubernetesObject, add: Add): void {
  for (const pattern of ['spec.defaultBackend', 'spec.rules[*].http.paths[*].backend']) {
    for (const path of expand(ingress, `${pattern}.service`)) {
      const backend = valueAt(fieldAt(ingress, path)) as IngressBackend | undefined;
      const { name, port } = backend ?? {};
      const service = prediction.snapshot.get('Service', namespaceOf(ingress), name ?? '');
      const index = (service?.spec.ports ?? []).findIndex((it) => it.name === port?.name);
      if (!service || port?.name === undefined || index === -1) continue;
      const to = endOf(service, ['spec', 'ports', index, 'name']);
      add(endOf(ingress, [...path, 'port', 'name']), to);
    }
  }
}

interface IngressBackend {
  readonly name?: string;
  readonly port?: { readonly name?: string };
}

function isGatewayRoute({ kind }: KubernetesObject): boolean {
  return GATEWAY_ROUTES.some((it) => it === kind);
}

/** The Services that a route of the Gateway API sends to, of other namespaces too. */
function linkBackends(prediction: Prediction, route: KubernetesObject, add: Add): void {
  for (const path of expand(route, 'spec.rules[*].backendRefs[*]')) {
    const backend = valueAt(fieldAt(route, path)) as BackendRef | null | undefined;
    if (!backend || backend.group || (backend.kind ?? 'Service') !== 'Service') continue;
    const namespace = backend.namespace ?? namespaceOf(route);
    const service = prediction.snapshot.get('Service', namespace, String(backend.name));
    if (service) add(endOf(route, [...path, 'name']), endOf(service, ['metadata', 'name']));
  }
}

interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const AFFINITY_TERMS = ['podAffinity', 'podAntiAffinity'].flatMap((it) => [
  `spec.affinity.${it}.requiredDuringSchedulingIgnoredDuringExecution[*].labelSelector`,
  `spec.affinity.${it}.preferredDuringSchedulingIgnoredDuringExecution[*].podAffinityTerm.labelSelector`,
]);

/** Where a pod keeps its distance from its own kind, it names its own labels. */
function linkPlacement(pod: Pod, add: Add): void {
  for (const pattern of ['spec.topologySpreadConstraints[*].labelSelector', ...AFFINITY_TERMS]) {
    for (const path of expand(pod, pattern)) linkSelector(pod, path, pod, add);
  }
}

/** The labels of a selector that matches the pod. */
function linkSelector(holder: object, path: FieldPath, pod: Pod, add: Add): void {
  const selector = valueAt(fieldAt(holder, path)) as LabelSelector | undefined;
  if (!selector || !selectorMatches(selector, pod.metadata.labels)) return;
  linkLabels(holder, [...path, 'matchLabels'], pod, add);
}

function linkService(service: Service, pod: Pod, add: Add): void {
  linkLabels(service, ['spec', 'selector'], pod, add);
  for (const [i, { targetPort }] of (service.spec.ports ?? []).entries()) {
    if (typeof targetPort !== 'string') continue;
    for (const at of portNames(pod, targetPort)) {
      add(endOf(service, ['spec', 'ports', i, 'targetPort']), endOf(pod, at));
    }
  }
}

function linkLabels(holder: object, path: FieldPath, pod: Pod, add: Add): void {
  const wanted = valueAt(fieldAt(holder, path));
  if (wanted === null || typeof wanted !== 'object') return;
  for (const key of Object.keys(wanted)) {
    add(endOf(holder, [...path, key]), endOf(pod, ['metadata', 'labels', key]));
  }
}

/** Probes and hooks that name a port of their own container. */
function linkProbePorts(pod: Pod, add: Add): void {
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, container] of (pod.spec[list] ?? []).entries()) {
      for (const path of HANDLER_PORTS) {
        const at = ['spec', list, i, ...path];
        const port = valueAt(fieldAt(pod, at));
        const own = (container.ports ?? []).findIndex((it) => it.name === port);
        if (typeof port !== 'string' || own === -1) continue;
        add(endOf(pod, at), endOf(pod, ['spec', list, i, 'ports', own, 'name']));
      }
    }
  }
}

function portNames(pod: Pod, name: string): readonly FieldPath[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (pod.spec[list] ?? []).flatMap((container, i) =>
      (container.ports ?? []).flatMap((port, j) =>
        port.name === name ? [['spec', list, i, 'ports', j, 'name']] : [],
      ),
    ),
  );
}

/** The written value at a path; undefined where the server or a controller put it there. */
function endOf(root: object, path: FieldPath): LinkEnd | undefined {
  const found = locate(fieldAt(root, path)) ?? locate(keyOf(fieldAt(root, path)));
  return found?.writtenHere ? { uri: found.file.uri, range: found.range } : undefined;
}
