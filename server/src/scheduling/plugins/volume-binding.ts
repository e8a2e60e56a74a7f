/**
 * Keeps a pod off nodes its volumes cannot reach, and picks volumes for claims that wait for it.
 */
import type { NodeFacts, PodInfo } from '../../cluster/index.ts';
import {
  field,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from '../../manifest/index.ts';
import {
  Refusal,
  SKIP,
  SUCCESS,
  unresolvable,
  type FilterPlugin,
  type PreFilterPlugin,
} from '../framework.ts';
import { claimState } from '../claims.ts';
import type { AssumedClaim, SchedulingSnapshot } from '../scheduling-snapshot.ts';
import { hasEnoughCapacity } from '../storage-capacity.ts';
import {
  claimOf,
  claimVolumes,
  classProvisionsFor,
  pickVolume,
  storageOf,
  volumeCandidates,
  volumeReaches,
  type VolumeCandidates,
} from '../volumes.ts';

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE = 'node(s) did not have enough free storage';
const VOLUME_MISSING = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

interface BoundClaim {
  readonly claim: PersistentVolumeClaim;
  /** Undefined where there is no volume of that name. */
  readonly volume: PersistentVolume | undefined;
}

interface BindingState {
  readonly snapshot: SchedulingSnapshot;
  readonly bound: readonly BoundClaim[];
  /** Claims that wait for a node. */
  readonly delayed: readonly DelayedClaim[];
}

interface DelayedClaim {
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass;
  readonly candidates: VolumeCandidates;
}

/** The volume of each claim on a node; null for one to be provisioned. */
type Choice = ReadonlyMap<PersistentVolumeClaim, PersistentVolume | null>;

export const volumeBinding = {
  name: 'VolumeBinding',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/volumebinding/',
    omits: [
      'in-tree volumes that are migrated to CSI',
      'the score by capacity, whose feature gate is off',
    ],
  },

  preFilter(pod, snapshot) {
    const bound: BoundClaim[] = [];
    const delayed: DelayedClaim[] = [];
    let immediate: PersistentVolumeClaim | undefined;
    const volumes = claimVolumes(pod);
    if (volumes.length === 0) return SKIP;
    for (const it of volumes) {
      const claim = claimOf(snapshot, pod, it);
      const refusal = claimRefusal(claim, it.claimName, it.ephemeral, pod);
      if (refusal) return refusal;
      if (!claim) continue;
      const state = claimState(snapshot, claim);
      if (state.kind === 'bound') bound.push({ claim, volume: state.volume });
      else if (state.kind === 'delayed') {
        const candidates = volumeCandidates(snapshot, claim);
        delayed.push({ claim, storageClass: state.storageClass, candidates });
      } else if (state.kind === 'unbound') immediate ??= claim;
    }
    if (immediate) {
      const claim = immediate;
      return unresolvable('pod has unbound immediate PersistentVolumeClaims', () => ({
        message:
          `The claim ${claim.metadata.name} is not bound to a volume, ` +
          'and its class does not wait for a pod.',
        cites: [field(pod.pod).spec.volumes, field(claim).spec],
      }));
    }
    delayed.sort((a, b) => compare(requestOf(a.claim), requestOf(b.claim)));
    return { state: { snapshot, bound, delayed } };
  },

  filter({ pod }, { facts }, { snapshot, bound, delayed }) {
    const reasons: string[] = [];
    // The first claim that cannot be had is the last one looked at.
    const lost = firstOf(bound, (it) => boundProblem(it, facts));
    if (lost === NODE_CONFLICT) reasons.push(lost);
    const choice = chooseVolumes(snapshot, delayed, facts);
    if (typeof choice === 'string') reasons.push(choice);
    if (lost === VOLUME_MISSING) reasons.push(lost);
    if (reasons.length === 0) return SUCCESS;
    return new Refusal('UnschedulableAndUnresolvable', reasons, () => ({
      message: `The pod's volumes cannot be had on ${facts.name}: ${reasons.join(', ')}.`,
      cites: [
        field(pod).spec.volumes,
        ...[...bound, ...delayed].map((it) => field(it.claim).spec),
        field(facts.node).metadata.labels,
      ],
    }));
  },
} satisfies PreFilterPlugin<BindingState> & FilterPlugin<BindingState>;

/** What a pod placed on a node will take: claims of a snapshot that other pods must respect. */
export function assumedClaims(
  pod: PodInfo,
  snapshot: SchedulingSnapshot,
  nodeName: string,
): ReadonlyMap<string, AssumedClaim> {
  const assumed = new Map<string, AssumedClaim>();
  const facts = snapshot.node(nodeName)?.facts;
  const outcome = pod.claims.length === 0 ? SKIP : volumeBinding.preFilter(pod, snapshot);
  if (!facts || !('state' in outcome)) return assumed;
  const choice = chooseVolumes(snapshot, outcome.state.delayed, facts);
  if (typeof choice === 'string') return assumed;
  for (const [claim, volume] of choice) {
    assumed.set(`${pod.namespace}/${claim.metadata.name}`, {
      nodeName,
      ...(volume ? { volumeName: volume.metadata.name } : {}),
    });
  }
  return assumed;
}

function claimRefusal(
  claim: PersistentVolumeClaim | undefined,
  name: string,
  ephemeral: boolean,
  { pod }: PodInfo,
): Refusal | undefined {
  const refuse = (reason: string): Refusal =>
    unresolvable(reason, () => ({
      message: `The pod cannot be placed: ${reason}.`,
      cites: [field(pod).spec.volumes, ...(claim ? [field(claim).metadata.name] : [])],
    }));
  if (!claim) {
    return refuse(
      ephemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
        : `persistentvolumeclaim "${name}" not found`,
    );
  }
  if (claim.status?.phase === 'Lost') {
    const volume = claim.spec?.volumeName ?? '';
    return refuse(
      `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volume}"`,
    );
  }
  if (claim.metadata.deletionTimestamp) {
    return refuse(`persistentvolumeclaim "${name}" is being deleted`);
  }
  if (ephemeral && !isOwnedBy(claim, pod)) {
    const namespace = pod.metadata.namespace || 'default';
    return refuse(
      `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} ` +
        '(pod is not owner)',
    );
  }
  return undefined;
}

/** Pods of a template have no uid yet: there the owner is told by its name. */
function isOwnedBy({ metadata }: PersistentVolumeClaim, { metadata: pod }: Pod): boolean {
  const owner = metadata.ownerReferences?.find((it) => it.controller);
  if (!owner) return false;
  return pod.uid ? owner.uid === pod.uid : owner.kind === 'Pod' && owner.name === pod.name;
}

function firstOf<T, R>(all: readonly T[], of: (it: T) => R | undefined): R | undefined {
  for (const it of all) {
    const found = of(it);
    if (found !== undefined) return found;
  }
  return undefined;
}

function boundProblem({ volume }: BoundClaim, node: NodeFacts): string | undefined {
  if (!volume) return VOLUME_MISSING;
  return volumeReaches(volume, node) ? undefined : NODE_CONFLICT;
}

/** A volume, or provisioning, for each claim on a node; upstream's reason where one finds neither. */
function chooseVolumes(
  snapshot: SchedulingSnapshot,
  claims: readonly DelayedClaim[],
  node: NodeFacts,
): Choice | string {
  const chosen = new Map<PersistentVolumeClaim, PersistentVolume | null>();
  const taken = new Set<string>();
  for (const it of snapshot.assumedClaims.values()) if (it.volumeName) taken.add(it.volumeName);
  const toProvision: DelayedClaim[] = [];
  for (const it of claims) {
    const volume = chooseVolume(snapshot, it, node, taken);
    if (typeof volume === 'string') return volume;
    if (volume) {
      taken.add(volume.metadata.name);
      chosen.set(it.claim, volume);
    } else {
      toProvision.push(it);
    }
  }
  for (const { claim, storageClass } of toProvision) {
    if (!classProvisionsFor(storageClass, node)) return BIND_CONFLICT;
    if (!hasEnoughCapacity(snapshot, claim, storageClass, node)) return NO_SPACE;
    chosen.set(claim, null);
  }
  return chosen;
}

/** An existing volume for a claim on a node; undefined where one has to be provisioned. */
function chooseVolume(
  { assumedClaims, cluster }: SchedulingSnapshot,
  { claim, candidates }: DelayedClaim,
  node: NodeFacts,
  taken: ReadonlySet<string>,
): PersistentVolume | string | undefined {
  const key = `${claim.metadata.namespace || 'default'}/${claim.metadata.name}`;
  const assumed = assumedClaims.get(key);
  if (assumed?.volumeName) {
    const volume = cluster.get('PersistentVolume', '', assumed.volumeName);
    return !volume || volumeReaches(volume, node) ? volume : BIND_CONFLICT;
  }
  const selected = assumed?.nodeName ?? claim.metadata.annotations?.[SELECTED_NODE];
  if (selected === undefined) return pickVolume(candidates, node, taken);
  return selected === node.name ? undefined : BIND_CONFLICT;
}

function requestOf(claim: PersistentVolumeClaim): bigint {
  return storageOf(claim.spec?.resources?.requests);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
