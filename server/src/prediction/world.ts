/**
 * From manifests to the world as the API server would hold it: every object decoded, admitted and
 * stored. What did not change since the last world is taken from it.
 */
import {
  assembleCluster,
  ClusterSnapshot,
  type DeclaredCluster,
  type PodsageConfig,
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
}

/** Kinds that decide what becomes of other objects. */
const DECIDING_KINDS: ReadonlySet<string> = new Set([
  'Namespace',
  'LimitRange',
  'ResourceQuota',
  'ServiceAccount',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ConfigMap',
  'Secret',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'Node',
]);

/** Remembers outcomes by the object they are about, while what decides them stays the same. */
export class AdmissionMemory {
  #deciding: readonly KubernetesObject[] = [];
  #outcomes = new WeakMap<KubernetesObject, AdmissionOutcome>();

  /** Forgets everything if one of the deciding objects is another than last time. */
  begin(objects: readonly KubernetesObject[]): void {
    const deciding = objects.filter((it) => DECIDING_KINDS.has(it.kind ?? ''));
    const same =
      deciding.length === this.#deciding.length &&
      deciding.every((it, i) => it === this.#deciding[i]);
    if (same) return;
    this.#deciding = deciding;
    this.#outcomes = new WeakMap();
  }

  outcome(object: KubernetesObject, work: () => AdmissionOutcome): AdmissionOutcome {
    const known = this.#outcomes.get(object);
    if (known) return known;
    const outcome = work();
    this.#outcomes.set(object, outcome);
    return outcome;
  }
}

/** Makes the world of these manifests. */
export function makeWorld(
  manifests: readonly Manifest[],
  config: PodsageConfig,
  memory: AdmissionMemory,
): World {
  const byObject = new Map<KubernetesObject, Manifest>();
  for (const manifest of manifests) {
    const object = decodeManifest(manifest);
    if (!byObject.has(object)) byObject.set(object, manifest);
    withOrigin(object, { document: manifest.document, at: manifest.at });
  }
  const named = [...byObject.keys()].filter((it) => it.metadata.name !== '');
  const closed = config.world === 'closed';
  const declared = assembleCluster(named, (it) => byObject.get(it), closed);
  memory.begin([...declared.snapshot.objects()]);
  const admitted: AdmittedManifest[] = [];
  const storedBy = new Map<KubernetesObject, KubernetesObject>();
  for (const [object, manifest] of byObject) {
    const admission = memory.outcome(object, () =>
      admit({
        written: manifest.object,
        object,
        snapshot: declared.snapshot,
        version: config.kubernetesVersion,
      }),
    );
    const stored = withOrigin(admission.object, { document: manifest.document, at: manifest.at });
    admitted.push({ manifest, admission, stored });
    storedBy.set(object, stored);
  }
  const all = [...declared.snapshot.objects()].map((it) => storedBy.get(it) ?? it);
  return { config, declared, snapshot: new ClusterSnapshot(all), admitted };
}
