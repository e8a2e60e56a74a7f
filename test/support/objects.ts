import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../server/src/manifest/index.ts';

/** The objects of a YAML text, as plain values without places. */
export function objects<T extends KubernetesObject = KubernetesObject>(text: string): T[] {
  return parseAllDocuments(text).map((it) => it.toJS() as T);
}

/** The one object of a YAML text. */
export function object<T extends KubernetesObject>(text: string): T {
  const [first] = objects<T>(text);
  if (!first) throw new Error('no object in the text');
  return first;
}
