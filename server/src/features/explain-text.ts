/** A prediction as text for the terminal: what the panel draws, said in lines. */
import { formatSeconds } from '../explanation/index.ts';
import type {
  AdmissionView,
  EndpointsView,
  FindingView,
  PredictionView,
  RolloutView,
  SchedulingView,
  ShutdownView,
  VerdictView,
} from '../protocol/index.ts';
import { LATER } from './findings.ts';
import { fit, indented, placeText, PLAIN, wrap, type Emphasis, type Style } from './text-style.ts';
import { TONE_MARKS } from './views/verdict-summary.ts';
import { timelineText, windowText } from './timeline-text.ts';

export type ExplainPart =
  | 'admission'
  | 'scheduling'
  | 'endpoints'
  | 'startup'
  | 'shutdown'
  | 'rollout'
  | 'rollout-steps'
  | 'retries'
  | 'findings';

const NO_ROLLOUT =
  'It has no rollout: pods that exist are not replaced by those of a new template.';

/** All parts, in the order of a pod's life. */
export const EXPLAIN_PARTS: readonly ExplainPart[] = [
  'admission',
  'scheduling',
  'endpoints',
  'startup',
  'shutdown',
  'rollout',
  'retries',
  'findings',
];

/** What can be said of an object that the API server cannot read. */
const SURE_PARTS: readonly ExplainPart[] = ['admission', 'findings'];
const REFUSED =
  'The API server refuses it. What else is told here would follow if it were accepted.';

const TONE_EMPHASIS: Readonly<Record<VerdictView['tone'], Emphasis>> = {
  good: 'good',
  warn: 'warning',
  bad: 'error',
  plain: 'dim',
};

/** One workload in short: an answer a line. */
export function briefText(view: PredictionView, style: Style = PLAIN): string {
  return `${[headline(view, style), ...verdictLines(view.verdicts, style)].join('\n')}\n`;
}

/** The whole explanation of one workload; whole, it begins with the answers in short. */
export function explainText(
  view: PredictionView,
  style: Style = PLAIN,
  parts: readonly ExplainPart[] = EXPLAIN_PARTS,
): string {
  const lines = [headline(view, style)];
  if (parts === EXPLAIN_PARTS) lines.push(...verdictLines(view.verdicts, style));
  const { allowed, code } = view.admission;
  // What cannot be read says nothing about the rest.
  const shown = code === 400 ? parts.filter((it) => SURE_PARTS.includes(it)) : parts;
  if (!allowed && shown.some((it) => !SURE_PARTS.includes(it)))
    lines.push('', `  ${style('warning', REFUSED)}`);
  for (const part of shown) lines.push(...partLines(view, part, style));
  if (view.assumptions.length > 0) {
    lines.push('', style('dim', '  This rests on:'));
    for (const it of view.assumptions) lines.push(...indented(it, 4, style, '- '));
  }
  return `${lines.join('\n')}\n`;
}

function headline({ title, place }: PredictionView, style: Style): string {
  return `${style('heading', title)}  ${style('dim', placeText(place))}`;
}

function verdictLines(verdicts: readonly VerdictView[], style: Style): readonly string[] {
  return verdicts.flatMap(({ tone, title, headline, detail }) => {
    const [first = '', ...rest] = wrap(
      [headline, detail].filter((it) => it !== '').join(' · '),
      82,
    );
    const lead = `  ${style(TONE_EMPHASIS[tone], TONE_MARKS[tone])} ${style('strong', fit(title, 11))} `;
    return [`${lead}${first}`, ...rest.map((it) => `${' '.repeat(16)}${it}`)];
  });
}

function partLines(view: PredictionView, part: ExplainPart, style: Style): readonly string[] {
  switch (part) {
    case 'admission':
      return admissionLines(view.admission, style);
    case 'scheduling':
      return view.scheduling ? schedulingLines(view.scheduling, style) : [];
    case 'endpoints':
      return endpointLines(view.endpoints, style);
    case 'startup':
      return startupLines(view, style);
    case 'shutdown':
      return view.shutdowns.slice(0, 1).flatMap((it) => shutdownLines(it, view, style));
    case 'rollout':
      return view.rollout ? rolloutLines(view.rollout, style) : [];
    case 'rollout-steps':
      return view.rollout ? rolloutStepLines(view.rollout, style) : ['', `  ${NO_ROLLOUT}`];
    case 'retries':
      return view.retries === null
        ? []
        : ['', title('Retries', style), ...indented(view.retries, 2, style)];
    case 'findings':
      return findingLines(view.findings, style);
  }
}

function admissionLines(admission: AdmissionView, style: Style): readonly string[] {
  const lines = ['', title('Admission', style)];
  if (admission.allowed) {
    const count = admission.mutations.length;
    lines.push(
      `  ${style('good', 'accepted')}: ${count} ${count === 1 ? 'field' : 'fields'} set by the server`,
    );
  } else {
    lines.push(`  ${style('error', `refused (${admission.code} ${admission.reason})`)}`);
    if (admission.causes.length === 0) lines.push(...indented(admission.message, 4, style));
    for (const { field, message, place } of admission.causes) {
      lines.push(
        ...indented(
          `${field ? `${field}: ` : ''}${message}${place ? `  (${placeText(place)})` : ''}`,
          4,
          style,
          '- ',
        ),
      );
    }
  }
  for (const { message } of admission.later) {
    lines.push(...indented(`${message} ${LATER}`, 4, style, '- '));
  }
  for (const it of admission.asksWho) {
    lines.push(
      ...indented(`policy ${it} asks who the user is or may do; its answer is assumed`, 4, style),
    );
  }
  for (const it of admission.warnings) lines.push(...indented(it, 4, style, 'Warning: '));
  for (const it of admission.webhooks) {
    lines.push(
      ...indented(`webhook ${it} would be called; what it does cannot be predicted`, 4, style),
    );
  }
  return lines;
}

function schedulingLines(scheduling: SchedulingView, style: Style): readonly string[] {
  const lines = ['', title('Scheduling', style)];
  const { chosen, lands, feasibleCount, nodeCount } = scheduling;
  lines.push(
    chosen === null
      ? `  ${style('error', scheduling.gated ?? scheduling.message)}`
      : `  ${style('good', `→ ${lands}`)} (${feasibleCount} of ${nodeCount} nodes feasible)`,
  );
  for (const node of scheduling.nodes.slice(0, 12)) {
    const [first] = node.refusals;
    const also = node.refusals.slice(1).map((it) => it.plugin);
    const text = first
      ? `${first.plugin}: ${first.because || first.reason}${also.length > 0 ? ` (also ${also.join(', ')})` : ''}`
      : `fits${node.total === null ? '' : `, score ${node.total}`}`;
    lines.push(`    ${fit(node.node, 24)} ${first ? style('dim', text) : text}`);
  }
  if (scheduling.nodes.length > 12) lines.push(`    … ${scheduling.nodes.length - 12} more nodes`);
  if (scheduling.why !== null) lines.push(...indented(scheduling.why, 4, style, 'why: '));
  if (scheduling.replicas) lines.push(...indented(scheduling.replicas.message, 4, style));
  if (scheduling.capacity !== null) lines.push(...indented(scheduling.capacity, 4, style));
  for (const it of scheduling.nodesToAdd) lines.push(...indented(it, 4, style, 'would fit with '));
  for (const { text } of scheduling.changes) lines.push(...indented(text, 4, style, 'would fit: '));
  return lines;
}

function endpointLines(endpoints: EndpointsView, style: Style): readonly string[] {
  const lines = ['', title('Traffic', style)];
  if (endpoints.services.length === 0)
    lines.push('  no Service of the declared world selects this pod');
  for (const it of endpoints.services) {
    lines.push(`  ${style('strong', `Service ${it.name}`)} (${it.type}): ${it.ports.join(', ')}`);
    if (it.message) lines.push(...indented(it.message, 4, style));
    for (const via of it.reachedBy) lines.push(...indented(`reached by ${via}`, 4, style));
  }
  for (const { message } of endpoints.nearMisses) lines.push(...indented(message, 4, style));
  return lines;
}

function startupLines({ startup, verdicts }: PredictionView, style: Style): readonly string[] {
  if (!startup) return [];
  const lines = ['', title('Start-up', style)];
  const verdict = verdicts.find((it) => it.section === 'lifecycle');
  if (verdict?.tone === 'bad') {
    lines.push(`  ${style('error', verdict.headline)}`, ...indented(verdict.detail, 2, style));
  }
  return [...lines, ...timelineText(startup, style).map((it) => `  ${it}`)];
}

/** A workload that no Service selects, for the command that lists Services. */
export function unselectedText(view: PredictionView, style: Style = PLAIN): string {
  const lines = [`${style('heading', view.title)}  ${style('dim', placeText(view.place))}`];
  lines.push('  no Service of the declared world selects its pods');
  for (const { message } of view.endpoints.nearMisses) lines.push(...indented(message, 2, style));
  return `${lines.join('\n')}\n`;
}

function shutdownLines(
  shutdown: ShutdownView,
  view: PredictionView,
  style: Style,
): readonly string[] {
  const lines = ['', title(`Shutdown: ${shutdown.label}`, style)];
  lines.push(...timelineText(shutdown.timeline, style).map((it) => `  ${it}`));
  for (const verdict of shutdown.verdicts) {
    const mark = verdict.holds ? style('good', 'holds') : style('warning', 'may fail');
    lines.push(`  ${mark}: ${verdict.label}`);
    lines.push(...indented(verdict.message, 4, style));
    for (const { at, text } of verdict.witness)
      lines.push(`      ${fit(formatSeconds(at), 8)} ${text}`);
    if (verdict.holds) for (const it of verdict.proof) lines.push(...indented(it, 6, style));
  }
  if (view.calculator) lines.push(...indented(view.calculator.message, 2, style));
  return lines;
}

function rolloutLines(rollout: RolloutView, style: Style): readonly string[] {
  const { duration, wanted, minReady, maxPods, maxTotal, ready, newReady } = rollout;
  const lines = ['', title('Rollout', style), ...indented(rollout.summary, 2, style)];
  const terminating = maxTotal > maxPods ? ` (${maxTotal} with those that terminate)` : '';
  const between = `at the lowest ${minReady} of ${wanted} ready, at the most ${podCount(maxPods)}${terminating}`;
  if (rollout.outcome === 'stuck') {
    const end = `nothing moves after ${windowText(duration)}, with ${ready} ready, ${newReady} of them new`;
    lines.push(...indented(`${end}; ${between}`, 2, style));
  } else if (rollout.outcome === 'complete') {
    lines.push(...indented(`takes ${windowText(duration)}; ${between}`, 2, style));
  }
  for (const it of rollout.deadlocks) lines.push(...indented(it, 4, style, '- '));
  for (const it of rollout.autoscalers) lines.push(...indented(it, 4, style, '- '));
  return lines;
}

function podCount(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** Steps shown of a rollout; those in the middle look like those before them. */
const FIRST_STEPS = 24;
const LAST_STEPS = 4;

/** The strategy's own bounds, every change of a pod, the conditions, and the drains. */
function rolloutStepLines(rollout: RolloutView, style: Style): readonly string[] {
  const { capacity, conditions, drain } = rollout;
  const lines: string[] = [];
  if (rollout.outcome !== 'nothing-to-do') {
    const kept = `at least ${capacity.minAvailable} available, at most ${podCount(capacity.maxPods)}`;
    lines.push(`  the strategy keeps ${kept}`);
  }
  const steps = rollout.steps.map(
    ({ window, what, pods, ready }) =>
      `    ${fit(windowText(window), 20)} ${fit(what, 40)} ${fit(String(pods), 5)} ${ready}`,
  );
  const left = steps.length - FIRST_STEPS - LAST_STEPS;
  if (left > 1) steps.splice(FIRST_STEPS, left, `    … ${left} more changes`);
  if (steps.length > 0) {
    const head = `    ${fit('when', 20)} ${fit('what', 40)} ${fit('pods', 5)} ready`;
    lines.push(style('dim', head), ...steps);
  }
  if (conditions.length > 0) lines.push(...indented(conditions.join(', '), 2, style, 'ends with '));
  for (const it of drain) lines.push(...indented(it.message, 2, style, `drain of ${it.node}: `));
  return lines;
}

function findingLines(findings: readonly FindingView[], style: Style): readonly string[] {
  const lines = ['', title('Findings', style)];
  if (findings.length === 0) lines.push('  none');
  for (const it of findings) {
    const emphasis = it.severity === 'information' ? 'accent' : it.severity;
    const place = it.place ? style('dim', placeText(it.place)) : '';
    lines.push(`  ${style(emphasis, it.severity)} ${style('dim', it.rule)} ${place}`);
    lines.push(...indented(it.message, 4, style));
    for (const { at, text } of it.witness) lines.push(`      ${fit(formatSeconds(at), 8)} ${text}`);
    for (const fix of it.fixes) lines.push(...indented(fix.title, 4, style, 'fix: '));
  }
  return lines;
}

function title(text: string, style: Style): string {
  return `  ${style('strong', text)}`;
}
