/**
 * Every Pod runs as a ServiceAccount that exists, and gets its token and image pull secrets.
 * Upstream: plugin/pkg/admission/serviceaccount/admission.go. The fourth source of the token
 * volume (a service CA) is not in the upstream file; the recorded control plane adds it.
 */
import type { ServiceAccount } from '../../manifest/index.ts';
import type {
  AdmissionRequest,
  MutationPlugin,
  Refusal,
  ValidationPlugin,
} from '../admission-plugin.ts';
import { getDeclared } from '../declared.ts';
import { podDraftOf, type PodDraft } from '../draft.ts';
import { forbidden } from '../request-info.ts';

const MIRROR_POD = 'kubernetes.io/config.mirror';
const ENFORCE_SECRETS = 'kubernetes.io/enforce-mountable-secrets';
const TRUE_TEXTS: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** OpenShift keeps this ConfigMap in every namespace; where it is declared, the cluster is one. */
const SERVICE_CA = 'openshift-service-ca.crt';
const VOLUME_PREFIX = 'kube-api-access-';
/** The suffix is random in a real server; this stands for it. */
const VOLUME_NAME = `${VOLUME_PREFIX}xxxxx`;

export const serviceAccount: MutationPlugin & ValidationPlugin = {
  name: 'ServiceAccount',
  kinds: ['Pod'],
  upstream: {
    path: 'plugin/pkg/admission/serviceaccount/admission.go',
    omits: ['the random suffix of the token volume', 'ephemeral containers added later'],
  },

  admit(request) {
    const pod = podDraftOf(request);
    if (!pod) return undefined;
    if (isMirror(pod)) return checkMirror(request, pod);
    if (!pod.spec.serviceAccountName) pod.spec.serviceAccountName = 'default';
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = accountOf(request, pod);
    if (!account) return missing(request, pod);
    if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
      mountToken(pod, tokenVolume(request));
    }
    if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      pod.spec.imagePullSecrets = [...account.imagePullSecrets];
    }
    // Upstream looks here already, and so before anything is validated.
    return checkSecrets(request, pod, account);
  },

  validate(request) {
    const pod = podDraftOf(request);
    if (!pod) return undefined;
    if (isMirror(pod)) return checkMirror(request, pod);
    const account = accountOf(request, pod);
    return account ? checkSecrets(request, pod, account) : missing(request, pod);
  },
};

function checkSecrets(
  request: AdmissionRequest,
  pod: PodDraft,
  account: ServiceAccount,
): Refusal | undefined {
  const enforce = account.metadata.annotations?.[ENFORCE_SECRETS] ?? '';
  if (!TRUE_TEXTS.includes(enforce)) return undefined;
  const message = unreferencedSecret(pod, account);
  return message === undefined ? undefined : forbidden(request, message);
}

function isMirror(pod: PodDraft): boolean {
  return pod.metadata.annotations?.[MIRROR_POD] !== undefined;
}

/** The controller makes `default` in every Namespace, so it need not be declared. */
function accountOf(request: AdmissionRequest, pod: PodDraft): ServiceAccount | undefined {
  const name = pod.spec.serviceAccountName ?? '';
  const declared = getDeclared(request.snapshot, 'ServiceAccount', request.namespace, name);
  if (declared || name !== 'default') return declared;
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: request.namespace },
  };
}

function missing(request: AdmissionRequest, pod: PodDraft): Refusal {
  const name = pod.spec.serviceAccountName ?? '';
  return forbidden(
    request,
    `error looking up service account ${request.namespace}/${name}: ` +
      `serviceaccount ${JSON.stringify(name)} not found`,
  );
}

function mountToken(pod: PodDraft, volume: PodVolume): void {
  const existing = pod.spec.volumes?.find((it) => it.name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? VOLUME_NAME;
  let needed = false;
  for (const it of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    if (it.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH)) continue;
    it.volumeMounts = [...(it.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
    needed = true;
  }
  if (existing || !needed) return;
  pod.spec.volumes = [...(pod.spec.volumes ?? []), volume];
}

type PodVolume = NonNullable<PodDraft['spec']['volumes']>[number];

/** What upstream projects, and behind it what an OpenShift control plane does. */
function tokenVolume({ snapshot, namespace }: AdmissionRequest): PodVolume {
  const serviceCa = getDeclared(snapshot, 'ConfigMap', namespace, SERVICE_CA);
  return {
    name: VOLUME_NAME,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [
              {
                path: 'namespace',
                fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
              },
            ],
          },
        },
        ...(serviceCa
          ? [
              {
                configMap: {
                  name: SERVICE_CA,
                  items: [{ key: 'service-ca.crt', path: 'service-ca.crt' }],
                },
              },
            ]
          : []),
      ],
      defaultMode: 0o644,
    },
  };
}

function checkMirror(request: AdmissionRequest, pod: PodDraft): Refusal | undefined {
  if (pod.spec.serviceAccountName) {
    return forbidden(request, 'a mirror pod may not reference service accounts');
  }
  const volumes = pod.spec.volumes ?? [];
  const secrets = [
    ...(pod.spec.imagePullSecrets ?? []).map((it) => it.name),
    ...[...envSecrets(pod)].map((it) => it.secret),
    ...volumes.flatMap((it) => volumeSecrets(it)),
  ];
  if (secrets.some((it) => !!it))
    return forbidden(request, 'a mirror pod may not reference secrets');
  if (volumes.some((it) => it.projected?.sources?.some((source) => source.serviceAccountToken))) {
    return forbidden(request, 'a mirror pod may not use ServiceAccountToken volume projections');
  }
  return undefined;
}

/** The Secrets that a volume names (VisitPodSecretNames of pkg/api/pod/util.go). */
function volumeSecrets(volume: PodVolume): (string | undefined)[] {
  const { cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos } = volume;
  return [
    volume.azureFile?.secretName,
    volume.secret?.secretName,
    volume.csi?.nodePublishSecretRef?.name,
    ...[cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos].map(
      (it) => it?.secretRef?.name,
    ),
    ...(volume.projected?.sources ?? []).map((it) => it.secret?.name),
  ];
}

function unreferencedSecret(pod: PodDraft, account: ServiceAccount): string | undefined {
  const { name } = account.metadata;
  const mountable = new Set((account.secrets ?? []).map((it) => it.name));
  const because = `is not allowed because service account ${name} does not reference that`;
  for (const { secret } of pod.spec.volumes ?? []) {
    if (secret && !mountable.has(secret.secretName)) {
      return `volume with secret.secretName="${secret.secretName}" ${because} secret`;
    }
  }
  for (const it of envSecrets(pod)) {
    if (mountable.has(it.secret)) continue;
    return (
      `${it.what} ${it.container} with ${it.by} referencing ` +
      `secret.secretName="${it.secret}" ${because} secret`
    );
  }
  const pullable = new Set((account.imagePullSecrets ?? []).map((it) => it.name));
  const index = (pod.spec.imagePullSecrets ?? []).findIndex((it) => !pullable.has(it.name));
  if (index < 0) return undefined;
  const secret = pod.spec.imagePullSecrets?.[index]?.name ?? '';
  return `imagePullSecrets[${index}].name="${secret}" ${because} imagePullSecret`;
}

function* envSecrets(
  pod: PodDraft,
): Generator<{ what: string; container: string; by: string; secret: string }> {
  const lists = [
    ['init container', pod.spec.initContainers],
    ['container', pod.spec.containers],
  ] as const;
  for (const [what, containers] of lists) {
    for (const container of containers ?? []) {
      for (const env of container.env ?? []) {
        const secret = env.valueFrom?.secretKeyRef?.name;
        if (secret === undefined) continue;
        yield { what, container: container.name, by: `envVar ${env.name}`, secret };
      }
      for (const { secretRef } of container.envFrom ?? []) {
        if (!secretRef) continue;
        yield { what, container: container.name, by: 'envFrom', secret: secretRef.name ?? '' };
      }
    }
  }
}
