/** What a user may say of an app, each with what it means: the keys of annotations and settings. */
import { ON_SIGTERM } from './hooks/index.ts';
import { parseWindow } from './window-text.ts';

/** The prefix of the annotations. */
export const APP_ANNOTATION = 'podsage.dev/app.';

export type AppKey =
  | 'listen-seconds'
  | 'ready-seconds'
  | 'on-sigterm'
  | 'stop-accept-seconds'
  | 'drain-seconds'
  | 'keep-alive-seconds'
  | 'max-request-seconds'
  | 'readiness-fails-on-sigterm'
  | 'run-seconds';

/** The meaning of each key, as a hover says it. */
export const APP_KEYS: Readonly<Record<AppKey, string>> = {
  'listen-seconds': 'from the start of the process until it accepts connections',
  'ready-seconds':
    'from the start of the process until it can serve: caches filled, migrations done',
  'on-sigterm': 'what the process does when it is told to stop',
  'stop-accept-seconds': 'from SIGTERM until the process takes no new connection',
  'drain-seconds': 'from SIGTERM until the process exits, while there are connections',
  'keep-alive-seconds': 'how long the server keeps an idle connection',
  'max-request-seconds': 'how long the longest request takes',
  'readiness-fails-on-sigterm': 'whether the readiness probe fails once SIGTERM has come',
  'run-seconds': 'how long an init container runs',
};

const CHOICES: Readonly<Partial<Record<AppKey, readonly string[]>>> = {
  'on-sigterm': ON_SIGTERM,
  'readiness-fails-on-sigterm': ['true', 'false'],
};

/** What can be written: `seconds, such as 5, 2-20 or 2-`, or the choices. */
export function appValues(key: AppKey): string {
  return CHOICES[key]?.join(', ') ?? 'seconds, such as 5, 2-20 or 2- (no upper bound)';
}

/** Whether the value of a key can be read. */
export function isAppValue(key: AppKey, text: string): boolean {
  return CHOICES[key]?.includes(text.trim()) ?? parseWindow(text) !== undefined;
}

/** The key of `drain-seconds`, or of `web.drain-seconds` for the container web. */
export function appKeyOf(name: string): AppKey | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return (Object.keys(APP_KEYS) as AppKey[]).find((it) => it === last);
}
