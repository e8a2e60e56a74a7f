import {
  drainText,
  explainText,
  PLAIN,
  serviceText,
  unselectedText,
  type ExplainPart,
  type Style,
} from '../../features/index.ts';
import { EXIT, UsageError, type ExitStatus } from '../exit-status.ts';
import type { Options, Terminal } from '../invocation.ts';
import { openWorkspace, writeNotes, type OpenWorkspace } from '../open-workspace.ts';
import { TERMINAL, wantsColour } from '../terminal-style.ts';

const PARTS: Readonly<Record<string, readonly ExplainPart[]>> = {
  schedule: ['scheduling'],
  timeline: ['startup', 'shutdown'],
  rollout: ['rollout', 'rollout-steps'],
};

/** What the slices rest on, where no status of a pod says otherwise. */
const ALL_RUN = 'all pods of these files run and are Ready, where no status says otherwise';

/** Every Service of the files with its slices, then the workloads that no Service selects. */
function printEndpoints(
  terminal: Terminal,
  { workspace, files }: OpenWorkspace,
  style: Style,
  json: boolean,
): void {
  const uris = files.subjects.map((it) => it.uri);
  const services = workspace.services(uris);
  const views = uris.flatMap((it) => workspace.views(it));
  if (json) {
    const workloads = views.map(({ subject, endpoints }) => ({ subject, endpoints }));
    terminal.out(`${JSON.stringify({ services, workloads }, null, 2)}\n`);
    return;
  }
  const unselected = views
    .filter((it) => it.endpoints.services.length === 0)
    .map((it) => unselectedText(it, style));
  const texts = [...services.map((it) => serviceText(it, style)), ...unselected];
  const note = workspace.note();
  const rests = [ALL_RUN, ...(note === undefined ? [] : [note])].map((it) => `  - ${it}`);
  if (texts.length > 0) texts.push(`${style('dim', 'This rests on:')}\n${rests.join('\n')}\n`);
  terminal.out(texts.join('\n'));
  if (services.length === 0) writeNotes(terminal, workspace, files.subjects);
}

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
  if (name === 'endpoints') {
    printEndpoints(terminal, { workspace, files }, style, options.json === true);
    return EXIT.clean;
  }
  const views = files.subjects.flatMap((it) => workspace.views(it.uri));
  if (options.json) {
    const fields = {
      schedule: 'scheduling',
      timeline: 'shutdowns',
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
