/** The ConfigMaps, Secrets and claims that a pod names, and who makes those that nobody writes. */
import type { ClusterSnapshot } from '../../cluster/index.ts';
import {
  each,
  field,
  type Citable,
  type Container,
  type FieldCursor,
  type KubernetesObject,
  type Pod,
} from '../../manifest/index.ts';

/** One reference of a pod to an object of its namespace. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';
  readonly name: string;
  /** The one key that is asked for. */
  readonly key: string | undefined;
  readonly optional: boolean;
  /** Environment is read when a container is made; volumes follow the object. */
  readonly by: 'env' | 'volume';
  /** Whose environment it is. */
  readonly container?: string;
  /** The place of the name. */
  readonly at: Citable;
  readonly keyAt: Citable | undefined;
  /** Where `optional` stands. */
  readonly optionalAt: Citable | undefined;
}

/** Everything a pod reads, in the order it is written: containers, then volumes. */
export function configReferences(pod: Pod): readonly ConfigReference[] {
  const at = field(pod).spec;
  return [
    ...[...each(at.initContainers), ...each(at.containers)].flatMap(([{ name }, it]) =>
      fromContainer(name, it),
    ),
    ...fromVolumes(pod),
  ];
}

interface Named {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

function reference(
  kind: ConfigReference['kind'],
  by: ConfigReference['by'],
  ref: Named | undefined,
  at: FieldCursor<Omit<Named, 'key'> | undefined>,
  keyAt?: Citable,
): ConfigReference[] {
  if (!ref?.name) return [];
  const { name, key, optional = false } = ref;
  return [{ kind, by, name, key, optional, at: at.name, keyAt, optionalAt: at.optional }];
}

function fromContainer(container: string, at: FieldCursor<Container>): ConfigReference[] {
  const found: ConfigReference[] = [];
  for (const [{ configMapRef, secretRef }, it] of each(at.envFrom)) {
    found.push(...reference('ConfigMap', 'env', configMapRef, it.configMapRef));
    found.push(...reference('Secret', 'env', secretRef, it.secretRef));
  }
  for (const [{ valueFrom }, { valueFrom: it }] of each(at.env)) {
    const { configMapKeyRef: map, secretKeyRef: secret } = valueFrom ?? {};
    const { configMapKeyRef: mapAt, secretKeyRef: secretAt } = it;
    found.push(...reference('ConfigMap', 'env', map, mapAt, mapAt.key));
    found.push(...reference('Secret', 'env', secret, secretAt, secretAt.key));
  }
  return found.map((it) => ({ ...it, container }));
}

function fromVolumes(pod: Pod): ConfigReference[] {
  const found: ConfigReference[] = [];
  const plain = { key: undefined, by: 'volume', keyAt: undefined } as const;
  for (const [volume, at] of each(field(pod).spec.volumes)) {
    const { secret, persistentVolumeClaim: claim } = volume;
    found.push(...reference('ConfigMap', 'volume', volume.configMap, at.configMap));
    if (secret?.secretName) {
      const { secretName: name, optional = false } = secret;
      const { secretName, optional: optionalAt } = at.secret;
      found.push({ ...plain, kind: 'Secret', name, optional, at: secretName, optionalAt });
    }
    for (const [source, it] of each(at.projected.sources)) {
      found.push(...reference('ConfigMap', 'volume', source.configMap, it.configMap));
      found.push(...reference('Secret', 'volume', source.secret, it.secret));
    }
    if (claim) {
      const { claimName } = at.persistentVolumeClaim;
      const kind = 'PersistentVolumeClaim' as const;
      const parts = { kind, name: claim.claimName, optional: false, optionalAt: undefined };
      found.push({ ...plain, ...parts, at: claimName });
    }
  }
  return found;
}

/** Objects every namespace is given by a controller. */
const GIVEN = new Set([
  'kube-root-ca.crt',
  'openshift-service-ca.crt',
  'istio-ca-root-cert',
  'linkerd-identity-trust-roots',
]);

/** Whether a controller of every cluster, or of a usual mesh, writes the object. */
export function isGiven({ kind, name }: ConfigReference): boolean {
  return kind === 'ConfigMap' && GIVEN.has(name);
}

/** The declared custom resource whose controller writes a Secret or ConfigMap. */
export function producerOf(
  { kind, name }: Pick<ConfigReference, 'kind' | 'name'>,
  namespace: string,
  snapshot: ClusterSnapshot,
): KubernetesObject | undefined {
  return PRODUCERS.filter((it) => it.makes === kind)
    .flatMap((it) =>
      snapshot.listUntyped(it.kind).filter((object) => {
        const own = object.metadata.namespace ?? 'default';
        return own === namespace && nameMade(object, it.path) === name;
      }),
    )
    .at(0);
}

/** Kinds whose controllers write Secrets, and where they say its name; their own where nowhere. */
const PRODUCERS: readonly {
  readonly kind: string;
  readonly makes: ConfigReference['kind'];
  readonly path: readonly string[];
}[] = [
  { kind: 'Certificate', makes: 'Secret', path: ['secretName'] },
  { kind: 'ExternalSecret', makes: 'Secret', path: ['target', 'name'] },
  { kind: 'SealedSecret', makes: 'Secret', path: ['template', 'metadata', 'name'] },
  { kind: 'VaultStaticSecret', makes: 'Secret', path: ['destination', 'name'] },
  { kind: 'VaultDynamicSecret', makes: 'Secret', path: ['destination', 'name'] },
  { kind: 'OnePasswordItem', makes: 'Secret', path: [] },
  { kind: 'Bundle', makes: 'ConfigMap', path: [] },
];

function nameMade(object: KubernetesObject, path: readonly string[]): string {
  let at: unknown = path.length === 0 ? undefined : (object as { spec?: unknown }).spec;
  for (const step of path) {
    at = at !== null && typeof at === 'object' ? (at as Record<string, unknown>)[step] : undefined;
  }
  return typeof at === 'string' && at !== '' ? at : object.metadata.name;
}
