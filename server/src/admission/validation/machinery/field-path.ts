/**
 * The way to a field as validation writes it: `spec.containers[0].ports[1].name`.
 * Follows staging/src/k8s.io/apimachinery/pkg/util/validation/field/path.go. Besides the text a
 * path keeps its steps, so that a cause can be shown at its place.
 */
import type { FieldPath } from '../../../manifest/index.ts';

/** Immutable; `child`, `index` and `key` make longer paths. */
export class Path {
  readonly #text: string;
  /** The steps from the root of the object. */
  readonly steps: FieldPath;

  private constructor(text: string, steps: FieldPath) {
    this.#text = text;
    this.steps = steps;
  }

  /** The beginning of a path: `Path.of('spec', 'template')`. */
  static of(...names: readonly string[]): Path {
    return new Path(names.join('.'), stepsOf(names));
  }

  /** A member of a struct. */
  child(...names: readonly string[]): Path {
    return new Path(`${this.#text}.${names.join('.')}`, [...this.steps, ...stepsOf(names)]);
  }

  /** An element of a list. */
  index(index: number): Path {
    return new Path(`${this.#text}[${index}]`, [...this.steps, index]);
  }

  /** A value of a map. */
  key(key: string): Path {
    return new Path(`${this.#text}[${key}]`, [...this.steps, key]);
  }

  toString(): string {
    return this.#text;
  }
}

// Upstream sometimes names two members as one child, such as `httpGet.port`.
function stepsOf(names: readonly string[]): FieldPath {
  return names.some((it) => it.includes('.')) ? names.flatMap((it) => it.split('.')) : names;
}
