/**
 * A YAML text to the plain values that the API server's decoder gets: goyaml.v2, then JSON with
 * its keys sorted (sigs.k8s.io/yaml). What it cannot read, and keys written twice, in its words.
 */
import { goPrint, goPrintAlone, isUint64 } from './go-print.ts';
import { parseFirstDocument, type YamlMap, type YamlNode, type YamlScalar } from './parser.ts';
import { resolvePlain, resolveTagged, type ResolvedScalar } from './resolve-scalar.ts';
import { YamlFault, type Mark } from './token.ts';

/** What reading came to: values, or why not. */
export interface YamlReading {
  /** Undefined only with a fault. Maps have their keys sorted, as the server's JSON has. */
  readonly value?: unknown;
  /** Why the text is no YAML to the server, and the offset. */
  readonly fault?: { readonly message: string; readonly offset: number };
  /** Keys written twice, as strict field validation tells them: one text for all. */
  readonly duplicates?: string;
  /** What was read, where nothing is in it whose place one could argue about. */
  readonly usualRoot?: YamlNode;
}

/** Values of one document once its aliases are written out. */
const MAX_VALUES = 400_000;
/** Of that many values all but a hundredth may come from aliases, below it all of them. */
const FEW_VALUES = 1000;
const FEW_ALIASED = 100;
const MAX_ALIASED_RATIO = 0.99;

/** Reads the first document of a text as the API server would. Never throws. */
export function readServerYaml(text: string): YamlReading {
  const control = controlCharacter(text);
  if (control !== -1) {
    return { fault: { message: 'yaml: control characters are not allowed', offset: control } };
  }
  try {
    const { root, usual } = parseFirstDocument(text);
    const reader = new Reader();
    const value = root ? reader.read(root) : null;
    const { duplicates } = reader;
    const number = unsupportedNumber(value);
    if (number !== undefined) {
      return { fault: { message: `json: unsupported value: ${number}`, offset: 0 } };
    }
    const usualRoot = usual ? root : undefined;
    if (duplicates.length === 0) return { value, usualRoot };
    const told = `yaml: unmarshal errors:\n${duplicates.join('\n')}`;
    return { value, usualRoot, duplicates: told };
  } catch (fault) {
    if (!(fault instanceof YamlFault)) throw fault;
    return { fault: { message: fault.message, offset: fault.mark.index } };
  }
}

/** Whether a text reads as a YAML 1.1 character stream; the place of the first that does not. */
function controlCharacter(text: string): number {
  // oxlint-disable-next-line no-control-regex
  const refused = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;
  return text.search(refused);
}

/** The first number that JSON has no words for. */
function unsupportedNumber(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const item of Object.values(value)) {
    const found = unsupportedNumber(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Keyed = Map<ResolvedScalar, { readonly value: unknown }>;

class Reader {
  readonly duplicates: string[] = [];
  readonly #open = new Set<YamlNode>();
  /** The document itself counts as one. */
  #values = 1;
  #aliased = 0;
  #aliasDepth = 0;

  read(node: YamlNode): unknown {
    this.#count(node);
    switch (node.kind) {
      case 'alias':
        return this.#alias(node.target, node.name, node.mark);
      case 'list':
        return node.items.map((it) => this.read(it));
      case 'map':
        return this.#map(node);
      case 'scalar':
      default:
        return readScalar(node);
    }
  }

  #count({ mark }: YamlNode): void {
    this.#values++;
    if (this.#aliasDepth > 0) this.#aliased++;
    const many = this.#aliased > FEW_ALIASED && this.#values > FEW_VALUES;
    const excessive = many && this.#aliased / this.#values > MAX_ALIASED_RATIO;
    if (excessive || this.#values > MAX_VALUES) {
      throw new YamlFault('document contains excessive aliasing', mark);
    }
  }

  #alias(target: YamlNode, name: string, mark: Mark): unknown {
    if (this.#open.has(target)) {
      throw new YamlFault(`anchor '${name}' value contains itself`, mark);
    }
    this.#open.add(target);
    this.#aliasDepth++;
    const value = this.read(target);
    this.#aliasDepth--;
    this.#open.delete(target);
    return value;
  }

  #map(map: YamlMap): unknown {
    this.#open.add(map);
    const members: Keyed = new Map();
    this.#fill(members, map);
    this.#open.delete(map);
    const entries = [...members].map(
      ([key, { value }]) => [keyText(key, value, map.mark), value] as const,
    );
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const object: Record<string, unknown> = {};
    for (const [key, value] of entries) setMember(object, key, value);
    return object;
  }

  #fill(members: Keyed, map: YamlMap): void {
    for (const [keyNode, valueNode] of map.entries) {
      if (isMerge(keyNode)) {
        this.#merge(members, valueNode);
        continue;
      }
      const key = this.read(keyNode);
      if (typeof key === 'object' && key !== null) {
        throw new YamlFault(`invalid map key: ${goPrint(key)}`, keyNode.mark);
      }
      const value = this.read(valueNode);
      const scalar = key as ResolvedScalar;
      if (members.has(scalar)) {
        const line = valueNode.mark.line + 1;
        this.duplicates.push(`  line ${line}: key ${goPrint(scalar)} already set in map`);
      }
      members.set(scalar, { value });
    }
  }

  /** `<<: *a`, `<<: [*a, *b]`; of several maps the first that has a key counts. */
  #merge(members: Keyed, node: YamlNode): void {
    const target = node.kind === 'alias' ? node.target : node;
    if (target.kind === 'map') this.#mergeMap(members, target, node);
    else if (target.kind === 'list' && node.kind === 'list') {
      for (const item of target.items.toReversed()) {
        const map = item.kind === 'alias' ? item.target : item;
        if (map.kind !== 'map') throw mergeFault(item.mark);
        this.#mergeMap(members, map, item);
      }
    } else throw mergeFault(node.mark);
  }

  #mergeMap(members: Keyed, map: YamlMap, at: YamlNode): void {
    if (this.#open.has(map)) {
      const name = at.kind === 'alias' ? at.name : '';
      throw new YamlFault(`anchor '${name}' value contains itself`, at.mark);
    }
    this.#count(at);
    const isAlias = at.kind === 'alias';
    if (isAlias) {
      this.#aliasDepth++;
      this.#count(map);
    }
    this.#open.add(map);
    this.#fill(members, map);
    this.#open.delete(map);
    if (isAlias) this.#aliasDepth--;
  }
}

/** Assigning to `__proto__` would set the prototype. */
function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else {
    const own = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, key, own);
  }
}

function mergeFault(mark: Mark): YamlFault {
  return new YamlFault('map merge requires map or sequence of maps as the value', mark);
}

function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.value !== '<<') return false;
  return key.implicit || key.tag === 'tag:yaml.org,2002:merge' || key.tag === '!!merge';
}

function readScalar(node: YamlScalar): unknown {
  if (node.tag === '') return node.implicit ? resolvePlain(node.value) : node.value;
  if (node.tag === '!') return node.value;
  return resolveTagged(node.tag, node.value, node.mark);
}

/** A key as the text it becomes in JSON. */
function keyText(key: ResolvedScalar, value: unknown, mark: Mark): string {
  if (typeof key === 'string') return key;
  const type = key === null ? '%!s(<nil>)' : isUint64(key) ? 'uint64' : undefined;
  if (type !== undefined) {
    const shown = key === null ? '<nil>' : goPrint(key);
    const what = `unsupported map key of type: ${type}, key: ${shown}`;
    throw YamlFault.conversion(`${what}, value: ${goPrintAlone(value)}`, mark);
  }
  if (typeof key !== 'number' || Number.isInteger(key)) return String(key);
  if (Number.isNaN(key)) return '.nan';
  if (!Number.isFinite(key)) return key > 0 ? '.inf' : '-.inf';
  return String(Math.fround(key) === key ? key : Number(key.toPrecision(8)));
}
