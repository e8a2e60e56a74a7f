// The engine, with the server's log.
import { Workspace } from '../features/index.ts';
import type { Log } from './guard.ts';
import type { LanguageFeatures } from './language-features.ts';

/** Makes the features that a server answers with. */
export function createFeatures(log: Log): LanguageFeatures {
  return new Workspace((message) => log.error(message));
}
