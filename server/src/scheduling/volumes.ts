/**
 * Claims and volumes as the scheduler's volume plugins read them.
 * Follows pkg/scheduler/framework/plugins/volumebinding/binder.go,
 * staging/src/k8s.io/component-helpers/storage/volume/pv_helpers.go and
 * pkg/controller/volume/persistentvolume/util/util.go (FindMatchingVolume).
 */
import type { NodeFacts, PodInfo } from '../cluster/index.ts';
import {
  field,
  parseQuantity,
  selectorMatches,
  type Citable,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
} from '../manifest/index.ts';
import { nodeSelectorTermsMatch } from './node-selector.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
/** The provisioner of classes whose volumes are made by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** A volume of a pod that stands for a claim. */
export interface ClaimVolume {
  readonly claimName: string;
  /** Made by the ephemeral volume controller for this pod alone. */
  readonly ephemeral: boolean;
  /** What the claim of an ephemeral volume is made of. */
  readonly template?: Pick<PersistentVolumeClaim, 'spec'>;
  /** Where the pod names it. */
  readonly place: Citable;
}

/** The claims a pod's volumes name, in their order. */
export function claimVolumes({ pod, name }: PodInfo): readonly ClaimVolume[] {
  const found: ClaimVolume[] = [];
  (pod.spec.volumes ?? []).forEach((volume, i) => {
    const place = field(pod).spec.volumes[i] ?? field(pod).spec.volumes;
    const claim = volume.persistentVolumeClaim;
    if (claim) found.push({ claimName: claim.claimName, ephemeral: false, place });
    else if (volume.ephemeral) {
      const claimName = `${name}-${volume.name}`;
      const template = volume.ephemeral.volumeClaimTemplate;
      found.push({ claimName, ephemeral: true, template, place });
    }
  });
  return found;
}

/** A claim by name. */
export function findClaim(
  snapshot: SchedulingSnapshot,
  namespace: string,
  name: string,
): PersistentVolumeClaim | undefined {
  return snapshot.cluster.get('PersistentVolumeClaim', namespace, name);
}

/**
 * The claim of a pod's volume. A pod that is still to be created has no uid, and the claims of its
 * ephemeral volumes are made right after it: they are taken as there.
 */
export function claimOf(
  snapshot: SchedulingSnapshot,
  { pod, namespace }: PodInfo,
  { claimName, ephemeral, template }: ClaimVolume,
): PersistentVolumeClaim | undefined {
  const found = findClaim(snapshot, namespace, claimName);
  if (found || !ephemeral || pod.metadata.uid) return found;
  const { name } = pod.metadata;
  const owner = { apiVersion: 'v1', kind: 'Pod', name, uid: '', controller: true };
  const metadata = { name: claimName, namespace, ownerReferences: [owner] };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: template?.spec };
}

/** The class of a claim or a volume; empty where it has none. */
export function classNameOf({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
}

/** Whether the volume controller has finished binding a claim. */
export function isFullyBound(claim: PersistentVolumeClaim): boolean {
  const annotations = claim.metadata.annotations ?? {};
  return Boolean(claim.spec?.volumeName) && Object.hasOwn(annotations, BIND_COMPLETED);
}

/** Whether a volume can be used from a node. */
export function volumeReaches(volume: PersistentVolume, node: NodeFacts): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  // A volume is matched with the labels alone: a term over the node's name is not looked at.
  const unnamed = { name: undefined, labels: node.labels };
  return !required || nodeSelectorTermsMatch(required.nodeSelectorTerms, unnamed);
}

/** Whether a class provisions volumes for a node. */
export function classProvisionsFor(storageClass: StorageClass, { labels }: NodeFacts): boolean {
  if (!storageClass.provisioner || storageClass.provisioner === NO_PROVISIONER) return false;
  const terms = storageClass.allowedTopologies ?? [];
  if (terms.length === 0) return true;
  return terms.some((term) =>
    (term.matchLabelExpressions ?? []).every(
      ({ key, values }) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? ''),
    ),
  );
}

/** The bytes of a claim's request, or of a volume's capacity, in nano-units. */
export function storageOf(
  list: Readonly<Record<string, string | number | undefined>> | undefined,
): bigint {
  const text = list?.['storage'];
  return (text === undefined ? undefined : parseQuantity(text))?.nano ?? 0n;
}

/** The volumes a claim could bind, the smallest first; equals by name, where upstream takes any. */
export interface VolumeCandidates {
  /** The volume that was promised to the claim: it, or none. */
  readonly promised: PersistentVolume | undefined;
  readonly available: readonly PersistentVolume[];
}

/** All of the match that does not depend on a node (FindMatchingVolume): once a cycle. */
export function volumeCandidates(
  snapshot: SchedulingSnapshot,
  claim: PersistentVolumeClaim,
): VolumeCandidates {
  const wanted = storageOf(claim.spec?.resources?.requests);
  const className = classNameOf(claim);
  const selector = claim.spec?.selector;
  const sized: { readonly volume: PersistentVolume; readonly size: bigint }[] = [];
  let promised: PersistentVolume | undefined;
  for (const volume of snapshot.cluster.list('PersistentVolume')) {
    if (!couldBind(volume, claim, className)) continue;
    const size = storageOf(volume.spec?.capacity);
    if (size < wanted) continue;
    if (isPromisedTo(volume, claim)) {
      promised ??= volume;
    } else if (isAvailable(volume)) {
      const selected = !selector || selectorMatches(selector, volume.metadata.labels);
      if (selected && hasModes(volume, claim)) sized.push({ volume, size });
    }
  }
  sized.sort((a, b) => {
    if (a.size !== b.size) return a.size < b.size ? -1 : 1;
    return a.volume.metadata.name < b.volume.metadata.name ? -1 : 1;
  });
  return { promised, available: sized.map((it) => it.volume) };
}

/** The volume of the candidates that a claim would bind, on a node where one is given. */
export function pickVolume(
  { promised, available }: VolumeCandidates,
  node: NodeFacts | undefined,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const reaches = (it: PersistentVolume): boolean =>
    !taken.has(it.metadata.name) && (!node || volumeReaches(it, node));
  if (promised) return reaches(promised) ? promised : undefined;
  return available.find(reaches);
}

/** The parts of the match that ask neither node nor size. */
function couldBind(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  className: string,
): boolean {
  const { spec } = volume;
  if (spec?.claimRef && !isPromisedTo(volume, claim)) return false;
  if (classNameOf(volume) !== className) return false;
  if ((spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return false;
  if ((spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? '')) {
    return false;
  }
  return !volume.metadata.deletionTimestamp;
}

/** Whether a volume can be mounted in every way the claim wants; of a promised one nobody asks. */
function hasModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const modes = volume.spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((it) => modes.includes(it));
}

function isPromisedTo(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (!reference) return false;
  return (
    reference.name === claim.metadata.name &&
    (reference.namespace || 'default') === (claim.metadata.namespace || 'default') &&
    (!reference.uid || !claim.metadata.uid || reference.uid === claim.metadata.uid)
  );
}

/** A declared volume without a status is one the controller has yet to look at: available. */
function isAvailable(volume: PersistentVolume): boolean {
  const phase = volume.status?.phase;
  return phase === undefined || phase === 'Available';
}
