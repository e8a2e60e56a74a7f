import { ruleText, RULES_OVERVIEW } from '../../features/index.ts';
import { EXIT, UsageError, type ExitStatus } from '../exit-status.ts';
import type { Terminal } from '../invocation.ts';

/** `podsage rules [ID]`: the rules in a line each, or one whole. */
export function listRules(terminal: Terminal, id: string | undefined): ExitStatus {
  if (id === undefined) {
    for (const it of RULES_OVERVIEW) {
      terminal.out(`${it.severity.padEnd(11)} ${it.id.padEnd(44)} ${it.summary}\n`);
    }
    return EXIT.clean;
  }
  const text = ruleText(id);
  if (text === undefined)
    throw new UsageError(`there is no rule "${id}"; \`podsage rules\` lists them`);
  terminal.out(text);
  return EXIT.clean;
}
