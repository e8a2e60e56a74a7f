/**
 * Reads an IP address as Go does, and says in Go's words what is wrong with it.
 * Upstream: net/netip of Go's standard library (ParseAddr).
 */

/** What was read: the address as a number, and whether it named a zone. */
export interface ParsedAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly zoned: boolean;
}

/** Why there is no address; the text is Go's. */
export class AddressError extends Error {}

/** Throws AddressError. */
export function parseAddress(text: string): ParsedAddress {
  const mark = /[.:%]/.exec(text)?.[0];
  const reader = new AddressReader(text);
  if (mark === '.') return { family: 4, bits: reader.octets(text), zoned: false };
  if (mark === ':') return reader.v6();
  throw reader.fault(mark === '%' ? 'missing IPv6 address' : 'unable to parse IP');
}

class AddressReader {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  fault(why: string, at = ''): AddressError {
    const place = at === '' ? '' : ` (at ${JSON.stringify(at)})`;
    return new AddressError(`ParseAddr(${JSON.stringify(this.#text)}): ${why}${place}`);
  }

  /** Four numbers with dots between them. */
  octets(text: string): bigint {
    const octets: number[] = [];
    let digits = '';
    for (const [i, char] of [...text].entries()) {
      const rest = [...text].slice(i).join('');
      if (char >= '0' && char <= '9') {
        if (digits === '0') throw this.fault('IPv4 field has octet with leading zero');
        digits += char;
        if (Number(digits) > 255) throw this.fault('IPv4 field has value >255');
      } else if (char === '.') {
        if (digits === '' || rest === '.') {
          throw this.fault('IPv4 field must have at least one digit', rest);
        }
        if (octets.length === 3) throw this.fault('IPv4 address too long');
        octets.push(Number(digits));
        digits = '';
      } else throw this.fault('unexpected character', rest);
    }
    if (octets.length < 3) throw this.fault('IPv4 address too short');
    return [...octets, Number(digits)].reduce((bits, it) => (bits << 8n) | BigInt(it), 0n);
  }

  v6(): ParsedAddress {
    const percent = this.#text.indexOf('%');
    const zoned = percent >= 0;
    if (zoned && percent === this.#text.length - 1) {
      throw this.fault('zone must be a non-empty string');
    }
    const words = this.#words(zoned ? this.#text.slice(0, percent) : this.#text);
    return { family: 6, bits: words.reduce((bits, it) => (bits << 16n) | it, 0n), zoned };
  }

  /** The eight words, with zeros where `::` stands. */
  #words(text: string): readonly bigint[] {
    const words: bigint[] = [];
    let gap = text.startsWith('::') ? 0 : -1;
    let rest = gap === 0 ? text.slice(2) : text;
    while (rest !== '' && words.length < 8) {
      const digits = this.#hexDigits(rest);
      if (rest[digits.length] === '.') {
        words.push(...this.#embedded(rest, words.length, gap >= 0));
        rest = '';
        break;
      }
      words.push(BigInt(`0x${digits}`));
      rest = rest.slice(digits.length);
      if (rest === '') break;
      if (!rest.startsWith(':')) throw this.fault('unexpected character, want colon', rest);
      if (rest === ':') throw this.fault('colon must be followed by more characters', rest);
      rest = rest.slice(1);
      if (!rest.startsWith(':')) continue;
      if (gap >= 0) throw this.fault('multiple :: in address', rest);
      gap = words.length;
      rest = rest.slice(1);
    }
    if (rest !== '') throw this.fault('trailing garbage after address', rest);
    return this.#filled(words, gap);
  }

  #hexDigits(rest: string): string {
    const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
    if (digits.length > 4) throw this.fault('each group must have 4 or less digits', rest);
    if (digits === '') {
      throw this.fault('each colon-separated field must have at least one digit', rest);
    }
    return digits;
  }

  /** An IPv4 address in the place of the last two words. */
  #embedded(rest: string, count: number, hasGap: boolean): readonly bigint[] {
    if (!hasGap && count !== 6) {
      const why = 'embedded IPv4 address must replace the final 2 fields of the address';
      throw this.fault(why, rest);
    }
    if (count > 6) {
      const why = 'too many hex fields to fit an embedded IPv4 at the end of the address';
      throw this.fault(why, rest);
    }
    const bits = this.octets(rest);
    return [bits >> 16n, bits & 0xffffn];
  }

  #filled(words: readonly bigint[], gap: number): readonly bigint[] {
    if (words.length === 8) {
      if (gap < 0) return words;
      throw this.fault('the :: must expand to at least one field of zeros');
    }
    if (gap < 0) throw this.fault('address string too short');
    const zeros = Array.from({ length: 8 - words.length }, () => 0n);
    return [...words.slice(0, gap), ...zeros, ...words.slice(gap)];
  }
}
