/** A manifest as an object of its kind: what its type refuses is left out, so that the rest can be looked at. */
import {
  decodeObject,
  typeOfKind,
  type KubernetesObject,
  type Manifest,
} from '../manifest/index.ts';

const DECODED = new WeakMap<object, KubernetesObject>();

/** The object with only well-typed fields. The same manifest object gives the same answer. */
export function decodeManifest({ apiVersion, kind, object }: Manifest): KubernetesObject {
  const known = DECODED.get(object);
  if (known) return known;
  const type = typeOfKind(apiVersion, kind);
  const decoded = type ? decodeObject(object, type).object : untyped(object);
  const result = { ...decoded, apiVersion, kind, metadata: metadataOf(decoded['metadata']) };
  DECODED.set(object, result);
  return result;
}

function untyped(object: KubernetesObject): Record<string, unknown> {
  return { ...object };
}

/** Simulations count on a name, and on labels that are texts. */
function metadataOf(value: unknown): KubernetesObject['metadata'] {
  const metadata =
    value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const text = (it: unknown) => (typeof it === 'string' ? it : '');
  return {
    ...metadata,
    name: text(metadata['name']),
    ...(metadata['namespace'] === undefined ? {} : { namespace: text(metadata['namespace']) }),
    ...(metadata['labels'] ? { labels: texts(metadata['labels']) } : {}),
    ...(metadata['annotations'] ? { annotations: texts(metadata['annotations']) } : {}),
  };
}

function texts(value: unknown): Record<string, string> {
  if (value === null || typeof value !== 'object') return {};
  return Object.fromEntries(
    Object.entries(value).filter((it): it is [string, string] => typeof it[1] === 'string'),
  );
}
