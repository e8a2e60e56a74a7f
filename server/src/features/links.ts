/**
 * How the objects of a workspace point at each other: names, labels and port names. Definition,
 * references and rename are all read off these links.
 */
import { serviceSelects } from '../endpoints/index.ts';
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
import type { Prediction, WorkloadPrediction } from '../prediction/index.ts';
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

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

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
  }
  for (const workload of prediction.workloads) {
    const { pod } = workload;
    if (!pod) continue;
    for (const [pattern, kind] of POD_NAME_FIELDS) {
      linkNames(prediction, pod, workload.object, pattern, kind, add);
    }
    linkOwnSelector(workload, pod, add);
    linkProbePorts(pod, add);
    for (const service of prediction.snapshot.list('Service', workload.namespace)) {
      if (serviceSelects(service, pod)) linkService(service, pod, add);
    }
    for (const budget of workload.budgets) {
      linkLabels(budget, ['spec', 'selector', 'matchLabels'], pod, add);
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

/** The labels of a workload's own selector. */
function linkOwnSelector({ object }: WorkloadPrediction, pod: Pod, add: Add): void {
  const selector = valueAt(fieldAt(object, ['spec', 'selector'])) as LabelSelector | undefined;
  if (selector && selectorMatches(selector, pod.metadata.labels)) {
    linkLabels(object, ['spec', 'selector', 'matchLabels'], pod, add);
  }
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
      for (const probe of PROBES) {
        for (const kind of ['httpGet', 'tcpSocket'] as const) {
          const port = container[probe]?.[kind]?.port;
          const own = (container.ports ?? []).findIndex((it) => it.name === port);
          if (typeof port !== 'string' || own === -1) continue;
          add(
            endOf(pod, ['spec', list, i, probe, kind, 'port']),
            endOf(pod, ['spec', list, i, 'ports', own, 'name']),
          );
        }
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
