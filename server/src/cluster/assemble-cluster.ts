/**
 * From the manifests of a workspace to the world they declare, as written. What every cluster has
 * and nobody writes down (namespaces' default accounts, system priority classes) is put in; what
 * had to be supposed is listed.
 */
import {
  LIMITS,
  originOf,
  type KubernetesObject,
  type Manifest,
  type Problem,
} from '../manifest/index.ts';
import { uriName } from '../source/index.ts';
import { ClusterSnapshot } from './cluster-snapshot.ts';
import { DEFAULT_NODES, SYSTEM_PRIORITY_CLASSES } from './default-cluster.ts';
import { isClusterScoped, keyOfObject, namespaceOf, type ObjectKey } from './object-key.ts';

/** The declared world. */
export interface DeclaredCluster {
  readonly snapshot: ClusterSnapshot;
  /** No Node is declared, so the embedded cluster stands in. */
  readonly usesDefaultNodes: boolean;
  /** Objects nobody declared but somebody names; assumed to exist. */
  readonly supposed: ReadonlySet<ObjectKey>;
  /** All that nobody declared; the same objects as in the world before where they are alike. */
  readonly assumed: ReadonlyMap<ObjectKey, KubernetesObject>;
  /** Duplicate names, by document. */
  readonly problems: readonly ClusterProblem[];
}

/** A problem and the manifest it is about. */
export interface ClusterProblem {
  readonly manifest: Manifest;
  readonly problem: Omit<Problem, 'range'>;
}

/**
 * Puts a world together. `closed`: what is not declared does not exist. With `previous`, what is
 * the same as in that world is the same object.
 */
export function assembleCluster(
  objects: readonly KubernetesObject[],
  manifestOf: (object: KubernetesObject) => Manifest | undefined,
  closed: boolean,
  previous?: DeclaredCluster,
): DeclaredCluster {
  const byKey = new Map<ObjectKey, KubernetesObject>();
  const problems: ClusterProblem[] = [];
  for (const object of objects.slice(0, LIMITS.objects)) {
    const key = keyOfObject(object);
    const first = byKey.get(key);
    if (!first) {
      byKey.set(key, object);
      continue;
    }
    const manifest = manifestOf(object);
    if (manifest) problems.push({ manifest, problem: duplicateProblem(object, first) });
  }
  const supposed = new Set<ObjectKey>();
  const assumed = new Map<ObjectKey, KubernetesObject>();
  const suppose = (object: KubernetesObject, known = false) => {
    const key = keyOfObject(object);
    if (byKey.has(key)) return;
    const before = previous?.assumed.get(key);
    const kept = before && JSON.stringify(before) === JSON.stringify(object) ? before : object;
    byKey.set(key, kept);
    assumed.set(key, kept);
    if (!known) supposed.add(key);
  };
  for (const it of SYSTEM_PRIORITY_CLASSES) suppose(it, true);
  supposeNamespaces([...byKey.values()], suppose, closed);
  const usesDefaultNodes = ![...byKey.values()].some((it) => it.kind === 'Node');
  if (usesDefaultNodes) for (const it of DEFAULT_NODES) suppose(it);
  if (!closed) supposeReferences([...byKey.values()], suppose);
  const place = { role: 'declared', previous: previous?.snapshot } as const;
  const snapshot = new ClusterSnapshot(byKey.values(), place);
  return { snapshot, usesDefaultNodes, supposed, assumed, problems };
}

function duplicateProblem(
  object: KubernetesObject,
  first: KubernetesObject,
): Omit<Problem, 'range'> {
  const where = originOf(first)?.document.file.uri;
  const { name } = object.metadata;
  return {
    code: 'duplicate-object',
    severity: 'information',
    message: `${object.kind} "${name}" is declared twice${isClusterScoped(object.kind ?? '') ? '' : ` in namespace "${namespaceOf(object)}"`}; where others refer to it, the first counts${where ? ` (in ${uriName(where)})` : ''}`,
    path: ['metadata', 'name'],
  };
}

type Suppose = (object: KubernetesObject, known?: boolean) => void;

/** Every namespace that is used, and the account each namespace is given by its controller. */
function supposeNamespaces(
  objects: readonly KubernetesObject[],
  suppose: Suppose,
  closed: boolean,
): void {
  const declared = objects.filter((it) => it.kind === 'Namespace').map((it) => it.metadata.name);
  const inNamespaces = objects.filter((it) => !isClusterScoped(it.kind ?? ''));
  const used = new Set(inNamespaces.map(namespaceOf));
  for (const name of ['default', 'kube-system', ...(closed ? [] : used)]) {
    suppose(
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      },
      name === 'default' || name === 'kube-system',
    );
  }
  for (const namespace of new Set([...declared, ...used, 'default'])) {
    const metadata = { name: 'default', namespace };
    suppose({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, true);
  }
}

/** What pods name and the API server insists on. */
function supposeReferences(objects: readonly KubernetesObject[], suppose: Suppose): void {
  for (const object of objects) {
    const spec = podSpecOf(object);
    if (!spec) continue;
    const namespace = namespaceOf(object);
    const { serviceAccountName, serviceAccount, priorityClassName, runtimeClassName } = spec;
    for (const name of [serviceAccountName, serviceAccount]) {
      if (typeof name !== 'string' || name === '') continue;
      suppose({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
    }
    if (typeof priorityClassName === 'string' && priorityClassName !== '') {
      const metadata = { name: priorityClassName };
      const it = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value: 0 };
      suppose(it);
    }
    if (typeof runtimeClassName === 'string' && runtimeClassName !== '') {
      const metadata = { name: runtimeClassName };
      const it = {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata,
        handler: runtimeClassName,
      };
      suppose(it);
    }
  }
}

/** The way from a workload's root to its pod template, by kind; undefined for kinds without pods. */
export function templatePath(kind: string): readonly string[] | undefined {
  switch (kind) {
    case 'Pod':
      return [];
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
    case 'ReplicationController':
      return ['spec', 'template'];
    case 'CronJob':
      return ['spec', 'jobTemplate', 'spec', 'template'];
    default:
      return undefined;
  }
}

function podSpecOf(object: KubernetesObject): Record<string, unknown> | undefined {
  const path = templatePath(object.kind ?? '');
  if (!path) return undefined;
  let at: unknown = object;
  for (const step of [...path, 'spec']) {
    if (at === null || typeof at !== 'object') return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at !== null && typeof at === 'object' ? (at as Record<string, unknown>) : undefined;
}
