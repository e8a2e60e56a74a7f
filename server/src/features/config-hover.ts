/** Hovers in `podsage.yaml`: what a parameter of the environment stands for, and its bounds. */
import { describeParameter, PARAMETER_NAMES, type ProfileParameter } from '../lifecycle/index.ts';
import { entryOf, ParseCache, pathAt, type TreeNode } from '../manifest/index.ts';
import type { Prediction } from '../prediction/index.ts';
import type { SourceFile, TextRange } from '../source/index.ts';
import type { FileHover } from './hover.ts';

export function configHover(
  file: SourceFile,
  offset: number,
  { profile }: Prediction,
): FileHover | undefined {
  const [parsed] = new ParseCache().parse([{ start: 0, text: file.text }]);
  const { path } = pathAt(parsed?.root, offset);
  const [section, key] = path;
  const range = keyRange(parsed?.root, path.slice(0, 2).map(String));
  if (!range) return undefined;
  const all = Object.values<ProfileParameter>(profile.parameters);
  if (section === 'parameters' && key !== undefined) {
    const name = PARAMETER_NAMES.find((it) => it === key);
    const text = name
      ? describeParameter(profile.parameters[name])
      : 'There is no such parameter; nothing reads it.';
    return { range, markdown: `**\`${key}\`**\n\n${text}` };
  }
  if (section !== 'profile' && section !== 'dataPlane') return undefined;
  const lines = all.map((it) => `- ${describeParameter(it)}`);
  return { range, markdown: [`**\`${section}\`**`, lines.join('\n')].join('\n\n') };
}

/** The range of a nested key. */
export function keyRange(
  root: TreeNode | undefined,
  names: readonly string[],
): TextRange | undefined {
  let node = root;
  let range: TextRange | undefined;
  for (const name of names) {
    if (node?.kind !== 'map') return range;
    const entry = entryOf(node, name);
    range = entry?.key.range;
    node = entry?.value;
  }
  return range;
}
