/**
 * The world a prediction is made of: every declared object, by kind, namespace and name.
 * Never changes; a change of a manifest makes another snapshot.
 *
 * Lists that hold the same objects as in the snapshot before are the same lists, and every
 * question is noted, so that answers can be kept while what they rest on stays (`reads.ts`).
 */
import type { KindMap, KubernetesObject } from '../manifest/index.ts';
import { keyOfObject, namespaceOf, objectKey, type ObjectKey } from './object-key.ts';
import { EVERYTHING, noteRead, Read, type SnapshotRole } from './reads.ts';

type List = readonly KubernetesObject[];

/** Where a snapshot stands in a prediction, and the one that stood there before. */
export interface SnapshotPlace {
  readonly role: SnapshotRole;
  readonly previous?: ClusterSnapshot | undefined;
}

const NONE: List = [];

export class ClusterSnapshot {
  readonly #byKind: ReadonlyMap<string, List>;
  readonly #byKey: ReadonlyMap<ObjectKey, KubernetesObject>;
  readonly #role: SnapshotRole | undefined;
  /** Objects of a kind by namespace; made when a kind is first asked for. */
  readonly #byNamespace = new Map<string, ReadonlyMap<string, List>>();
  /** The same of the snapshot before, for as long as nobody has asked here. */
  readonly #before: ReadonlyMap<string, ReadonlyMap<string, List>>;
  readonly #reads = new Map<string, Read>();

  /** Of two objects with one key the first counts. */
  constructor(objects: Iterable<KubernetesObject>, place?: SnapshotPlace) {
    const byKind = new Map<string, List>();
    const byKey = new Map<ObjectKey, KubernetesObject>();
    for (const object of objects) {
      const key = keyOfObject(object);
      if (byKey.has(key)) continue;
      byKey.set(key, object);
      const kind = object.kind ?? '';
      const list = byKind.get(kind);
      if (list) (list as KubernetesObject[]).push(object);
      else byKind.set(kind, [object]);
    }
    const before = place?.previous;
    if (before) {
      for (const [kind, list] of byKind) byKind.set(kind, sameOr(before.#byKind.get(kind), list));
    }
    this.#byKind = byKind;
    this.#byKey = byKey;
    this.#role = place?.role;
    this.#before = before ? new Map([...before.#before, ...before.#byNamespace]) : new Map();
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
    const found = this.#byKey.get(key);
    this.#note(key, (it) => it.#byKey.get(key) === found);
    return found;
  }

  /** Objects of a kind the simulations have no type for, such as policies and custom resources. */
  listUntyped(kind: string): readonly KubernetesObject[] {
    return this.#list(kind, undefined);
  }

  /** Every object. */
  objects(): Iterable<KubernetesObject> {
    noteRead(EVERYTHING);
    return this.#byKey.values();
  }

  #list(kind: string, namespace: string | undefined): List {
    const found = this.#find(kind, namespace);
    this.#note(`${kind}/${namespace ?? '*'}`, (it) => it.#find(kind, namespace) === found);
    return found;
  }

  #find(kind: string, namespace: string | undefined): List {
    const all = this.#byKind.get(kind) ?? NONE;
    if (namespace === undefined || all.length === 0) return all;
    let lists = this.#byNamespace.get(kind);
    if (!lists) {
      lists = byNamespace(all, this.#before.get(kind));
      this.#byNamespace.set(kind, lists);
    }
    return lists.get(namespace) ?? NONE;
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

function byNamespace(
  all: List,
  before: ReadonlyMap<string, List> | undefined,
): ReadonlyMap<string, List> {
  const lists = new Map<string, KubernetesObject[]>();
  for (const it of all) {
    const namespace = namespaceOf(it);
    const list = lists.get(namespace);
    if (list) list.push(it);
    else lists.set(namespace, [it]);
  }
  return new Map([...lists].map(([name, list]) => [name, sameOr(before?.get(name), list)]));
}

/** The list before where it holds the same objects. */
function sameOr(before: List | undefined, list: List): List {
  const same = before?.length === list.length && before.every((it, index) => it === list[index]);
  return same && before ? before : list;
}
