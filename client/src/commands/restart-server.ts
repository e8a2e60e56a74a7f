import type { Command } from './command.ts';

export const restartServer: Command['run'] = async ({ server, log }) => {
  log.info('Restarting the server.');
  await server.restart();
};
