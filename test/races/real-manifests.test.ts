/**
 * How often each rule speaks about manifests that people really use. The manifests are recorded
 * beside the checkout and not part of it; the counts are. A rule that begins to speak, or to be
 * silent, is read by somebody before its count is accepted (UPDATE_EXPECT=1).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Workspace } from '../../server/src/features/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { readCases } from '../conformance/corpora.ts';

const RECORDED = '../shared/conformance/real';
const GOLDEN = 'test/goldens/real-manifests.txt';
const isThere = existsSync(RECORDED);

describe('manifests that people use', () => {
  it.skipIf(!isThere)(
    isThere
      ? 'have the findings that were read: so many of a rule in a file'
      : 'are not counted: the folder of recorded manifests is not beside this checkout',
    () => {
      const counts = readdirSync(RECORDED)
        .filter((it) => it.endsWith('.jsonl.gz'))
        .toSorted()
        .flatMap((it) => countsOf(it));
      const text = `${counts.join('\n')}\n`;
      if (process.env['UPDATE_EXPECT']) writeFileSync(GOLDEN, text);
      expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
    },
  );
});

/** `repository/file rule severity count`, a folder of files at a time, as they are applied. */
function countsOf(recording: string): readonly string[] {
  const folders = new Map<string, Map<string, string[]>>();
  for (const { id, yaml } of readCases(`${RECORDED}/${recording}`) as unknown as Recorded[]) {
    const file = id.replace(/#\d+$/, '').replace(':', '/');
    const folder = file.slice(0, file.lastIndexOf('/'));
    const files = folders.get(folder) ?? new Map<string, string[]>();
    folders.set(folder, files);
    files.set(file, [...(files.get(file) ?? []), yaml]);
  }
  return [...folders.values()].flatMap(countsOfFolder).toSorted();
}

interface Recorded {
  readonly id: string;
  readonly yaml: string;
}

function countsOfFolder(files: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const workspace = new Workspace((message) => {
    throw new Error(message);
  });
  const uriOf = (file: string) => `file:///real/${file}`;
  workspace.applyChange(
    [...files].map(([file, documents]) => {
      const uri = uriOf(file);
      return { uri, file: new SourceFile(uri, documents.join('\n---\n')) };
    }),
  );
  const counts = new Map<string, number>();
  for (const file of files.keys()) {
    for (const { code: rule, severity } of workspace.check(uriOf(file), file)) {
      const key = `${file} ${rule} ${severity}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts].map(([key, count]) => `${key} ${count}`);
}
