/**
 * Since when the API has a field, for the fields that 1.28 did not have or did not keep. From the
 * changelogs of Kubernetes and the enhancement proposals (KEPs) of the features.
 */

/**
 * Minor versions of Kubernetes 1: the first that knows the field, and the first that keeps it.
 * In between the server takes the field and silently leaves it out, as its feature is off.
 */
type Since = readonly [known: number, kept: number];

const FIELDS: Readonly<Record<string, Readonly<Record<string, Since>> | undefined>> = {
  CoreV1Container: {
    restartPolicy: [28, 29],
    resizePolicy: [27, 33],
    restartPolicyRules: [34, 35],
  },
  CoreV1Lifecycle: { stopSignal: [33, 33] },
  CoreV1LifecycleHandler: { sleep: [29, 30] },
  CoreV1PodSpec: {
    hostUsers: [25, 33],
    hostnameOverride: [34, 35],
    resourceClaims: [26, 34],
    resources: [32, 34],
  },
  CoreV1PodSecurityContext: {
    appArmorProfile: [30, 30],
    seLinuxChangePolicy: [32, 33],
    supplementalGroupsPolicy: [31, 33],
  },
  CoreV1SecurityContext: { appArmorProfile: [30, 30] },
  CoreV1PodAffinityTerm: { matchLabelKeys: [29, 31], mismatchLabelKeys: [29, 31] },
  CoreV1VolumeMount: { recursiveReadOnly: [30, 31] },
  CoreV1Volume: { image: [31, 35] },
  CoreV1VolumeProjection: { clusterTrustBundle: [29, 29], podCertificate: [34, 34] },
  CoreV1EnvVarSource: { fileKeyRef: [34, 35] },
  CoreV1ResourceClaim: { request: [31, 31] },
  CoreV1PersistentVolumeClaimSpec: { volumeAttributesClassName: [29, 34] },
  CoreV1ServiceSpec: { trafficDistribution: [30, 31] },
  BatchV1JobSpec: {
    backoffLimitPerIndex: [28, 29],
    managedBy: [30, 32],
    maxFailedIndexes: [28, 29],
    podReplacementPolicy: [28, 29],
    successPolicy: [30, 31],
  },
};

/** The version whose API the structure describes. */
const NEWEST_MINOR = 36;

/** What an API server of an older version makes of a field. */
export function fieldInVersion(type: string, name: string, minor: number): FieldInVersion {
  const since = FIELDS[type];
  const found = since && Object.hasOwn(since, name) ? since[name] : undefined;
  if (!found || minor >= NEWEST_MINOR) return 'kept';
  const [known, kept] = found;
  return minor < known ? 'unknown' : minor < kept ? 'left out' : 'kept';
}

export type FieldInVersion = 'unknown' | 'left out' | 'kept';

/** The minor version of a text such as `1.30` or `v1.30.2`; the newest where it has none. */
export function minorVersion(kubernetesVersion: string | undefined): number {
  const match = /^v?1\.(\d{1,3})/.exec(kubernetesVersion ?? '');
  return match ? Number(match[1]) : NEWEST_MINOR;
}
