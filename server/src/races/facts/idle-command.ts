/** Commands that only wait: nothing in them would react to a signal, whoever gets it. */
import { programName, type ShellScript } from '../../lifecycle/index.ts';

const WAITS = new Set(['sleep', 'tail', 'cat', 'yes', 'true', 'wait', 'read']);
const HARMLESS = new Set(['echo', 'printf', 'export', 'set', 'cd', 'mkdir', 'touch', 'date', ':']);

/** Whether a script does nothing but wait, or repeats something: no server that could drain. */
export function isIdle({ commands, compound }: ShellScript): boolean {
  // The inside of a loop is not read: `while true; do date; sleep 1; done`.
  if (compound !== undefined) return /^(?:while|until|for)$/.test(compound);
  const names = commands.map((it) => programName(it.words[0]));
  return names.every((it) => WAITS.has(it) || HARMLESS.has(it));
}
