/**
 * Plain values to an object of a kind, as the API server's strict decoder does it, in its words.
 * Follows sigs.k8s.io/json (encoding/json, case-sensitive, strict), and the UnmarshalJSON of
 * Quantity, IntOrString and Time.
 *
 * Of wrong types the first is told, of unknown fields all. A value that its own type refuses (a
 * quantity) ends the walk and goes before wrong types found earlier, as upstream.
 */
import type { FieldPath } from './field.ts';
import { fieldInVersion, minorVersion } from './field-versions.ts';
import {
  fieldsOf,
  goFieldType,
  goItemType,
  goStructName,
  isGoStruct,
  type GoField,
} from './go-types.ts';
import {
  addZeroValues,
  asObject,
  copyPlain,
  isOmitted,
  MAX_DEPTH,
  setOwn,
  zeroOf,
} from './go-values.ts';
import { goTimeFault } from './go-time.ts';
import { quantityFault, storedQuantity } from './quantity.ts';
import type { FieldStructure } from './structure.ts';

/** One reason why a text is not an object of its kind, and where. */
export interface DecodeFault {
  readonly code: 'wrong-type' | 'unknown-field' | 'bad-value';
  /** The server's words: `unknown field "spec.x"`, `json: cannot unmarshal …`. */
  readonly message: string;
  readonly path: FieldPath;
}

/** What decoding came to. The object is there even with faults, of all that could be read. */
export interface Decoded {
  readonly object: Record<string, unknown>;
  /** What refuses the object outright. */
  readonly fault?: DecodeFault;
  /** What only strict field validation refuses. */
  readonly strict: readonly DecodeFault[];
}

/** Upstream keeps no more. */
const MAX_STRICT_FAULTS = 100;

/** Thrown by a value's own type to end the walk; caught in `decodeObject`. */
class Abort {
  readonly fault: DecodeFault;

  constructor(fault: DecodeFault) {
    this.fault = fault;
  }
}

/**
 * Decodes plain values as a type of the structure, such as `CoreV1Pod`. Fields that the given
 * version of Kubernetes does not have are unknown.
 */
export function decodeObject(value: unknown, type: string, kubernetesVersion?: string): Decoded {
  const decoder = new Decoder(minorVersion(kubernetesVersion));
  try {
    const object = decoder.struct(value, type, []) ?? {};
    return { object, fault: decoder.fault, strict: decoder.strict };
  } catch (abort) {
    if (abort instanceof Abort) return { object: {}, fault: abort.fault, strict: [] };
    throw abort;
  }
}

interface Context {
  readonly field: FieldStructure;
  readonly go: GoField;
  /** Go's name of the struct that has the field. */
  readonly owner: string;
  readonly path: FieldPath;
}

class Decoder {
  readonly #minor: number;
  fault: DecodeFault | undefined;
  readonly strict: DecodeFault[] = [];
  /** Names of the fields on the way, as encoding/json joins them. */
  readonly #names: string[] = [];
  readonly #seen = new Set<string>();

  constructor(minor: number) {
    this.#minor = minor;
  }

  /** A struct; undefined where the value is none. */
  struct(value: unknown, type: string, path: FieldPath): Record<string, unknown> | undefined {
    const object = asObject(value);
    if (!object || path.length > MAX_DEPTH) return undefined;
    const fields = fieldsOf(type);
    if (!fields) return copyPlain(object);
    const omits = isGoStruct(type);
    const owner = goStructName(type);
    const result: Record<string, unknown> = {};
    for (const name of Object.keys(object)) {
      const at = [...path, name];
      const planned = fields.get(name);
      const version = fieldInVersion(type, name, this.#minor);
      if (!planned || version === 'unknown') {
        this.#unknown(at);
        continue;
      }
      const { field, go } = planned;
      const depth = this.#names.length;
      if (go.embedded !== '') this.#names.push(go.embedded);
      this.#names.push(name);
      const decoded = this.#field(object[name], { field, go, owner, path: at });
      this.#names.length = depth;
      if (version === 'left out') continue;
      if (decoded !== undefined && !(omits && isOmitted(decoded, field, go))) {
        result[name] = decoded;
      }
    }
    if (omits) addZeroValues(result, fields);
    return result;
  }

  #field(value: unknown, context: Context): unknown {
    const { field, path } = context;
    if (field.map) {
      if (value === null) return undefined;
      const object = asObject(value);
      if (!object) return this.#wrong(value, goFieldType(field, context.go), context);
      const result: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(object)) {
        const at = { ...context, path: [...path, key] };
        const decoded = field.list ? this.#list(item, at) : this.#item(item, at, false);
        setOwn(result, key, decoded ?? zeroOf(field));
      }
      return result;
    }
    return field.list ? this.#list(value, context) : this.#item(value, context, context.go.pointer);
  }

  #list(value: unknown, context: Context): unknown {
    if (value === null) return undefined;
    if (!Array.isArray(value)) {
      return this.#wrong(value, goFieldType(context.field, context.go), context);
    }
    return value.map((item: unknown, i) => {
      const decoded = this.#item(item, { ...context, path: [...context.path, i] }, false);
      return decoded ?? zeroOf(context.field);
    });
  }

  #item(value: unknown, context: Context, pointer: boolean): unknown {
    const { field, go } = context;
    if (value === null) {
      if (pointer) return undefined;
      return field.ref !== undefined || field.type === 'time' ? undefined : zeroOf(field);
    }
    if (field.ref !== undefined) {
      if (!asObject(value)) return this.#wrong(value, goItemType(field, go), context);
      return this.struct(value, field.ref, context.path);
    }
    return this.#scalar(value, context);
  }

  #scalar(value: unknown, context: Context): unknown {
    const { field, go } = context;
    const wrong = () => this.#wrong(value, goItemType(field, go), context);
    switch (field.type) {
      case 'quantity':
        return this.#quantity(value, context);
      case 'int-or-string':
        return typeof value === 'string'
          ? value
          : this.#integer(value, 'int32', { ...context, abort: true });
      case 'int32':
      case 'int64':
        return this.#integer(value, field.type, context);
      case 'double':
      case 'number':
        return isNumber(value) ? Number(value) : wrong();
      case 'boolean':
        return typeof value === 'boolean' ? value : wrong();
      case 'string':
        return typeof value === 'string' ? value : wrong();
      case 'bytes':
        return typeof value === 'string' ? this.#base64(value, context) : wrong();
      case 'time':
        return this.#time(value, context);
      case 'any':
      case undefined:
      default:
        return value;
    }
  }

  #integer(
    value: unknown,
    type: 'int32' | 'int64',
    context: Context & { abort?: boolean },
  ): unknown {
    if (!isNumber(value)) return this.#wrong(value, type, context);
    const limit = type === 'int32' ? 2n ** 31n : 2n ** 63n;
    const exact = typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : undefined;
    // A number that prints with an exponent is no integer to Go.
    const printed = String(value);
    if (exact === undefined || printed.includes('e') || exact < -limit || exact >= limit) {
      return this.#wrong(value, type, context, ` ${printed}`);
    }
    return Number(exact);
  }

  #quantity(value: unknown, context: Context): unknown {
    const text = (typeof value === 'string' ? value : literalOf(value)).trim();
    const message = quantityFault(text);
    if (message !== undefined) {
      throw new Abort({ code: 'bad-value', message, path: context.path });
    }
    return storedQuantity(text);
  }

  #time(value: unknown, context: Context): unknown {
    if (typeof value !== 'string') {
      return this.#wrong(value, 'string', { ...context, abort: true });
    }
    const message = goTimeFault(value);
    if (message === undefined) return value;
    throw new Abort({ code: 'bad-value', message, path: context.path });
  }

  #base64(value: string, context: Context): unknown {
    const text = value.replace(/[\r\n]/g, '');
    const bad = /[^A-Za-z0-9+/=]/.exec(text)?.index ?? (text.length % 4 === 0 ? -1 : text.length);
    if (bad === -1) return text;
    const message = `illegal base64 data at input byte ${bad}`;
    this.fault ??= { code: 'bad-value', message, path: context.path };
    return undefined;
  }

  #wrong(
    value: unknown,
    type: string,
    { owner, path, abort }: Context & { readonly abort?: boolean },
    detail = '',
  ): undefined {
    const what = `${jsonKind(value)}${detail}`;
    const place = `Go struct field ${owner}.${this.#names.join('.')}`;
    const message = `json: cannot unmarshal ${what} into ${place} of type ${type}`;
    const fault: DecodeFault = { code: 'wrong-type', message, path };
    if (abort) throw new Abort(fault);
    this.fault ??= fault;
    return undefined;
  }

  #unknown(path: FieldPath): void {
    let text = '';
    for (const step of path) {
      if (typeof step === 'number') text += `[${step}]`;
      else text += text === '' ? step : `.${step}`;
    }
    if (this.strict.length >= MAX_STRICT_FAULTS || this.#seen.has(text)) return;
    this.#seen.add(text);
    const message = `unknown field ${JSON.stringify(text)}`;
    this.strict.push({ code: 'unknown-field', message, path });
  }
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** What a JSON value is, as Go's decoder says it. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isNumber(value)) return 'number';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'object';
}

/** A value as its JSON text. */
function literalOf(value: unknown): string {
  return isNumber(value) ? String(value) : (JSON.stringify(value) ?? '');
}
