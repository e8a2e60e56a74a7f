/**
 * Objects by their keys. What an edit changes is laid over the map before, which both then share:
 * the keys of all other objects are not even written out again.
 */
import type { KubernetesObject } from '../manifest/index.ts';
import { keyOfObject, type ObjectKey } from './object-key.ts';
import type { Replaced } from './object-list.ts';

/** Changes that lie over a map before both become one. */
const MAX_CHANGES = 256;

export class KeyedObjects {
  readonly #base: ReadonlyMap<ObjectKey, KubernetesObject>;
  /** By key what is there instead; undefined for what is gone. */
  readonly #changes: ReadonlyMap<ObjectKey, KubernetesObject | undefined>;

  constructor(
    base: ReadonlyMap<ObjectKey, KubernetesObject>,
    changes: ReadonlyMap<ObjectKey, KubernetesObject | undefined> = new Map(),
  ) {
    this.#base = base;
    this.#changes = changes;
  }

  get(key: ObjectKey): KubernetesObject | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  /** With some objects replaced; undefined where one that comes has the key of another. */
  with({ gone, fresh }: Replaced): KeyedObjects | undefined {
    if (gone.length + fresh.length > MAX_CHANGES) return undefined;
    const changes = new Map(this.#changes);
    for (const it of gone) changes.set(keyOfObject(it), undefined);
    for (const it of fresh) {
      const key = keyOfObject(it);
      if (changes.has(key) ? changes.get(key) : this.#base.has(key)) return undefined;
      changes.set(key, it);
    }
    return changes.size > MAX_CHANGES
      ? new KeyedObjects(joined(this.#base, changes))
      : new KeyedObjects(this.#base, changes);
  }
}

function joined(
  base: ReadonlyMap<ObjectKey, KubernetesObject>,
  changes: ReadonlyMap<ObjectKey, KubernetesObject | undefined>,
): ReadonlyMap<ObjectKey, KubernetesObject> {
  const all = new Map(base);
  for (const [key, it] of changes) {
    if (it) all.set(key, it);
    else all.delete(key);
  }
  return all;
}
