// The engine as the language server sees it. A first step that reads the text line by line: it knows
// workloads by their `kind`, one race and our ignore comments, until features/ answers.
import type { Place, PredictionView, WorkloadParams } from '../protocol/index.ts';
import { containsOffset, type SourceFile, type TextRange } from '../source/index.ts';
import type { Log } from './guard.ts';
import type {
  FileAction,
  FileDiagnostic,
  FileHint,
  FileLens,
  FileSymbol,
  LanguageFeatures,
} from './language-features.ts';

const WORKLOADS = /^kind:\s*(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob)\s*$/m;
const IGNORE = /# podsage-ignore\b(?!\s+[\w-]+:\s*\S)[^\n\r]*/g;

interface Workload {
  readonly title: string;
  readonly subject: string;
  readonly range: TextRange;
  readonly kind: TextRange;
  readonly text: string;
}

/** Makes the features that a server answers with. */
export function createFeatures(log: Log): LanguageFeatures {
  const files = new Map<string, SourceFile>();
  const workloads = (uri: string): readonly Workload[] => readWorkloads(files.get(uri)?.text ?? '');
  const place = (uri: string, range: TextRange) => {
    const lines = files.get(uri)?.lines;
    const at = (offset: number) => {
      const found = lines?.at(offset);
      return { line: found?.line ?? 0, character: found?.column ?? 0 };
    };
    return { uri, range: { start: at(range.start), end: at(range.end) } };
  };
  const find = ({ uri, position, subject }: WorkloadParams): Workload | undefined => {
    const all = workloads(uri);
    if (subject !== undefined) return all.find((it) => it.subject === subject);
    if (!position) return all[0];
    const at = { line: position.line, column: position.character };
    const offset = files.get(uri)?.lines.offset(at) ?? 0;
    return all.find((it) => containsOffset(it.range, offset));
  };
  return {
    applyChange(changes) {
      for (const { uri, file } of changes) {
        if (file) files.set(uri, file);
        else files.delete(uri);
      }
    },
    configure() {},
    useDescriptions(json) {
      log.info(`${Object.keys(JSON.parse(json) as object).length} descriptions`);
    },
    note: () => undefined,
    diagnostics: (uri) => [
      ...workloads(uri).flatMap(lateHook),
      ...ignoresWithoutReason(files.get(uri)?.text ?? ''),
    ],
    hover(uri, offset) {
      const file = files.get(uri);
      const workload = workloads(uri).find((it) => containsOffset(it.range, offset));
      if (!file || !workload) return undefined;
      const start = file.lines.lineStart(file.lines.at(offset).line);
      const key = /^([\s-]*)([\w.]+):/.exec(file.text.slice(start, start + 200));
      if (!key?.[2]) return undefined;
      const from = start + (key[1]?.length ?? 0);
      const range = { start: from, end: from + key[2].length };
      return { range, markdown: `**${key[2]}** of ${workload.title}` };
    },
    lenses: (uri) => workloads(uri).flatMap((it) => lenses(uri, it)),
    hints: (uri, range) => workloads(uri).flatMap((it) => defaultGrace(it, range)),
    actions: (uri, range) =>
      workloads(uri)
        .filter((it) => it.range.start <= range.end && range.start <= it.range.end)
        .flatMap((it) => raiseGrace(uri, it)),
    symbols: (uri) => workloads(uri).map(toSymbol),
    prediction(params) {
      const found = find(params);
      if (!found) return undefined;
      return viewOf(found, place(params.uri, found.kind));
    },
    timeline: (params) => find(params)?.title,
    storedObject(params) {
      const found = find(params);
      return found && { title: found.title, submitted: found.text, stored: found.text };
    },
  };
}

function readWorkloads(text: string): Workload[] {
  const found: Workload[] = [];
  let start = 0;
  for (const part of text.split(/^---.*$\r?\n?/m)) {
    const at = text.indexOf(part, start);
    start = at + part.length;
    const kind = WORKLOADS.exec(part);
    if (!kind?.[1]) continue;
    const name = /^ {2}name:\s*([\w.-]+)/m.exec(part)?.[1] ?? '?';
    const namespace = /^ {2}namespace:\s*([\w.-]+)/m.exec(part)?.[1] ?? 'default';
    found.push({
      title: `${kind[1]} ${namespace}/${name}`,
      subject: `${kind[1]}/${namespace}/${name}`,
      range: { start: at, end: at + part.length },
      kind: { start: at + kind.index, end: at + kind.index + kind[0].trimEnd().length },
      text: part,
    });
  }
  return found;
}

function viewOf({ title, subject, text }: Workload, place: Place): PredictionView {
  const [kind = '', namespace = '', name = ''] = subject.split('/');
  return {
    subject,
    title,
    kind,
    name,
    namespace,
    place,
    assumptions: [],
    kubernetesVersion: '1.36',
    admission: {
      allowed: true,
      code: 201,
      reason: '',
      message: '',
      causes: [],
      warnings: [],
      mutations: [],
      submitted: text,
      stored: text,
      webhooks: [],
    },
    scheduling: null,
    startup: null,
    shutdowns: [],
    endpoints: { services: [], slices: [], nearMisses: [] },
    rollout: null,
    findings: [],
    calculator: null,
    knobs: [],
    siblings: [],
  };
}

/** The seconds of a `sleep` hook and of the grace period it takes them from. */
function hookOf({ text, range }: Workload) {
  const sleep = /sleep:\s*(?:\{\s*)?seconds:\s*(\d+)/.exec(text);
  if (!sleep?.[1]) return undefined;
  const written = /terminationGracePeriodSeconds:[ \t]*(\d+)/.exec(text);
  const end = range.start + sleep.index + sleep[0].length;
  const graceEnd = written ? range.start + written.index + written[0].length : undefined;
  return {
    seconds: Number(sleep[1]),
    range: { start: end - sleep[1].length, end },
    grace: Number(written?.[1] ?? 30),
    graceRange:
      graceEnd === undefined
        ? undefined
        : { start: graceEnd - (written?.[1] ?? '').length, end: graceEnd },
  };
}

function lateHook(workload: Workload): FileDiagnostic[] {
  const hook = hookOf(workload);
  if (!hook || hook.seconds <= hook.grace) return [];
  const message = `preStop takes ${hook.seconds}s of a ${hook.grace}s grace period`;
  return [{ range: hook.range, severity: 'error', code: 'prestop-outlives-grace-period', message }];
}

function ignoresWithoutReason(text: string): FileDiagnostic[] {
  return [...text.matchAll(IGNORE)].map((it) => ({
    range: { start: it.index, end: it.index + it[0].trimEnd().length },
    severity: 'warning',
    code: 'ignore-without-reason',
    message: 'An ignore comment names a rule and a reason: `# podsage-ignore <rule>: reason`.',
  }));
}

function lenses(uri: string, { subject, kind }: Workload): FileLens[] {
  const target = { uri, subject };
  return [
    { range: kind, title: 'Explain Pod', command: 'podsage.explainPod', target },
    { range: kind, title: 'Shutdown', command: 'podsage.showShutdown', target },
  ];
}

function defaultGrace({ text, range }: Workload, asked: TextRange): FileHint[] {
  const spec = /^ *spec:[ \t]*$(?=\s+(?:containers|initContainers|restartPolicy):)/m.exec(text);
  if (!spec || text.includes('terminationGracePeriodSeconds:')) return [];
  const offset = range.start + spec.index + spec[0].trimEnd().length;
  if (!containsOffset(asked, offset)) return [];
  return [{ offset, label: 'terminationGracePeriodSeconds: 30' }];
}

function raiseGrace(uri: string, workload: Workload): FileAction[] {
  const hook = hookOf(workload);
  const [fixes] = lateHook(workload);
  if (!hook?.graceRange || !fixes) return [];
  const newText = String(hook.seconds + 10);
  return [
    {
      title: `Raise terminationGracePeriodSeconds to ${newText}`,
      kind: 'quickfix',
      edits: [{ uri, range: hook.graceRange, newText }],
      fixes,
      preferred: true,
    },
  ];
}

function toSymbol({ title, range, kind }: Workload): FileSymbol {
  return { name: title, kind: 'object', range, selection: kind };
}
