/**
 * Named formats: `format.dns1123Label().validate(name)`.
 * Upstream: apiserver's pkg/cel/library/format.go, apimachinery's util/validation.
 */
import type { CelFunction, FunctionTable } from './function-table.ts';
import { parseTimestamp } from './time.ts';
import { parseUrl } from './url.ts';
import { CelError, OptionalValue, type Opaque } from './values.ts';

type Validate = (text: string) => readonly string[];

class FormatValue implements Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly validate: Validate;

  constructor(name: string, validate: Validate) {
    this.name = name;
    this.validate = validate;
  }

  equals(other: Opaque): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

function tooLong(most: number): string {
  return `must be no more than ${most} characters`;
}

function pattern(expression: string, message: string, examples: readonly string[]): Validate {
  const regex = new RegExp(`^(?:${expression})$`);
  const eg = examples.map((it) => `'${it}', `).join(' or ');
  const text = `${message} (e.g. ${eg}regex used for validation is '${expression}')`;
  return (it) => (regex.test(it) ? [] : [text]);
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const dns1123LabelPattern = pattern(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and " +
    'must start and end with an alphanumeric character',
  ['my-name', '123-abc'],
);
const dns1123SubdomainPattern = pattern(
  SUBDOMAIN,
  'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, ' +
    "'-' or '.', and must start and end with an alphanumeric character",
  ['example.com'],
);
const dns1035LabelPattern = pattern(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an " +
    'alphabetic character, and end with an alphanumeric character',
  ['my-name', 'abc-123'],
);
const qualifiedNamePattern = pattern(
  QUALIFIED,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
    'with an alphanumeric character',
  ['MyName', 'my.name', '123-abc'],
);
const labelValuePattern = pattern(
  `(${QUALIFIED})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or " +
    "'.', and must start and end with an alphanumeric character",
  ['MyValue', 'my_value', '12345'],
);

function bounded(most: number, check: Validate): Validate {
  return (text) => [...(text.length > most ? [tooLong(most)] : []), ...check(text)];
}

const dns1123Label = bounded(63, dns1123LabelPattern);
const dns1123Subdomain = bounded(253, dns1123SubdomainPattern);
const dns1035Label = bounded(63, dns1035LabelPattern);

/** A name may end in a dash where something is appended to it. */
function asPrefix(check: Validate): Validate {
  return (text) => check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);
}

function qualifiedName(text: string): readonly string[] {
  const parts = text.split('/');
  const [prefix, name = prefix] = parts;
  if (parts.length > 2) {
    return [
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start " +
        "and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', " +
        `regex used for validation is '${QUALIFIED}') with an optional DNS subdomain prefix and ` +
        "'/' (e.g. 'example.com/MyName')",
    ];
  }
  const errors: string[] = [];
  if (parts.length === 2) {
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123Subdomain(prefix ?? '').map((it) => `prefix part ${it}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else if ((name ?? '').length > 63) errors.push(`name part ${tooLong(63)}`);
  return [...errors, ...qualifiedNamePattern(name ?? '')];
}

function oneOf(valid: (text: string) => boolean, message: string): Validate {
  return (text) => (valid(text) ? [] : [message]);
}

function uri(text: string): readonly string[] {
  try {
    parseUrl(text);
    return [];
  } catch (error) {
    const message = error instanceof CelError ? error.message : String(error);
    return [message.replace('URL parse error during conversion from string: ', '')];
  }
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const FORMATS: Readonly<Record<string, Validate>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: asPrefix(dns1123Label),
  dns1123SubdomainPrefix: asPrefix(dns1123Subdomain),
  dns1035LabelPrefix: asPrefix(dns1035Label),
  labelValue: bounded(63, labelValuePattern),
  uri,
  uuid: oneOf((it) => UUID.test(it), 'does not match the UUID format'),
  byte: oneOf((it) => it !== '' && BASE64.test(it), 'invalid base64'),
  date: oneOf((it) => parseTimestamp(`${it}T00:00:00Z`) !== undefined, 'invalid date'),
  datetime: oneOf((it) => parseTimestamp(it) !== undefined, 'invalid datetime'),
};

const validate: CelFunction = ([format, text]) => {
  if (!(format instanceof FormatValue) || typeof text !== 'string') return undefined;
  const errors = format.validate(text);
  return new OptionalValue(errors.length === 0 ? undefined : errors);
};

const named: CelFunction = ([name]) => {
  if (typeof name !== 'string') return undefined;
  const check = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  return new OptionalValue(check && new FormatValue(name, check));
};

export const FORMAT_FUNCTIONS: FunctionTable = {
  '.validate': [validate],
  'format.named': [named],
  ...Object.fromEntries(
    Object.entries(FORMATS).map(([name, check]) => [
      `format.${name}`,
      [() => new FormatValue(name, check)],
    ]),
  ),
};
