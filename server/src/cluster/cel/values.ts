/**
 * The values of CEL and how they compare.
 * Upstream: cel-go's common/types. Integers are BigInt, doubles are numbers.
 */

/** What an expression fails with; the text is what the server would print. */
export class CelError extends Error {}

export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Nanoseconds since 1970, UTC. */
export class Timestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class OptionalValue {
  /** Undefined where the optional is empty. */
  readonly value: CelValue | undefined;

  constructor(value?: CelValue) {
    this.value = value;
  }
}

/** A value of a type of Kubernetes' own, such as a quantity or an address. */
export interface Opaque {
  readonly typeName: string;
  equals(other: Opaque): boolean;
  toString(): string;
}

/** A message made by an expression: `Object.spec{…}`, `JSONPatch{…}`. */
export class MessageValue {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, CelValue>;

  constructor(typeName: string, fields: ReadonlyMap<string, CelValue>) {
    this.typeName = typeName;
    this.fields = fields;
  }
}

/** A map whose values may be worked out only when they are asked for. */
export class MapValue {
  readonly #entries = new Map<string, { key: CelValue; value: () => CelValue }>();

  set(key: CelValue, value: CelValue): void {
    this.#entries.set(keyText(key), { key, value: () => value });
  }

  setLazy(key: string, value: () => CelValue): void {
    this.#entries.set(keyText(key), { key, value });
  }

  get(key: CelValue): CelValue | undefined {
    return this.#entries.get(keyText(key))?.value();
  }

  has(key: CelValue): boolean {
    return this.#entries.has(keyText(key));
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): CelValue[] {
    return [...this.#entries.values()].map((it) => it.key);
  }
}

export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Duration
  | Timestamp
  | TypeValue
  | OptionalValue
  | MessageValue
  | MapValue
  | Opaque
  | readonly CelValue[];

/** A JSON value as CEL sees it: whole numbers are ints. */
export function fromJson(json: unknown): CelValue {
  if (json === null || json === undefined) return null;
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (typeof json === 'string' || typeof json === 'boolean') return json;
  if (typeof json === 'bigint') return json;
  if (Array.isArray(json)) return json.map((it) => fromJson(it));
  const map = new MapValue();
  for (const [key, value] of Object.entries(json)) {
    if (value !== undefined) map.set(key, fromJson(value));
  }
  return map;
}

/** A CEL value as JSON; throws CelError for what JSON has no form of. */
export function toJson(value: CelValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (isList(value)) return value.map((it) => toJson(it));
  if (value instanceof MapValue) {
    const object: Record<string, unknown> = {};
    for (const key of value.keys()) {
      if (typeof key !== 'string') throw new CelError('map key is not a string');
      object[key] = toJson(value.get(key) ?? null);
    }
    return object;
  }
  if (value instanceof MessageValue) {
    return Object.fromEntries([...value.fields].map(([key, it]) => [key, toJson(it)]));
  }
  if (value instanceof OptionalValue) return toJson(value.value ?? null);
  throw new CelError(`unsupported conversion of ${typeName(value)} to JSON`);
}

export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

export function isOpaque(value: CelValue): value is Opaque {
  return typeof value === 'object' && value !== null && 'equals' in value;
}

/** The name `type()` gives. */
export function typeName(value: CelValue): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    default:
  }
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof TypeValue) return 'type';
  if (value instanceof OptionalValue) return 'optional_type';
  if (value instanceof MapValue) return 'map';
  if (value instanceof MessageValue) return value.typeName;
  return isList(value) ? 'list' : value.typeName;
}

/** A number of any of the three types, to be compared across them. */
export function numberOf(value: CelValue): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

export function celEquals(a: CelValue, b: CelValue): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) {
    // oxlint-disable-next-line eqeqeq -- an int may equal a double
    return x == y;
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((it, i) => celEquals(it, b[i] ?? null));
  }
  if (a instanceof MapValue) return b instanceof MapValue && mapsEqual(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof OptionalValue) {
    if (!(b instanceof OptionalValue)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return celEquals(a.value, b.value);
  }
  if (a instanceof MessageValue) {
    if (!(b instanceof MessageValue) || a.typeName !== b.typeName) return false;
    if (a.fields.size !== b.fields.size) return false;
    return [...a.fields].every(([key, it]) => {
      const other = b.fields.get(key);
      return other !== undefined && celEquals(it, other);
    });
  }
  return isOpaque(a) && isOpaque(b) && a.typeName === b.typeName && a.equals(b);
}

function mapsEqual(a: MapValue, b: MapValue): boolean {
  if (a.size !== b.size) return false;
  return a.keys().every((key) => {
    const [x, y] = [a.get(key), b.get(key)];
    return x !== undefined && y !== undefined && celEquals(x, y);
  });
}

/** Negative, zero or positive; NaN where a double cannot be ordered. */
export function celCompare(a: CelValue, b: CelValue): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  const sameKind =
    (a instanceof Duration && b instanceof Duration) ||
    (a instanceof Timestamp && b instanceof Timestamp);
  if (sameKind) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  throw new CelError('no such overload');
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Keys that are equal have one text, whatever their number type. */
function keyText(key: CelValue): string {
  const number = numberOf(key);
  if (number !== undefined) return `n${number}`;
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  return `?${typeName(key)}`;
}

/** A key or index as messages print it. */
export function keyInMessage(key: CelValue): string {
  const number = numberOf(key);
  if (number !== undefined) return String(number);
  return typeof key === 'string' || typeof key === 'boolean' ? String(key) : typeName(key);
}
