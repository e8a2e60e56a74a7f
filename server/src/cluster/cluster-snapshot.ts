/**
 * The world a prediction is made of: every declared object, by kind, namespace and name.
 * Never changes; a change of a manifest makes another snapshot.
 *
 * Lists that hold the same objects as in the snapshot before are the same lists, and every
 * question is noted, so that answers can be kept while what they rest on stays (`reads.ts`).
 */
import type { KindMap, KubernetesObject } from '../manifest/index.ts';
import { keyOfObject, objectKey, type ObjectKey } from './object-key.ts';
import { KeyedObjects } from './keyed-objects.ts';
import { KindList } from './kind-list.ts';
import { firstFrom, type ObjectList } from './object-list.ts';
import { ObjectSequence } from './object-sequence.ts';
import { EVERYTHING, noteRead, Read, type SnapshotRole } from './reads.ts';

/** Where a snapshot stands in a prediction, and the one that stood there before. */
export interface SnapshotPlace {
  readonly role: SnapshotRole;
  readonly previous?: ClusterSnapshot | undefined;
}

/** All that a snapshot holds. */
interface Contents {
  /** Each once, in the order they were declared. */
  readonly objects: ObjectSequence;
  readonly byKind: ReadonlyMap<string, KindList>;
  readonly byKey: KeyedObjects;
}

const NONE: ObjectList = [];
const NO_LIST = KindList.of(NONE);

export class ClusterSnapshot {
  readonly #contents: Contents;
  readonly #role: SnapshotRole | undefined;
  readonly #reads = new Map<string, Read>();

  /** Of two objects with one key the first counts. */
  constructor(objects: Iterable<KubernetesObject>, place?: SnapshotPlace) {
    const list: ObjectList = Array.isArray(objects) ? objects : [...objects];
    const before = place?.previous && place.previous.#contents;
    this.#contents = (before && followed(before, list)) ?? contentsOf(list, before);
    this.#role = place?.role;
  }

  /** All objects of a kind in the order they were declared; of one namespace where it is given. */
  list<K extends keyof KindMap>(kind: K, namespace?: string): readonly KindMap[K][] {
    // Objects are filed under their own `kind`, so the list holds what the map says.
    return this.#list(kind, namespace) as unknown as readonly KindMap[K][];
  }

  /** One object; the namespace is empty for cluster-scoped kinds. */
  get<K extends keyof KindMap>(kind: K, namespace: string, name: string): KindMap[K] | undefined {
    const found = this.find(objectKey(kind, namespace, name));
    return found as unknown as KindMap[K] | undefined;
  }

  /** One object by its key, of whatever kind. */
  find(key: ObjectKey): KubernetesObject | undefined {
    const found = this.#contents.byKey.get(key);
    this.#note(key, (it) => it.#contents.byKey.get(key) === found);
    return found;
  }

  /** Objects of a kind the simulations have no type for, such as policies and custom resources. */
  listUntyped(kind: string): readonly KubernetesObject[] {
    return this.#list(kind, undefined);
  }

  /** What objects of a kind are not in an earlier world, and which of its are not here. */
  since<K extends keyof KindMap>(
    earlier: ClusterSnapshot,
    kind: K,
  ): { readonly gone: readonly KindMap[K][]; readonly fresh: readonly KindMap[K][] } {
    const before = earlier.#contents.byKind.get(kind) ?? NO_LIST;
    return (this.#whole(kind) ?? NO_LIST).since(before) as ReturnType<typeof this.since<K>>;
  }

  /** Every object. */
  objects(): Iterable<KubernetesObject> {
    noteRead(EVERYTHING);
    return this.#contents.objects.all();
  }

  #list(kind: string, namespace: string | undefined): ObjectList {
    if (namespace === undefined) return this.#whole(kind)?.all ?? NONE;
    const find = (it: ClusterSnapshot) => it.#contents.byKind.get(kind)?.in(namespace) ?? NONE;
    const found = find(this);
    this.#note(`${kind}/${namespace}`, (it) => find(it) === found);
    return found;
  }

  #whole(kind: string): KindList | undefined {
    const found = this.#contents.byKind.get(kind);
    this.#note(`${kind}/*`, (it) => it.#contents.byKind.get(kind) === found);
    return found;
  }

  #note(question: string, same: (now: ClusterSnapshot) => boolean): void {
    let read = this.#reads.get(question);
    if (!read) {
      const role = this.#role;
      read = role ? new Read((now) => asks(now.snapshot(role), same)) : EVERYTHING;
      this.#reads.set(question, read);
    }
    noteRead(read);
  }
}

function asks(now: ClusterSnapshot | undefined, same: (now: ClusterSnapshot) => boolean): boolean {
  return now !== undefined && same(now);
}

function contentsOf(given: ObjectList, before: Contents | undefined): Contents {
  const byKind = new Map<string, KubernetesObject[]>();
  const byKey = new Map<ObjectKey, KubernetesObject>();
  for (const object of given) {
    const key = keyOfObject(object);
    if (byKey.has(key)) continue;
    byKey.set(key, object);
    const kind = object.kind ?? '';
    const list = byKind.get(kind);
    if (list) list.push(object);
    else byKind.set(kind, [object]);
  }
  return {
    objects: ObjectSequence.of([...byKey.values()]),
    byKind: new Map(
      [...byKind].map(([kind, list]) => [kind, KindList.of(list, before?.byKind.get(kind))]),
    ),
    byKey: new KeyedObjects(byKey),
  };
}

/** The contents before with one stretch replaced; undefined where too much has changed for that. */
function followed(before: Contents, now: ObjectList): Contents | undefined {
  const { gone, fresh, end, sequence } = before.objects.follow(now);
  if (gone.length + fresh.length === 0) return before;
  const byKey = before.byKey.with({ gone, fresh });
  if (!byKey) return undefined;
  const byKind = new Map(before.byKind);
  for (const kind of new Set([...gone, ...fresh].map((it) => it.kind ?? ''))) {
    const own = (it: KubernetesObject): boolean => (it.kind ?? '') === kind;
    const part = { gone: gone.filter(own), fresh: fresh.filter(own) };
    const list = byKind.get(kind) ?? NO_LIST;
    byKind.set(kind, list.with({ ...part, next: firstFrom(now, end, own) }));
  }
  return { objects: sequence, byKind, byKey };
}
