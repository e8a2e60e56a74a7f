import * as vscode from 'vscode';
import type { WorkloadParams } from '../../../server/src/protocol/index.ts';
import type { CommandContext } from './command.ts';

/** The workload a command is about: the one named by its argument, else the one at the cursor. */
export function targetOf(
  { editors }: CommandContext,
  argument: unknown,
): WorkloadParams | undefined {
  return isWorkloadParams(argument) ? argument : editors.cursor();
}

/** Says why a command did nothing; does not wait until the user has put the message away. */
export function sayNoWorkload(): void {
  void vscode.window.showInformationMessage(
    'Podsage: there is no workload at the cursor. Put the cursor into a manifest that makes pods.',
  );
}

function isWorkloadParams(value: unknown): value is WorkloadParams {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'uri') === 'string'
  );
}
