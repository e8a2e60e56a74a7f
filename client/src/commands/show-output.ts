import type { Command } from './index.ts';

/** Shows the output channel: the server's log. */
export const showOutput: Command['run'] = async ({ log }) => log.show();
