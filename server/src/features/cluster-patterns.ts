import { readConfig } from '../cluster/index.ts';
import type { SourceFile } from '../source/index.ts';

/** The files and globs that a configuration's `cluster:` names. */
export function clusterPatterns(file: SourceFile): readonly string[] {
  return readConfig(file).config.cluster;
}
