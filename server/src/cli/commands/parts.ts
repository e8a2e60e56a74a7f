import { drainText, explainText, PLAIN, type ExplainPart } from '../../features/index.ts';
import { EXIT, UsageError, type ExitStatus } from '../exit-status.ts';
import type { Options, Terminal } from '../main.ts';
import { openWorkspace, writeNotes } from '../open-workspace.ts';
import { TERMINAL, wantsColour } from '../terminal-style.ts';

const PARTS: Readonly<Record<string, readonly ExplainPart[]>> = {
  schedule: ['scheduling'],
  timeline: ['startup', 'shutdown'],
  endpoints: ['endpoints'],
  rollout: ['rollout'],
};

/** `podsage schedule|timeline|endpoints|rollout FILE…` and `podsage drain NODE FILE…`. */
export function explainParts(
  name: 'schedule' | 'timeline' | 'endpoints' | 'rollout' | 'drain',
  terminal: Terminal,
  args: readonly string[],
  options: Options,
): ExitStatus {
  const { workspace, files } = openWorkspace(terminal, args, options);
  const style = wantsColour(options.color ?? terminal.colour, process.stdout) ? TERMINAL : PLAIN;
  if (name === 'drain') {
    const plan = workspace.drain(options.node ?? '');
    if (!plan) throw new UsageError(`no Node "${options.node}" is declared`);
    terminal.out(options.json ? `${JSON.stringify(plan, null, 2)}\n` : drainText(plan, style));
    return EXIT.clean;
  }
  if (options.annotations) {
    const all = files.subjects.flatMap((it) => workspace.annotations(it.uri));
    terminal.out(`${JSON.stringify(all, null, 2)}\n`);
    return EXIT.clean;
  }
  const views = files.subjects.flatMap((it) => workspace.views(it.uri));
  if (options.json) {
    const fields = {
      schedule: 'scheduling',
      timeline: 'shutdowns',
      endpoints: 'endpoints',
      rollout: 'rollout',
    };
    const field = fields[name] as keyof (typeof views)[number];
    const parts = views.map((it) => ({ subject: it.subject, [field]: it[field] }));
    terminal.out(`${JSON.stringify(parts, null, 2)}\n`);
  } else {
    terminal.out(views.map((it) => explainText(it, style, PARTS[name])).join('\n'));
    writeNotes(terminal, workspace, files.subjects);
  }
  return EXIT.clean;
}
