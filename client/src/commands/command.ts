// What a command is, and what it acts on.
import type * as vscode from 'vscode';
import type { EditorTracker } from '../editor-tracker.ts';
import type { ServerConnection } from '../language-client.ts';
import type { RunProgram } from '../programs.ts';
import type { PredictionPanels } from '../prediction-panels.ts';
import type { StoredObjects } from '../stored-objects.ts';

/** The parts of the extension that commands act on. */
export interface CommandContext {
  readonly server: ServerConnection;
  readonly panels: PredictionPanels;
  readonly editors: EditorTracker;
  readonly storedObjects: StoredObjects;
  readonly log: vscode.LogOutputChannel;
  /** Missing where no program can be run: in a browser. */
  readonly runProgram: RunProgram | undefined;
}

export interface Command {
  readonly id: string;
  /** As the palette shows it behind `Podsage: `. */
  readonly title: string;
  /** `argument`: a `WorkloadParams` from a code lens or the panel, nothing from the palette. */
  readonly run: (context: CommandContext, argument: unknown) => Promise<void>;
}
