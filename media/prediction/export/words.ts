// A prediction in Markdown, and a shutdown as a Mermaid sequence, for a pull request.
import type {
  PredictionView,
  ShutdownView,
  TimelineView,
} from '../../../server/src/protocol/index.ts';
import { formatTime, formatWindow } from '../model/time.ts';

export function toMarkdown(view: PredictionView, cause: string): string {
  const shutdown = view.shutdowns.find((it) => it.cause === cause) ?? view.shutdowns[0];
  return [
    `# ${view.title}`,
    `Predicted for Kubernetes ${view.kubernetesVersion}.`,
    ...section('Admission', [admissionLine(view)]),
    ...section('Scheduling', view.scheduling ? [view.scheduling.message] : []),
    ...section(
      'Traffic',
      view.endpoints.services.map((it) => `- Service \`${it.name}\`: ${it.ports.join(', ')}`),
    ),
    ...section('Start', view.startup ? table(view.startup) : []),
    ...(shutdown ? shutdownLines(shutdown) : []),
    ...section('Rollout', view.rollout ? [view.rollout.summary, ...view.rollout.deadlocks] : []),
    ...section(
      'Findings',
      view.findings.map((it) => `- **${it.severity}** \`${it.rule}\`: ${it.message}`),
    ),
    ...section(
      'Rests on',
      view.assumptions.map((it) => `- ${it}`),
    ),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

function admissionLine({ admission }: PredictionView): string {
  return admission.allowed
    ? `Accepted; ${admission.mutations.length} fields set by the server.`
    : `Refused with ${admission.code}: ${admission.message}`;
}

function shutdownLines(shutdown: ShutdownView): readonly string[] {
  const { label, verdicts, timeline } = shutdown;
  return [
    ...section(`Shutdown, ${label}`, [
      ...verdicts.map((it) => `- ${it.holds ? '✓' : '✕'} ${it.label}: ${it.message}`),
      '',
      ...table(timeline),
    ]),
    '',
    '```mermaid',
    toMermaid(shutdown),
    '```',
  ];
}

function table({ lanes, events }: TimelineView): readonly string[] {
  const names = new Map(lanes.map((it) => [it.id, it.label]));
  return [
    '| When | Component | What | Certainty |',
    '| --- | --- | --- | --- |',
    ...sorted(events).map((it) => {
      const cells = [
        formatWindow(it.window),
        names.get(it.lane) ?? it.lane,
        it.label,
        it.certainty,
      ];
      return `| ${cells.map(cell).join(' | ')} |`;
    }),
  ];
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
}

function sorted(events: TimelineView['events']) {
  return events.toSorted(
    (a, b) =>
      a.window.earliest - b.window.earliest ||
      (a.window.latest ?? Number.POSITIVE_INFINITY) - (b.window.latest ?? Number.POSITIVE_INFINITY),
  );
}

/** Lanes as participants, events as notes in the order of their earliest moments. */
export function toMermaid({ label, timeline, verdicts }: ShutdownView): string {
  const used = new Set(timeline.events.map((it) => it.lane));
  const lanes = timeline.lanes.filter((it) => used.has(it.id));
  const ids = new Map(lanes.map((it, index) => [it.id, `p${index}`]));
  const last = lanes.length - 1;
  return [
    'sequenceDiagram',
    ...lanes.map((it) => `  participant ${ids.get(it.id)} as ${plain(it.label)}`),
    ...(last < 0 ? [] : [`  note over p0,p${last}: ${plain(label)}`]),
    ...sorted(timeline.events).map(
      (it) =>
        `  note over ${ids.get(it.lane) ?? 'p0'}: ${plain(it.label)}<br/>${formatWindow(it.window)}`,
    ),
    ...verdicts
      .filter((it) => !it.holds && it.window)
      .map((it) => {
        const from = formatTime(it.window?.earliest ?? 0);
        return `  note over p0,p${last}: ✕ ${plain(it.message)}, from ${from}`;
      }),
  ].join('\n');
}

/** Mermaid reads `;` as the end of a line and `#` as the head of an entity. */
function plain(text: string): string {
  return text.replace(/[;#\n]/g, ' ').replace(/:/g, ' ');
}
