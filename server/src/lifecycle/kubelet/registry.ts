/** Decides what the name of an image means at a time: whoever pushes an image moves its tags. */
import { parseImageName } from '../hooks/index.ts';
import type { Behaviour } from './scenario.ts';

/** The digest that a pull at this time gets; undefined where nothing is told of the repository. */
export function meaningOf(
  registry: Behaviour['registry'],
  image: string,
  now: number,
): string | undefined {
  const { repository, tag } = parseImageName(image);
  const pushes = registry?.[repository];
  if (pushes === undefined) return undefined;
  const [, written] = image.split('@');
  if (written !== undefined) return written;
  return pushes.findLast((it) => it.at <= now && it.tags.includes(tag || 'latest'))?.digest;
}
