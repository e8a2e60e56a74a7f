import * as vscode from 'vscode';

/** The settings that the client itself acts on; the server asks the editor for its own. */
export interface ClientSettings {
  /** Globs of workspace files that are never read. */
  readonly exclude: readonly string[];
  /** Whether an unpinned panel shows the workload at the cursor. */
  readonly followCursor: boolean;
}

/** The settings as they are now. */
export function readSettings(): ClientSettings {
  const section = vscode.workspace.getConfiguration('podsage');
  return {
    exclude: section.get<string[]>('files.exclude', []),
    followCursor: section.get<boolean>('panel.followCursor', true),
  };
}
