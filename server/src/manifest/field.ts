/**
 * The typed walk over an object: what every explanation cites and every view can reveal.
 * A cursor is a place, whether or not anything is written there; a misspelled path does not compile.
 */

/** The way from an object's root to one of its fields: map keys and list indexes. */
export type FieldPath = readonly (string | number)[];

/** One field of one object. */
export interface FieldRef {
  readonly root: object;
  readonly path: FieldPath;
  /** The place is the field's key rather than its value. */
  readonly key?: boolean;
}

const REF = Symbol('FieldRef');

/** A place in an object of type T; its members are the places of the fields. */
export type FieldCursor<T> = { readonly [REF]: FieldRef } & {
  readonly [K in keyof NonNullable<T>]-?: FieldCursor<NonNullable<T>[K]>;
};

/** What an explanation may cite. */
export type Citable = FieldRef | { readonly [REF]: FieldRef };

/** Begins a walk at the root of an object. */
export function field<T extends object>(root: T): FieldCursor<T> {
  return cursor(new Place(root)) as FieldCursor<T>;
}

/** The same place from a path known only at run time, such as a cause of the API server. */
export function fieldAt(root: object, path: FieldPath): FieldRef {
  return { root, path };
}

/** The place of the key of a field instead of its value. */
export function keyOf(place: Citable): FieldRef {
  return { ...toFieldRef(place), key: true };
}

/** The plain reference of a cursor. */
export function toFieldRef(place: Citable): FieldRef {
  return REF in place ? place[REF] : place;
}

/** The elements of a list with their places; nothing where the list is missing. */
export function* each<T>(
  place: FieldCursor<readonly T[] | undefined>,
): Generator<readonly [T, FieldCursor<T>]> {
  const list = valueAt(place);
  if (!Array.isArray(list)) return;
  const elements = place as unknown as readonly FieldCursor<T>[];
  for (let i = 0; i < list.length; i++) yield [list[i] as T, elements[i] as FieldCursor<T>];
}

/** What stands at a place; undefined where nothing does. */
export function valueAt(place: Citable): unknown {
  const { root, path } = toFieldRef(place);
  let at: unknown = root;
  for (const step of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** The path as Kubernetes writes it: `spec.containers[0].image`, `metadata.labels[app.kubernetes.io/name]`. */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z0-9_$-]+$/.test(step)) text += text ? `.${step}` : step;
    else text += `[${step}]`;
  }
  return text;
}

/** Reads a path as Kubernetes writes it in a cause's `field`. */
export function parsePath(text: string): FieldPath {
  const path: (string | number)[] = [];
  for (const match of text.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    const inBrackets = match[1];
    if (inBrackets === undefined) path.push(match[2] ?? '');
    else path.push(/^\d+$/.test(inBrackets) ? Number(inBrackets) : inBrackets);
  }
  return path;
}

/** A step of a walk. Most steps are only passed: the path is made where one is cited. */
class Place {
  readonly root: object;
  readonly #before: Place | undefined;
  readonly #step: string | number;
  #ref: FieldRef | undefined;

  constructor(root: object, before?: Place, step: string | number = '') {
    this.root = root;
    this.#before = before;
    this.#step = step;
  }

  get ref(): FieldRef {
    return (this.#ref ??= { root: this.root, path: this.#path() });
  }

  #path(): FieldPath {
    return this.#before === undefined ? [] : [...this.#before.ref.path, this.#step];
  }
}

/** One for all cursors: they are made by the thousand. */
const STEPS: ProxyHandler<Place> = {
  get(place, name) {
    if (name === REF) return place.ref;
    if (typeof name === 'symbol') return undefined;
    return cursor(new Place(place.root, place, isIndex(name) ? Number(name) : name));
  },
  has: (_, name) => name === REF,
};

/** Most names are told from an index by their first character. */
function isIndex(name: string): boolean {
  return name < ':' && /^\d+$/.test(name);
}

function cursor(place: Place): object {
  return new Proxy(place, STEPS);
}
