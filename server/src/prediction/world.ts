/**
 * From manifests to the world as the API server would hold it: every object decoded, admitted and
 * stored. What did not change since the last world is taken from it.
 */
import {
  assembleCluster,
  ClusterSnapshot,
  nextEpoch,
  record,
  type DeclaredCluster,
  type PodsageConfig,
  type ReadContext,
  type Recorded,
} from '../cluster/index.ts';
import { withOrigin, type KubernetesObject, type Manifest } from '../manifest/index.ts';
import { admit, type AdmissionOutcome } from './admit.ts';
import { decodeManifest } from './decode-manifest.ts';

/** One object of the world and what became of it. */
export interface AdmittedManifest {
  readonly manifest: Manifest;
  readonly admission: AdmissionOutcome;
  /** As stored; where it was refused, as it would be if its faults did not count. */
  readonly stored: KubernetesObject;
}

export interface World {
  readonly config: PodsageConfig;
  readonly declared: DeclaredCluster;
  /** All objects as stored. */
  readonly snapshot: ClusterSnapshot;
  readonly admitted: readonly AdmittedManifest[];
  /** The node that a what-if takes away. */
  readonly lostNode?: string;
}

interface Outcome extends Recorded<AdmissionOutcome> {
  readonly version: string;
}

/** Remembers what is needed to make the next world of the last one. */
export class WorldMemory {
  /** The last world as it was declared. */
  declared: DeclaredCluster | undefined;
  /** The last world as it was stored. */
  stored: ClusterSnapshot | undefined;
  readonly #outcomes = new WeakMap<KubernetesObject, Outcome>();

  /** The outcome of an object, worked out only where what it was worked out from has changed. */
  outcome(
    object: KubernetesObject,
    version: string,
    now: ReadContext,
    work: () => AdmissionOutcome,
  ): AdmissionOutcome {
    const known = this.#outcomes.get(object);
    if (known?.version === version && known.reads.holds(now)) return known.value;
    const outcome = record(work);
    this.#outcomes.set(object, { ...outcome, version });
    return outcome.value;
  }
}

/** Makes the world of these manifests. */
export function makeWorld(
  manifests: readonly Manifest[],
  config: PodsageConfig,
  memory: WorldMemory,
): World {
  const byObject = new Map<KubernetesObject, Manifest>();
  for (const manifest of manifests) {
    const object = decodeManifest(manifest);
    if (!byObject.has(object)) byObject.set(object, manifest);
    withOrigin(object, { document: manifest.document, at: manifest.at });
  }
  const version = config.kubernetesVersion;
  const named = [...byObject.keys()].filter((it) => it.metadata.name !== '');
  const closed = config.world === 'closed';
  const declared = assembleCluster(named, (it) => byObject.get(it), closed, memory.declared);
  const { snapshot } = declared;
  const now = { epoch: nextEpoch(), snapshot: () => snapshot };
  const admitted: AdmittedManifest[] = [];
  const storedBy = new Map<KubernetesObject, KubernetesObject>();
  for (const [object, manifest] of byObject) {
    const admission = memory.outcome(object, version, now, () =>
      admit({ written: manifest.object, object, snapshot, version }),
    );
    const stored = withOrigin(admission.object, { document: manifest.document, at: manifest.at });
    admitted.push({ manifest, admission, stored });
    storedBy.set(object, stored);
  }
  const all = [...snapshot.objects()].map((it) => storedBy.get(it) ?? it);
  const stored = new ClusterSnapshot(all, { role: 'stored', previous: memory.stored });
  memory.declared = declared;
  memory.stored = stored;
  return { config, declared, snapshot: stored, admitted };
}
