/**
 * The world a prediction is made of: every declared object, by kind, namespace and name.
 * Never changes; a change of a manifest makes another snapshot.
 */
import type { KindMap, KubernetesObject } from '../manifest/index.ts';
import { keyOfObject, namespaceOf, objectKey, type ObjectKey } from './object-key.ts';

export class ClusterSnapshot {
  readonly #byKind: ReadonlyMap<string, readonly KubernetesObject[]>;
  readonly #byKey: ReadonlyMap<ObjectKey, KubernetesObject>;

  /** Of two objects with one key the first counts. */
  constructor(objects: Iterable<KubernetesObject>) {
    const byKind = new Map<string, KubernetesObject[]>();
    const byKey = new Map<ObjectKey, KubernetesObject>();
    for (const object of objects) {
      const key = keyOfObject(object);
      if (byKey.has(key)) continue;
      byKey.set(key, object);
      const kind = object.kind ?? '';
      const list = byKind.get(kind);
      if (list) list.push(object);
      else byKind.set(kind, [object]);
    }
    this.#byKind = byKind;
    this.#byKey = byKey;
  }

  /** All objects of a kind in the order they were declared; of one namespace where it is given. */
  list<K extends keyof KindMap>(kind: K, namespace?: string): readonly KindMap[K][] {
    // Objects are filed under their own `kind`, so the list holds what the map says.
    const all = (this.#byKind.get(kind) ?? []) as unknown as readonly KindMap[K][];
    return namespace === undefined
      ? all
      : all.filter((it) => namespaceOf(it as unknown as KubernetesObject) === namespace);
  }

  /** One object; the namespace is empty for cluster-scoped kinds. */
  get<K extends keyof KindMap>(kind: K, namespace: string, name: string): KindMap[K] | undefined {
    return this.#byKey.get(objectKey(kind, namespace, name)) as unknown as KindMap[K] | undefined;
  }

  /** One object by its key, of whatever kind. */
  find(key: ObjectKey): KubernetesObject | undefined {
    return this.#byKey.get(key);
  }

  /** Objects of a kind the simulations have no type for, such as policies and custom resources. */
  listUntyped(kind: string): readonly KubernetesObject[] {
    return this.#byKind.get(kind) ?? [];
  }

  /** Every object. */
  objects(): Iterable<KubernetesObject> {
    return this.#byKey.values();
  }
}
