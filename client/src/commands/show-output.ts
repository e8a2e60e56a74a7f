import type { Command } from './command.ts';

/** Shows the output channel: the server's log. */
export const showOutput: Command['run'] = async ({ log }) => log.show();
