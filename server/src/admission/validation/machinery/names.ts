/**
 * The rules for names, keys and small texts, each with upstream's sentences.
 * Follows staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go and
 * pkg/api/validate/content. Every check returns what is wrong, nothing where all is well.
 *
 * The regular expressions are written so that they need linear time; the texts cite upstream's.
 */
import { isPrintable, utf8Length } from './go-text.ts';

const LABEL = '[a-z0-9](?:-*[a-z0-9])*';
const DNS1123_LABEL = new RegExp(`^${LABEL}$`);
const DNS1123_SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const UNDERSCORED = '_?[a-z0-9](?:[-_]*[a-z0-9])*';
const DNS1123_SUBDOMAIN_UNDERSCORED = new RegExp(`^${UNDERSCORED}(?:\\.${UNDERSCORED})*$`);
const DNS1035_LABEL = /^[a-z](?:-*[a-z0-9])*$/;
const LABEL_KEY = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const DNS1123_LABEL_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_SUBDOMAIN_FORMAT = `${DNS1123_LABEL_FORMAT}(\\.${DNS1123_LABEL_FORMAT})*`;
const UNDERSCORED_LABEL_FORMAT = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const LABEL_KEY_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

/** Nothing wrong. */
const NONE: readonly string[] = [];

/** Longest label of a DNS name, in bytes. */
export const DNS1123_LABEL_MAX_LENGTH = 63;
/** Longest DNS name, in bytes. */
export const DNS1123_SUBDOMAIN_MAX_LENGTH = 253;
/** Longest value of a label, in bytes. */
export const LABEL_VALUE_MAX_LENGTH = 63;

/** "must be no more than 63 characters". */
export function maxLengthText(length: number): string {
  return `must be no more than ${length} characters`;
}

/** "must be no more than 63 bytes": the newer half of upstream counts what it says. */
export function maxBytesText(length: number): string {
  return `must be no more than ${length} bytes`;
}

/** "must be between 1 and 65535, inclusive". */
export function inclusiveRangeText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

/** "must be non-empty". */
export const EMPTY_TEXT = 'must be non-empty';

/** A sentence with examples and the expression that was used. */
export function regexText(message: string, format: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  const list = examples.map((it) => `'${it}', `).join(' or ');
  return `${message} (e.g. ${list}regex used for validation is '${format}')`;
}

/** A rule for `metadata.name`; `prefix` where the text is a `generateName`. */
export type NameRule = (name: string, prefix: boolean) => readonly string[];

/** A DNS-1123 label: `my-name`. */
export function isDNS1123Label(value: string): readonly string[] {
  return dns1123Label(value, maxLengthText);
}

function dns1123Label(value: string, tooLong: (length: number) => string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > DNS1123_LABEL_MAX_LENGTH) errors.push(tooLong(DNS1123_LABEL_MAX_LENGTH));
  if (!DNS1123_LABEL.test(value)) {
    errors.push(
      DNS1123_SUBDOMAIN.test(value)
        ? 'must not contain dots'
        : regexText(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'," +
              ' and must start and end with an alphanumeric character',
            DNS1123_LABEL_FORMAT,
            'my-name',
            '123-abc',
          ),
    );
  }
  return errors;
}

/** A DNS-1123 subdomain: `example.com`. */
export function isDNS1123Subdomain(value: string): readonly string[] {
  return dns1123Subdomain(value, maxLengthText);
}

function dns1123Subdomain(value: string, tooLong: (length: number) => string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > DNS1123_SUBDOMAIN_MAX_LENGTH) {
    errors.push(tooLong(DNS1123_SUBDOMAIN_MAX_LENGTH));
  }
  if (!DNS1123_SUBDOMAIN.test(value)) {
    errors.push(
      regexText(
        'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,' +
          " '-' or '.', and must start and end with an alphanumeric character",
        DNS1123_SUBDOMAIN_FORMAT,
        'example.com',
      ),
    );
  }
  return errors;
}

/** A DNS-1123 subdomain in which labels may hold underscores, as DNS search paths may. */
export function isDNS1123SubdomainWithUnderscore(value: string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > DNS1123_SUBDOMAIN_MAX_LENGTH) {
    errors.push(maxLengthText(DNS1123_SUBDOMAIN_MAX_LENGTH));
  }
  if (!DNS1123_SUBDOMAIN_UNDERSCORED.test(value)) {
    errors.push(
      regexText(
        'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,' +
          " '_', '-' or '.', and must start and end with an alphanumeric character",
        `${UNDERSCORED_LABEL_FORMAT}(\\.${UNDERSCORED_LABEL_FORMAT})*`,
        'example.com',
      ),
    );
  }
  return errors;
}

/** A DNS-1035 label, which begins with a letter: the names of Services. */
export function isDNS1035Label(value: string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > DNS1123_LABEL_MAX_LENGTH) {
    errors.push(maxLengthText(DNS1123_LABEL_MAX_LENGTH));
  }
  if (!DNS1035_LABEL.test(value)) {
    errors.push(
      regexText(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-'," +
          ' start with an alphabetic character, and end with an alphanumeric character',
        '[a-z]([-a-z0-9]*[a-z0-9])?',
        'my-name',
        'abc-123',
      ),
    );
  }
  return errors;
}

/** `*.example.com`. */
export function isWildcardDNS1123Subdomain(value: string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > DNS1123_SUBDOMAIN_MAX_LENGTH) {
    errors.push(maxLengthText(DNS1123_SUBDOMAIN_MAX_LENGTH));
  }
  if (!value.startsWith('*.') || !DNS1123_SUBDOMAIN.test(value.slice(2))) {
    errors.push(
      regexText(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain," +
          " which must consist of lower case alphanumeric characters, '-' or '.'" +
          ' and end with an alphanumeric character',
        `\\*\\.${DNS1123_SUBDOMAIN_FORMAT}`,
        '*.example.com',
      ),
    );
  }
  return errors;
}

/** A label's key, with an optional DNS prefix: `example.com/MyName`. */
export function isQualifiedName(value: string): readonly string[] {
  const errors: string[] = [];
  const parts = value.split('/');
  const syntax = regexText(
    "must consist of alphanumeric characters, '-', '_' or '.'," +
      ' and must start and end with an alphanumeric character',
    LABEL_KEY_FORMAT,
    'MyName',
    'my.name',
    '123-abc',
  );
  if (parts.length > 2) {
    const optional = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    return [`a valid label key ${syntax} ${optional}`];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined;
  if (prefix === '') errors.push(`prefix part ${EMPTY_TEXT}`);
  else if (prefix !== undefined) {
    for (const it of dns1123Subdomain(prefix, maxBytesText)) errors.push(`prefix part ${it}`);
  }
  if (name === '') errors.push(`name part ${EMPTY_TEXT}`);
  else if (utf8Length(name) > 63) errors.push(`name part ${maxBytesText(63)}`);
  if (!LABEL_KEY.test(name)) errors.push(`name part ${syntax}`);
  return errors;
}

/** A label's value; empty is allowed. */
export function isValidLabelValue(value: string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > LABEL_VALUE_MAX_LENGTH) errors.push(maxBytesText(LABEL_VALUE_MAX_LENGTH));
  if (value !== '' && !LABEL_KEY.test(value)) {
    errors.push(
      regexText(
        'a valid label must be an empty string or consist of alphanumeric characters,' +
          " '-', '_' or '.', and must start and end with an alphanumeric character",
        `(${LABEL_KEY_FORMAT})?`,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

/** A port number. */
export function isValidPortNum(port: number): readonly string[] {
  return isInRange(port, 1, 65535);
}

/** A number within bounds, both included. */
export function isInRange(value: number, low: number, high: number): readonly string[] {
  return value >= low && value <= high ? NONE : [inclusiveRangeText(low, high)];
}

/** A group id. */
export function isValidGroupID(id: number): readonly string[] {
  return isInRange(id, 0, 2147483647);
}

/** A user id. */
export function isValidUserID(id: number): readonly string[] {
  return isInRange(id, 0, 2147483647);
}

/** The name of a port, IANA style. */
export function isValidPortName(port: string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(port) > 15) errors.push(maxLengthText(15));
  if (!/^[-a-z0-9]+$/.test(port)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(port)) errors.push('must contain at least one letter (a-z)');
  if (port.includes('--')) errors.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) {
    errors.push('must not begin or end with a hyphen');
  }
  return errors;
}

/** `25%`. */
export function isValidPercent(percent: string): readonly string[] {
  if (/^[0-9]+%$/.test(percent)) return NONE;
  return [
    regexText(
      "a valid percent string must be a numeric string followed by an ending '%'",
      '[0-9]+%',
      '1%',
      '93%',
    ),
  ];
}

/** The name of an HTTP header. */
export function isHTTPHeaderName(value: string): readonly string[] {
  if (/^[-A-Za-z0-9]+$/.test(value)) return NONE;
  return [
    regexText(
      "a valid HTTP header must consist of alphanumeric characters or '-'",
      '[-A-Za-z0-9]+',
      'X-Header-Name',
    ),
  ];
}

/** The name of an environment variable: any printable ASCII but `=`. */
export function isRelaxedEnvVarName(value: string): readonly string[] {
  const errors: string[] = [];
  if (value === '') errors.push(`environment variable name ${EMPTY_TEXT}`);
  for (const char of value) {
    if (char.charCodeAt(0) <= 0x7f && isPrintable(char) && char !== '=') continue;
    errors.push(
      'a valid environment variable name must consist only of' +
        " printable ASCII characters other than '='",
    );
    break;
  }
  return errors;
}

/** A key of a ConfigMap or Secret. */
export function isConfigMapKey(value: string): readonly string[] {
  const errors: string[] = [];
  if (utf8Length(value) > DNS1123_SUBDOMAIN_MAX_LENGTH) {
    errors.push(maxLengthText(DNS1123_SUBDOMAIN_MAX_LENGTH));
  }
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    errors.push(
      regexText(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return [...errors, ...parentFolderPrefix(value)];
}

function parentFolderPrefix(value: string): readonly string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : NONE;
}

/** A text that can be one segment of a URL. */
export function isPathSegmentName(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((it) => name.includes(it)).map((it) => `may not contain '${it}'`);
}

/** NameIsDNSSubdomain: the names of most objects. */
export const nameIsDNSSubdomain: NameRule = (name, prefix) =>
  isDNS1123Subdomain(prefix ? maskTrailingDash(name) : name);

/** NameIsDNSLabel: the names of Namespaces, and of Services with RelaxedServiceNameValidation. */
export const nameIsDNSLabel: NameRule = (name, prefix) =>
  isDNS1123Label(prefix ? maskTrailingDash(name) : name);

// Upstream cuts two characters and adds one.
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}
