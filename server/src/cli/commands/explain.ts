import { briefText, explainText, PLAIN } from '../../features/index.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Options, Terminal } from '../invocation.ts';
import { openWorkspace, writeNotes } from '../open-workspace.ts';
import { TERMINAL, wantsColour } from '../terminal-style.ts';

/** `podsage explain FILE…`: every workload of the files, whole or in short. */
export function explain(terminal: Terminal, args: readonly string[], options: Options): ExitStatus {
  const { workspace, files } = openWorkspace(terminal, args, options);
  const views = files.subjects.flatMap((it) => workspace.views(it.uri));
  if (options.json) {
    terminal.out(`${JSON.stringify(views, null, 2)}\n`);
    return EXIT.clean;
  }
  const style = wantsColour(options.color ?? terminal.colour, process.stdout) ? TERMINAL : PLAIN;
  const text = options.brief ? briefText : explainText;
  terminal.out(views.map((it) => text(it, style)).join('\n'));
  writeNotes(terminal, workspace, files.subjects);
  return EXIT.clean;
}
