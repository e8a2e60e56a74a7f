/** Keeps a pod off nodes outside the zone or region its bound volumes are labelled with. */
import type { PodInfo } from '../../cluster/index.ts';
import { field, type PersistentVolume } from '../../manifest/index.ts';
import {
  SKIP,
  SUCCESS,
  unresolvable,
  type FilterPlugin,
  type PreFilterPlugin,
  type Refusal,
} from '../framework.ts';
import { claimState } from '../claims.ts';
import type { SchedulingSnapshot } from '../scheduling-snapshot.ts';
import { claimVolumes, classNameOf, findClaim } from '../volumes.ts';

const GA_OF_BETA: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
};
const TOPOLOGY_LABELS = [...Object.keys(GA_OF_BETA), ...Object.values(GA_OF_BETA)];
/** Between the zones of one label. */
const ZONE_DELIMITER = '__';

interface VolumeTopology {
  readonly volume: PersistentVolume;
  readonly key: string;
  readonly values: readonly string[];
}

export const volumeZone = {
  name: 'VolumeZone',
  upstream: { path: 'pkg/scheduler/framework/plugins/volumezone/volume_zone.go' },

  preFilter(pod, snapshot) {
    const topologies: VolumeTopology[] = [];
    for (const { claimName, ephemeral } of claimVolumes(pod)) {
      if (ephemeral) continue;
      const found = topologiesOf(pod, claimName, snapshot);
      if (!Array.isArray(found)) return found;
      topologies.push(...found);
    }
    return topologies.length === 0 ? SKIP : { state: topologies };
  },

  filter({ pod }, { facts }, topologies) {
    const { labels } = facts;
    if (!TOPOLOGY_LABELS.some((it) => Object.hasOwn(labels, it))) return SUCCESS;
    for (const { volume, key, values } of topologies) {
      const value = labels[key] ?? labels[GA_OF_BETA[key] ?? key];
      if (value !== undefined && values.includes(value)) continue;
      return unresolvable('node(s) had no available volume zone', () => ({
        message:
          `The volume ${volume.metadata.name} is in ${key}=${values.join(', ')}, ` +
          `and ${facts.name} is not.`,
        cites: [field(pod).spec.volumes, field(volume).metadata.labels],
      }));
    }
    return SUCCESS;
  },
} satisfies PreFilterPlugin<readonly VolumeTopology[]> & FilterPlugin<readonly VolumeTopology[]>;

function topologiesOf(
  { pod, namespace }: PodInfo,
  claimName: string,
  snapshot: SchedulingSnapshot,
): VolumeTopology[] | Refusal {
  const refuse = (reason: string): Refusal =>
    unresolvable(reason, () => ({
      message: `The zone of the claim ${claimName} cannot be told: ${reason}.`,
      cites: [field(pod).spec.volumes],
    }));
  const claim = findClaim(snapshot, namespace, claimName);
  if (!claim) return refuse(`persistentvolumeclaim "${claimName}" not found`);
  const state = claim.status?.phase === undefined ? claimState(snapshot, claim) : undefined;
  if (state?.kind === 'provisioned' || state?.kind === 'delayed') return [];
  const settled = state?.kind === 'bound' ? state.volume?.metadata.name : undefined;
  const volumeName = claim.spec?.volumeName ?? settled;
  if (!volumeName) {
    const className = classNameOf(claim);
    if (!className) return refuse('PersistentVolumeClaim had no pv name and storageClass name');
    const storageClass = snapshot.cluster.get('StorageClass', '', className);
    if (!storageClass) {
      return refuse(`storageclass.storage.k8s.io "${className}" not found`);
    }
    // A claim that waits for a node has no zone yet.
    if (storageClass.volumeBindingMode === 'WaitForFirstConsumer') return [];
    return refuse('PersistentVolume had no name');
  }
  const volume = snapshot.cluster.get('PersistentVolume', '', volumeName);
  if (!volume) return refuse(`persistentvolume "${volumeName}" not found`);
  const labels = volume.metadata.labels ?? {};
  return TOPOLOGY_LABELS.filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ volume, key, values: zonesOf(labels[key] ?? '') }))
    .filter((it) => !it.values.includes(''));
}

/** The zones of a label; one with an empty zone among them is not looked at. */
function zonesOf(label: string): readonly string[] {
  return label.split(ZONE_DELIMITER).map((it) => it.trim());
}
