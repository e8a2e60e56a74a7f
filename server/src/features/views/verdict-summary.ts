/** The answers in short, one a question: what the panel's overview and the terminal begin with. */
import type { FindingView, PredictionView, VerdictView, WindowView } from '../../protocol/index.ts';
import { windowText } from '../timeline-text.ts';

type Parts = Omit<PredictionView, 'verdicts'>;

/** What stands before a verdict where there are letters only. */
export const TONE_MARKS = { good: '✓', warn: '!', bad: '✕', plain: '·' } as const;

const SEVERITY_TONES = { error: 'bad', warning: 'warn', information: 'plain' } as const;

/** In the order of a pod's life; what is not predicted, or never comes to be, has none. */
export function verdictSummary(view: Parts): readonly VerdictView[] {
  if (!view.admission.allowed) {
    const findings = view.findings.length > 0 ? [findingsVerdict(view)] : [];
    return [admissionVerdict(view), ...findings];
  }
  const verdicts = [
    admissionVerdict(view),
    schedulingVerdict(view),
    startVerdict(view),
    trafficVerdict(view),
    shutdownVerdict(view),
    rolloutVerdict(view),
    findingsVerdict(view),
  ];
  return verdicts.filter((it) => it !== undefined);
}

function admissionVerdict({ admission }: Parts): VerdictView {
  const { allowed, code, mutations, warnings, message } = admission;
  const changed = `${count(mutations.length, 'field')} set by the server`;
  const warned = warnings.length > 0 ? `, ${count(warnings.length, 'warning')}` : '';
  return {
    section: 'admission',
    title: 'Admission',
    tone: !allowed ? 'bad' : warnings.length > 0 ? 'warn' : 'good',
    headline: allowed ? 'accepted' : `refused with ${code}`,
    detail: allowed ? `${changed}${warned}` : message,
  };
}

function schedulingVerdict({ scheduling }: Parts): VerdictView {
  const base = { section: 'scheduling', title: 'Scheduling' } as const;
  if (!scheduling) {
    return { ...base, tone: 'plain', headline: 'nothing to place', detail: 'no pod is made' };
  }
  const { lands, chosen, gated, feasibleCount, nodeCount, message, replicas } = scheduling;
  if (chosen === null) {
    const headline = gated === null ? 'no node fits' : 'gated';
    return { ...base, tone: 'bad', headline, detail: gated ?? message };
  }
  const short = replicas && replicas.placed < replicas.wanted;
  return {
    ...base,
    tone: short ? 'bad' : 'good',
    headline: short ? `${replicas.placed} of ${replicas.wanted} placed` : `runs on ${lands}`,
    detail: `${feasibleCount} of ${count(nodeCount, 'node')} can take it${lands === chosen ? '' : '; chance decides'}`,
  };
}

function startVerdict({ startup, scheduling }: Parts): VerdictView | undefined {
  const ready = startup?.events.find((it) => it.id === 'ready');
  if (!startup || !ready) return undefined;
  const base = { section: 'lifecycle', title: 'Start' } as const;
  const assumed = ready.certainty === 'assumed' ? ', assumed' : '';
  const since = `since ${startup.origin}${assumed}`;
  const headline = `Ready after ${roughly(ready.window)}`;
  if (scheduling && scheduling.chosen === null) {
    const why = scheduling.gated === null ? 'no node fits it' : 'its gates hold it';
    const detail = `were it not so, it would be ${headline} ${since}`;
    return { ...base, tone: 'bad', headline: `never, while ${why}`, detail };
  }
  const first = startup.events.find((it) => it.id === 'first-traffic');
  const detail = first ? `first request after ${roughly(first.window)}; ${since}` : since;
  return { ...base, tone: 'plain', headline, detail };
}

/** `0.9s–1m 17s`: rounded outwards, so it stays true. */
function roughly({ earliest, latest }: WindowView): string {
  const grain = (seconds: number) => (seconds < 10 ? 10 : 1);
  const least = Math.floor(earliest * grain(earliest)) / grain(earliest);
  const most = latest === null ? null : Math.ceil(latest * grain(latest)) / grain(latest);
  return windowText({ earliest: least, latest: most }).replace(/^from (.*)/, '$1 or later');
}

function trafficVerdict({ endpoints }: Parts): VerdictView {
  const names = endpoints.services.map((it) => it.name);
  const missed = endpoints.nearMisses.length;
  return {
    section: 'endpoints',
    title: 'Traffic',
    tone: names.length > 0 ? 'good' : missed > 0 ? 'warn' : 'plain',
    headline: names.length > 0 ? `reached through ${names.join(', ')}` : 'no Service selects it',
    detail:
      missed > 0
        ? `${count(missed, 'Service')} nearly ${missed === 1 ? 'does' : 'do'}`
        : endpoints.services.flatMap((it) => it.ports).join(', '),
  };
}

function shutdownVerdict({ shutdowns }: Parts): VerdictView | undefined {
  const [first] = shutdowns;
  if (!first) return undefined;
  const broken = first.verdicts.filter((it) => !it.holds);
  const all = first.verdicts.length;
  const base = { section: 'shutdown', title: 'Shutdown' } as const;
  if (all === 0) {
    const detail = 'nothing known depends on when it stops';
    return { ...base, tone: 'plain', headline: 'no order to keep', detail };
  }
  return {
    ...base,
    tone: broken.length > 0 ? 'bad' : 'good',
    headline:
      broken.length > 0 ? `${broken.length} of ${all} orders can break` : 'every order holds',
    detail: broken[0]?.message ?? `proved for ${count(all, 'pair')} of events`,
  };
}

function rolloutVerdict({ rollout }: Parts): VerdictView | undefined {
  if (!rollout) return undefined;
  const stuck = rollout.outcome === 'stuck';
  const may = rollout.deadlocks.length > 0;
  return {
    section: 'rollout',
    title: 'Rollout',
    tone: stuck ? 'bad' : may ? 'warn' : 'good',
    headline: stuck
      ? 'gets stuck'
      : may
        ? 'may get stuck'
        : `never below ${rollout.minReady} ready`,
    detail: rollout.deadlocks[0] ?? rollout.summary,
  };
}

function findingsVerdict({ findings }: Parts): VerdictView {
  const gravest = findings.reduce<FindingView | undefined>(
    (worst, it) => (worst && !isGraver(it, worst) ? worst : it),
    undefined,
  );
  return {
    section: 'findings',
    title: 'Findings',
    tone: gravest ? SEVERITY_TONES[gravest.severity] : 'good',
    headline: gravest ? count(findings.length, 'finding') : 'none',
    detail: gravest?.message ?? 'no rule found a race',
  };
}

function isGraver(a: FindingView, b: FindingView): boolean {
  const order = Object.keys(SEVERITY_TONES);
  return order.indexOf(a.severity) < order.indexOf(b.severity);
}

/** `1 node`, `3 nodes`. */
function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
