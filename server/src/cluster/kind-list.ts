/**
 * The objects of one kind in the order they were declared, and those of each namespace.
 * Lists that hold the same objects as in the world before are the same lists; one that an edit
 * changed is written out when somebody asks for it.
 */
import type { KubernetesObject } from '../manifest/index.ts';
import { namespaceOf } from './object-key.ts';
import {
  differenceOf,
  firstFrom,
  sameList,
  splice,
  type ObjectList,
  type Replaced,
  type Stretch,
} from './object-list.ts';

const NONE: ObjectList = [];
/** Edits after which a list lets go of those before it. */
const MAX_EDITS = 8;

type ByNamespace = ReadonlyMap<string, ObjectList>;

/** What a list was made of. */
interface Edit {
  readonly before: KindList;
  readonly change: Stretch;
  /** How many edits came before this one. */
  readonly number: number;
}

export class KindList {
  #all: ObjectList | undefined;
  #byNamespace: ByNamespace | undefined;
  readonly #edit: Edit | undefined;

  private constructor(all: ObjectList | undefined, edit?: Edit) {
    this.#all = all;
    this.#edit = edit;
  }

  /** The kind with these objects; the one before where they are the same. */
  static of(all: ObjectList, before?: KindList): KindList {
    if (!before) return new KindList(all);
    if (sameList(before.all, all)) return before;
    const made = new KindList(all);
    const known = before.#knownNamespaces();
    if (known) made.#byNamespace = byNamespace(all, known);
    return made;
  }

  get all(): ObjectList {
    const edit = this.#edit;
    return (this.#all ??= edit ? splice(edit.before.all, edit.change) : NONE);
  }

  /** The objects of a namespace. */
  in(namespace: string): ObjectList {
    this.#byNamespace ??= this.#knownNamespaces() ?? byNamespace(this.all);
    return this.#byNamespace.get(namespace) ?? NONE;
  }

  /** The kind with one stretch of its objects replaced. */
  with(change: Stretch): KindList {
    if (sameList(change.gone, change.fresh)) return this;
    const number = (this.#edit?.number ?? 0) + 1;
    const made = new KindList(undefined, { before: this, change, number });
    if (number < MAX_EDITS) return made;
    const whole = new KindList(made.all);
    whole.#byNamespace = made.#knownNamespaces();
    return whole;
  }

  /** What of an earlier list is gone, and what is new. */
  since(before: KindList): Replaced {
    if (before === this) return { gone: NONE, fresh: NONE };
    const edit = this.#edit;
    return edit?.before === before ? edit.change : differenceOf(before.all, this.all);
  }

  /** The lists by namespace, if somebody asked here or before. */
  #knownNamespaces(): ByNamespace | undefined {
    const edit = this.#edit;
    if (this.#byNamespace || !edit) return this.#byNamespace;
    const before = edit.before.#knownNamespaces();
    return before && editedNamespaces(before, edit.change, this.all);
  }
}

/** Only the namespaces of objects that come or go get other lists. */
function editedNamespaces(
  before: ByNamespace,
  { gone, fresh, next }: Stretch,
  all: ObjectList,
): ByNamespace {
  const lists = new Map(before);
  for (const namespace of new Set([...gone, ...fresh].map(namespaceOf))) {
    const own = (it: KubernetesObject): boolean => namespaceOf(it) === namespace;
    const part = { gone: gone.filter(own), fresh: fresh.filter(own) };
    if (sameList(part.gone, part.fresh)) continue;
    const behind = next && part.gone.length === 0 ? all.indexOf(next) : all.length;
    const following = firstFrom(all, behind, own);
    const list = splice(before.get(namespace) ?? NONE, { ...part, next: following });
    if (list.length > 0) lists.set(namespace, list);
    else lists.delete(namespace);
  }
  return lists;
}

function byNamespace(all: ObjectList, before?: ByNamespace): ByNamespace {
  const lists = new Map<string, KubernetesObject[]>();
  for (const it of all) {
    const namespace = namespaceOf(it);
    const list = lists.get(namespace);
    if (list) list.push(it);
    else lists.set(namespace, [it]);
  }
  return new Map(
    [...lists].map(([name, list]) => {
      const known = before?.get(name);
      return [name, known && sameList(known, list) ? known : list];
    }),
  );
}
