/** The one place where tests make an analysis, so that its API can change. */
import { Workspace } from '../../server/src/features/index.ts';
import type { Analysis } from '../../server/src/features/index.ts';
import { SourceFile } from '../../server/src/source/index.ts';
import { parseFixture, type Fixture } from './fixture.ts';

export interface Analysed {
  readonly fixture: Fixture;
  readonly workspace: Workspace;
  readonly analysis: Analysis;
  /** What the engine logged: rules that failed, things that cannot be. */
  readonly log: readonly string[];
}

/** Analyses a fixture's files. */
export function analyse(text: string): Analysed {
  const fixture = parseFixture(text);
  const log: string[] = [];
  const workspace = new Workspace((message) => log.push(message));
  workspace.applyChange(
    fixture.files.map(({ uri, text }) => ({ uri, file: new SourceFile(uri, text) })),
  );
  return { fixture, workspace, analysis: workspace.analysis(), log };
}
