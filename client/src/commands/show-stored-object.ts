import type { Command } from './command.ts';
import { sayNoWorkload, targetOf } from './target.ts';

/** Opens the diff of what is submitted and what would be stored. */
export const showStoredObject: Command['run'] = async (context, argument) => {
  const target = targetOf(context, argument);
  const object = target && (await context.server.ask('storedObject', target));
  if (object) await context.storedObjects.show(object);
  else sayNoWorkload();
};
