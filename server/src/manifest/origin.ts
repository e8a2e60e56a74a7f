/**
 * Where an object came from. Admission and controllers make new objects; each is tied here to the
 * document its text stands in, so that a place in it can be found again.
 */
import type { FieldPath } from './field.ts';
import type { ManifestDocument } from './manifest-document.ts';

export interface Origin {
  readonly document: ManifestDocument;
  /** Where the written object stands in its document. */
  readonly at: FieldPath;
  /** For a pod made of a template: the way from the workload to the template. */
  readonly template?: FieldPath;
}

const ORIGINS = new WeakMap<object, Origin>();

/** Objects whose places are those of another one. */
const SUCCESSORS = new WeakMap<object, object>();

/** Ties an object to the text it came from; returns it. */
export function withOrigin<T extends object>(root: T, origin: Origin): T {
  ORIGINS.set(root, origin);
  SUCCESSORS.delete(root);
  return root;
}

/** Ties an object that an edit has replaced to wherever its successor stands. */
export function originLike(root: object, successor: object): void {
  if (latest(successor) !== root) SUCCESSORS.set(root, successor);
}

function latest(root: object): object {
  let last = root;
  for (let next = SUCCESSORS.get(last); next; next = SUCCESSORS.get(last)) last = next;
  // The way gets longer with every edit, so it is cut short.
  if (last !== root) SUCCESSORS.set(root, last);
  return last;
}

/** The text an object came from; undefined for what nobody wrote. */
export function originOf(root: object): Origin | undefined {
  return ORIGINS.get(latest(root));
}

/** Ties a pod to the workload its template stands in; where the owner was not written, nothing is tied. */
export function originFromTemplate<T extends object>(
  pod: T,
  owner: object,
  template: FieldPath,
): T {
  const origin = originOf(owner);
  return origin ? withOrigin(pod, { ...origin, template }) : pod;
}

/** The path of a place from the root of its document's tree. */
export function documentPath({ at, template }: Origin, path: FieldPath): FieldPath {
  return template ? [...at, ...template, ...path] : [...at, ...path];
}
