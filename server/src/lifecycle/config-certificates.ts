/**
 * Proofs about configuration: that all replicas read the same, and that it is there before they do.
 * Follows pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables): a reference that is not optional
 * holds the container back until the object exists.
 */
import type { Certificate } from './certificate.ts';
import type { PodModel } from './lifecycle-input.ts';

/** What is proved of the ConfigMaps and Secrets a pod reads. */
export function configCertificates(model: PodModel): readonly Certificate[] {
  return [...frozenConfig(model), ...configFirst(model)];
}

/** All replicas run with the same configuration: it cannot change, or a change makes new pods. */
function frozenConfig({ pod, at, snapshot }: PodModel): Certificate[] {
  const namespace = pod.metadata.namespace ?? 'default';
  const names = [...new Map(references(pod.spec).map((it) => [it.kind + it.name, it])).values()];
  if (names.length === 0) return [];
  const parts = {
    id: 'cert-config',
    subject: undefined,
    claim: 'all replicas of one template run with the same configuration',
    marginSeconds: undefined,
  } as const;
  const frozen = names.every(
    ({ kind, name }) => snapshot.get(kind, namespace, name)?.immutable === true,
  );
  if (frozen) {
    return [
      {
        ...parts,
        because: names.map(({ kind, name }) => `${kind} ${name} is immutable`),
        assumptions: ['nobody deletes it and makes another of the same name'],
        cites: [at.spec.containers],
      },
    ];
  }
  const checksum = Object.keys(pod.metadata.annotations ?? {}).find((it) =>
    /(^|\/)checksum[/-]|\/(config|secret)-(checksum|hash)$/.test(it),
  );
  if (checksum === undefined) return [];
  return [
    {
      ...parts,
      because: [`the annotation ${checksum} changes with it, and so makes new pods`],
      assumptions: ['the annotation covers every ConfigMap and Secret the pod reads'],
      cites: [at.metadata.annotations],
    },
  ];
}

/** Nothing starts before the configuration it names exists: the kubelet waits for it. */
function configFirst({ pod, at }: PodModel): Certificate[] {
  const all = references(pod.spec);
  if (all.length === 0 || all.some((it) => it.optional)) return [];
  const names = [...new Set(all.map((it) => `${it.kind} ${it.name}`))];
  return [
    {
      id: 'cert-order',
      subject: undefined,
      claim: 'no container starts before the configuration it names exists',
      because: [
        `${names.join(', ')}: no reference is optional`,
        'the kubelet creates no container and mounts no volume before what it names is there',
      ],
      marginSeconds: undefined,
      assumptions: [],
      cites: [at.spec.containers],
    },
  ];
}

interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly optional: boolean;
}

/** The cluster's own certificates: admission puts them beside every token, and no user names them. */
const BESIDE_TOKENS: readonly unknown[] = ['kube-root-ca.crt', 'openshift-service-ca.crt'];

/** The ConfigMaps and Secrets that a pod reads. */
function references(spec: PodModel['pod']['spec']): readonly Reference[] {
  const found: Reference[] = [];
  const add = (kind: Reference['kind'], name: string | undefined, optional = false) => {
    if (name) found.push({ kind, name, optional });
  };
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    add('ConfigMap', configMap?.name, configMap?.optional);
    add('Secret', secret?.secretName, secret?.optional);
    for (const it of projected?.sources ?? []) {
      const { configMap: map, secret } = it;
      if (!BESIDE_TOKENS.includes(map?.name)) add('ConfigMap', map?.name, map?.optional);
      add('Secret', secret?.name, secret?.optional);
    }
  }
  for (const { env, envFrom } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const { valueFrom } of env ?? []) {
      const { configMapKeyRef: map, secretKeyRef: secret } = valueFrom ?? {};
      add('ConfigMap', map?.name, map?.optional);
      add('Secret', secret?.name, secret?.optional);
    }
    for (const { configMapRef: map, secretRef: secret } of envFrom ?? []) {
      add('ConfigMap', map?.name, map?.optional);
      add('Secret', secret?.name, secret?.optional);
    }
  }
  return found;
}
