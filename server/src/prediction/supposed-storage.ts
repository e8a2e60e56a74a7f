/**
 * Claims and classes that nobody writes down but that will be there: the StatefulSet controller's
 * claims, those of ephemeral volumes, and in an open world the ones pods name.
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import type {
  KubernetesObject,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  StorageClass,
} from '../manifest/index.ts';

/** What stands for the default class of a cluster that declares none. */
const ASSUMED_CLASS = 'assumed-default';
const DEFAULT_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';

type ClaimSpec = PersistentVolumeClaim['spec'];

/** A pod and the workload it belongs to. */
export interface OwnedPod {
  readonly pod: Pod;
  readonly owner: KubernetesObject;
}

interface SupposedClaim {
  readonly name: string;
  readonly spec: ClaimSpec;
  /** The pod whose ephemeral volume it is. */
  readonly madeFor?: Pod;
}

/** The claims and classes to add to a world, so that its pods can be placed. */
export function supposedStorage(
  pods: readonly OwnedPod[],
  snapshot: ClusterSnapshot,
  closed: boolean,
): readonly KubernetesObject[] {
  const added = new Map<string, KubernetesObject>();
  for (const { pod, owner } of pods) {
    const namespace = pod.metadata.namespace || 'default';
    for (const { name, spec, madeFor } of claimsOf(pod, owner, closed)) {
      if (snapshot.get('PersistentVolumeClaim', namespace, name)) continue;
      const className = spec?.storageClassName ?? defaultClass(snapshot);
      added.set(
        `${namespace}/${name}`,
        claim({ name, namespace, ...ownedBy(madeFor) }, { ...spec, storageClassName: className }),
      );
      if (!snapshot.get('StorageClass', '', className))
        added.set(className, assumedClass(className));
    }
  }
  // A declared claim may name a class that nobody declared.
  for (const { spec } of closed ? [] : snapshot.list('PersistentVolumeClaim')) {
    const name = spec?.storageClassName;
    if (name && !snapshot.get('StorageClass', '', name)) added.set(name, assumedClass(name));
  }
  return [...added.values()];
}

function claimsOf(pod: Pod, owner: KubernetesObject, closed: boolean) {
  const templates =
    owner.kind === 'StatefulSet'
      ? ((owner as unknown as StatefulSet).spec.volumeClaimTemplates ?? [])
      : [];
  const claims: SupposedClaim[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const named = volume.persistentVolumeClaim?.claimName;
    if (volume.ephemeral?.volumeClaimTemplate) {
      const { spec } = volume.ephemeral.volumeClaimTemplate;
      claims.push({ name: `${pod.metadata.name}-${volume.name}`, spec, madeFor: pod });
    } else if (named !== undefined) {
      const template = templates.find((it) => it.metadata?.name === volume.name);
      if (template) claims.push({ name: named, spec: template.spec });
      else if (!closed) claims.push({ name: named, spec: undefined });
    }
  }
  return claims;
}

function defaultClass(snapshot: ClusterSnapshot): string {
  const declared = snapshot
    .list('StorageClass')
    .find((it) => it.metadata.annotations?.[DEFAULT_ANNOTATION] === 'true');
  return declared?.metadata.name ?? ASSUMED_CLASS;
}

/** A claim of an ephemeral volume is its pod's alone, and says so. */
function ownedBy(pod: Pod | undefined): Partial<KubernetesObject['metadata']> {
  if (!pod) return {};
  const { name, uid = '' } = pod.metadata;
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }] };
}

function claim(metadata: KubernetesObject['metadata'], spec: object): KubernetesObject {
  const object = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  };
  return object;
}

function assumedClass(name: string): KubernetesObject {
  const object: StorageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'assumed',
    volumeBindingMode: 'WaitForFirstConsumer',
  };
  return object;
}
