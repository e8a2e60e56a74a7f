/**
 * URLs in CEL, read and refused as Go's net/url does.
 * Upstream: apiserver's pkg/cel/library/urls.go. Percent-encoded hosts are left out.
 */
import { fromUtf8, utf8 } from './tokens.ts';
import { CelError, type Opaque } from './values.ts';

export class UrlValue implements Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  readonly escapedPath: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly text: string;

  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.escapedPath = path;
    this.query = parseQuery(query);
  }

  equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }

  get hostname(): string {
    const bracketed = /^\[(.*)\]/.exec(this.host);
    return bracketed ? (bracketed[1] ?? '') : this.host.replace(/:\d*$/, '');
  }

  get port(): string {
    return /:(\d*)$/.exec(this.host)?.[1] ?? '';
  }
}

const PARSE_ERROR = 'URL parse error during conversion from string: ';

/** The URL; throws CelError with the server's text. */
export function parseUrl(text: string): UrlValue {
  const fail = (why: string): CelError =>
    new CelError(`${PARSE_ERROR}parse ${JSON.stringify(text)}: ${why}`);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw fail('net/url: invalid control character in URL');
  }
  if (text === '') throw fail('empty url');
  const colon = /^([a-zA-Z][a-zA-Z0-9+.-]*)?:/.exec(text);
  if (colon && colon[1] === undefined) throw fail('missing protocol scheme');
  const scheme = (colon?.[1] ?? '').toLowerCase();
  let rest = colon ? text.slice(colon[0].length) : text;
  const mark = rest.indexOf('?');
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme === '') throw fail('invalid URI for request');
    return new UrlValue(text, scheme, '', '', query);
  }
  let host = '';
  if (rest.startsWith('//') && !(scheme === '' && rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2);
    host = readHost(slash < 0 ? rest.slice(2) : rest.slice(2, slash), fail);
    rest = slash < 0 ? '' : rest.slice(slash);
  }
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(rest);
  if (escape) throw fail(`invalid URL escape ${JSON.stringify(escape[0])}`);
  return new UrlValue(text, scheme, host, escapePath(rest), query);
}

function readHost(authority: string, fail: (why: string) => CelError): string {
  const at = authority.lastIndexOf('@');
  if (at >= 0 && !/^[A-Za-z0-9\-._~!$&'()*+,;=%:@]*$/.test(authority.slice(0, at))) {
    throw fail('net/url: invalid userinfo');
  }
  const host = authority.slice(at + 1);
  const bracket = host.lastIndexOf(']');
  if (host.startsWith('[') && bracket < 0) throw fail("missing ']' in host");
  const portFrom = host.startsWith('[') ? bracket + 1 : host.lastIndexOf(':');
  const port = portFrom < 0 ? '' : host.slice(portFrom);
  if (port !== '' && !/^:\d*$/.test(port)) {
    throw fail(`invalid port ${JSON.stringify(port)} after host`);
  }
  const bad = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host);
  if (bad) throw fail(`invalid character ${JSON.stringify(bad[0])} in host name`);
  return host;
}

/** What a path may not hold plainly is written as percent signs. */
function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~!$&'()*+,;=:@/[\]%]/gu, (it) =>
    utf8(it)
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

function parseQuery(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split('#', 1).join('').split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const key = unescapeQuery(equals < 0 ? pair : pair.slice(0, equals));
    const value = unescapeQuery(equals < 0 ? '' : pair.slice(equals + 1));
    if (key === undefined || value === undefined) continue;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

function unescapeQuery(text: string): string | undefined {
  const bytes: number[] = [];
  for (const piece of text.replaceAll('+', ' ').match(/%[0-9a-fA-F]{2}|%|[^%]+/g) ?? []) {
    if (piece === '%') return undefined;
    if (piece.startsWith('%')) bytes.push(Number.parseInt(piece.slice(1), 16));
    else bytes.push(...utf8(piece));
  }
  return fromUtf8(Uint8Array.from(bytes));
}
