import * as vscode from 'vscode';
import type { Command } from './command.ts';
import { sayNoWorkload, targetOf } from './target.ts';

/** Puts the text timeline on the clipboard. */
export const copyTimeline: Command['run'] = async (context, argument) => {
  const target = targetOf(context, argument);
  const timeline = target && (await context.server.ask('timeline', target));
  if (timeline === undefined) return sayNoWorkload();
  await vscode.env.clipboard.writeText(timeline);
  vscode.window.setStatusBarMessage('Podsage: the timeline is on the clipboard.', 4000);
};
