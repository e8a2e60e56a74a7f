/** Semantic versions in CEL. Upstream: pkg/cel/library/semverlib.go, blang/semver v4. */
import { CelError, type Opaque } from './values.ts';

export class Semver implements Opaque {
  readonly typeName = 'kubernetes.Semver';
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: readonly string[];

  constructor(major: bigint, minor: bigint, patch: bigint, prerelease: readonly string[]) {
    this.major = major;
    this.minor = minor;
    this.patch = patch;
    this.prerelease = prerelease;
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && compareSemver(this, other) === 0;
  }
}

/** The version; throws CelError with the server's text. */
export function parseSemver(text: string, normalize: boolean): Semver {
  const parts = (normalize ? normalized(text) : text).split('.');
  const [major = '', minor, ...rest] = parts;
  if (text === '') throw new CelError('Version string empty');
  const last = rest.join('.');
  if (minor === undefined || rest.length === 0) {
    throw new CelError('No Major.Minor.Patch elements found');
  }
  const [withoutBuild, build] = split(last, '+');
  const [patch, prerelease] = split(withoutBuild, '-');
  const numbers = [
    numberPart('major', major),
    numberPart('minor', minor),
    numberPart('patch', patch),
  ];
  const identifiers = prerelease === undefined ? [] : prerelease.split('.');
  for (const it of identifiers) checkIdentifier(it, true);
  for (const it of build === undefined ? [] : build.split('.')) checkIdentifier(it, false);
  return new Semver(numbers[0] ?? 0n, numbers[1] ?? 0n, numbers[2] ?? 0n, identifiers);
}

function split(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function numberPart(what: string, text: string): bigint {
  const name = what === 'patch' ? 'Patch' : what === 'minor' ? 'Minor' : 'Major';
  if (!/^\d+$/.test(text)) {
    throw new CelError(`Invalid character(s) found in ${what} number ${JSON.stringify(text)}`);
  }
  if (text.length > 1 && text.startsWith('0')) {
    throw new CelError(`${name} number must not contain leading zeroes ${JSON.stringify(text)}`);
  }
  return BigInt(text);
}

function checkIdentifier(text: string, prerelease: boolean): void {
  const what = prerelease ? 'Prerelease' : 'Build meta data';
  if (text === '') throw new CelError(`${what} is empty`);
  if (!/^[0-9A-Za-z-]+$/.test(text)) {
    throw new CelError(
      `Invalid character(s) found in ${what.toLowerCase()} ${JSON.stringify(text)}`,
    );
  }
  if (prerelease && /^0\d+$/.test(text)) {
    throw new CelError(
      `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(text)}`,
    );
  }
}

/** Without a `v`, with all three numbers, without leading zeros. */
function normalized(text: string): string {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const given = minor === undefined ? [major] : [major, minor];
  const parts = rest.length > 0 ? [...given, rest.join('.')] : given;
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) {
    throw new CelError('short version cannot contain PreRelease/Build meta data');
  }
  const trimmed = parts.map((it) => it.replace(/^0+(?=\d)/, ''));
  while (trimmed.length < 3) trimmed.push('0');
  return trimmed.join('.');
}

export function compareSemver(a: Semver, b: Semver): number {
  for (const part of ['major', 'minor', 'patch'] as const) {
    if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return b.prerelease.length - a.prerelease.length === 0 ? 0 : a.prerelease.length === 0 ? 1 : -1;
  }
  for (let i = 0; i < Math.max(a.prerelease.length, b.prerelease.length); i++) {
    const [x, y] = [a.prerelease[i], b.prerelease[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const order = compareIdentifiers(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x !== y) return x ? -1 : 1;
  if (x) return Number(BigInt(a) - BigInt(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
