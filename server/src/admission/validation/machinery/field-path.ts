/**
 * The way to a field as validation writes it: `spec.containers[0].ports[1].name`.
 * Follows staging/src/k8s.io/apimachinery/pkg/util/validation/field/path.go. Besides the text a
 * path keeps its steps, so that a cause can be shown at its place.
 */
import type { FieldPath } from '../../../manifest/index.ts';

/**
 * Immutable; `child`, `index` and `key` make longer paths. Text and steps are made when they are
 * asked for: validation walks many fields and reports few.
 */
export class Path {
  readonly #parent: Path | undefined;
  readonly #tail: readonly string[] | string | number;

  private constructor(parent: Path | undefined, tail: readonly string[] | string | number) {
    this.#parent = parent;
    this.#tail = tail;
  }

  /** The beginning of a path: `Path.of('spec', 'template')`. */
  static of(...names: readonly string[]): Path {
    return new Path(undefined, names);
  }

  /** A member of a struct. */
  child(...names: readonly string[]): Path {
    return new Path(this, names);
  }

  /** An element of a list. */
  index(index: number): Path {
    return new Path(this, index);
  }

  /** A value of a map. */
  key(key: string): Path {
    return new Path(this, key);
  }

  /** The steps from the root of the object. */
  get steps(): FieldPath {
    const before = this.#parent?.steps ?? [];
    const tail = this.#tail;
    return typeof tail === 'object' ? [...before, ...stepsOf(tail)] : [...before, tail];
  }

  toString(): string {
    const before = this.#parent?.toString() ?? '';
    const tail = this.#tail;
    if (typeof tail !== 'object') return `${before}[${tail}]`;
    return before === '' ? tail.join('.') : `${before}.${tail.join('.')}`;
  }
}

// Upstream sometimes names two members as one child, such as `httpGet.port`.
function stepsOf(names: readonly string[]): FieldPath {
  return names.some((it) => it.includes('.')) ? names.flatMap((it) => it.split('.')) : names;
}
