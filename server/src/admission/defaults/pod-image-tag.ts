/**
 * The tag of an image reference, as far as the image pull policy's default needs it.
 * Follows pkg/util/parsers/parsers.go and the reference grammar it uses
 * (github.com/distribution/reference: ParseNormalizedNamed).
 */

const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = `(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[(?:[a-fA-F0-9:]+)\\])`;
const DOMAIN = `${HOST}(?::[0-9]+)?`;
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?(${PATH_COMPONENT}(?:/${PATH_COMPONENT})*)` +
    '(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?' +
    '(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$',
);
/** Algorithms a digest may name, and how many hexadecimal digits each has. */
const DIGEST_LENGTH: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
/** Longer references cannot be valid (path 255, tag 128, digest and domain). */
const MAX_REFERENCE_LENGTH = 1024;

/** The tag; `latest` where neither tag nor digest is given; empty where this is no reference. */
export function imageTag(image: string): string {
  if (image.length > MAX_REFERENCE_LENGTH || /^[a-f0-9]{64}$/.test(image)) return '';
  const { domain, remainder } = splitDomain(image);
  const name = remainder.split(':', 1)[0] ?? '';
  if (name !== name.toLowerCase()) return '';
  const match = REFERENCE.exec(`${domain}/${remainder}`);
  if (!match) return '';
  const [, path = '', tag = '', digest = ''] = match;
  if (path.length > 255 || (digest !== '' && !isDigest(digest))) return '';
  return tag === '' && digest === '' ? 'latest' : tag;
}

function splitDomain(image: string): { domain: string; remainder: string } {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isDomain =
    slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = isDomain ? first : 'docker.io';
  const remainder = isDomain ? image.slice(slash + 1) : image;
  return domain === 'docker.io' && !remainder.includes('/')
    ? { domain, remainder: `library/${remainder}` }
    : { domain, remainder };
}

function isDigest(digest: string): boolean {
  const colon = digest.indexOf(':');
  const hex = digest.slice(colon + 1);
  return DIGEST_LENGTH[digest.slice(0, colon)] === hex.length && /^[a-f0-9]+$/.test(hex);
}
