import type { Command } from './command.ts';

/** Keeps the active panel on its workload; the next command opens another. */
export const pinPanel: Command['run'] = async ({ panels }) => panels.togglePin();
