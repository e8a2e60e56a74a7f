// The verdicts in short, each the way to its view.
import type { ComponentChildren } from 'preact';
import type { PredictionView, Section } from '../../../server/src/protocol/index.ts';
import { Certainty, PlaceLink, Sign, type Tone } from '../parts/common.tsx';
import { byGravity, type Desk } from '../model/desk.ts';
import { Glance } from './glance.tsx';

const SEVERITY_TONES = { error: 'bad', warning: 'warn', information: 'plain' } as const;

interface Verdict {
  readonly section: Section;
  readonly title: string;
  readonly tone: Tone;
  readonly headline: string;
  readonly detail: string;
}

export function Overview({ desk }: { readonly desk: Desk }) {
  const { view } = desk;
  return (
    <>
      <div class="cards verdicts">
        {verdictsOf(view).map((it) => (
          <VerdictCard key={it.title} desk={desk} verdict={it} />
        ))}
      </div>
      <Glance desk={desk} />
      {view.findings.length > 0 && (
        <Block title="Findings">
          <ul class="rows">
            {byGravity(view.findings).map((it, index) => (
              <li key={index}>
                <Sign tone={SEVERITY_TONES[it.severity]} />
                <span class="grow">{it.message}</span>
                <Certainty certainty={it.certainty} />
                <PlaceLink desk={desk} place={it.place} />
              </li>
            ))}
          </ul>
        </Block>
      )}
      {view.assumptions.length > 0 && (
        <Block title="What this rests on">
          <ul class="plain">
            {view.assumptions.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </Block>
      )}
    </>
  );
}

function Block({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="block">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function VerdictCard({ desk, verdict }: { readonly desk: Desk; readonly verdict: Verdict }) {
  const { section, title, tone, headline, detail } = verdict;
  return (
    <button type="button" class={`card verdict t-${tone}`} onClick={() => desk.change({ section })}>
      <span class="verdict-title">{title}</span>
      <span class="verdict-head">
        <Sign tone={tone} />
        {headline}
      </span>
      <span class="verdict-detail">{detail}</span>
    </button>
  );
}

function verdictsOf(view: PredictionView): readonly Verdict[] {
  return [
    admissionVerdict(view),
    schedulingVerdict(view),
    trafficVerdict(view),
    ...shutdownVerdict(view),
    ...rolloutVerdict(view),
    findingsVerdict(view),
  ];
}

function admissionVerdict({ admission }: PredictionView): Verdict {
  const { allowed, code, mutations, warnings, message } = admission;
  const tone = !allowed ? 'bad' : warnings.length > 0 ? 'warn' : 'good';
  const changed = `${count(mutations.length, 'field')} set by the server`;
  const warned = warnings.length > 0 ? `, ${count(warnings.length, 'warning')}` : '';
  return {
    section: 'admission',
    title: 'Admission',
    tone,
    headline: allowed ? 'accepted' : `refused with ${code}`,
    detail: allowed ? `${changed}${warned}` : message,
  };
}

function schedulingVerdict({ scheduling }: PredictionView): Verdict {
  const base = { section: 'scheduling', title: 'Scheduling' } as const;
  if (!scheduling) {
    return { ...base, tone: 'plain', headline: 'nothing to place', detail: 'no pod is made' };
  }
  const { chosen, gated, feasibleCount, nodeCount, message, replicas } = scheduling;
  if (chosen === null) {
    return { ...base, tone: 'bad', headline: gated ? 'gated' : 'no node fits', detail: message };
  }
  const short = replicas && replicas.placed < replicas.wanted;
  return {
    ...base,
    tone: short ? 'bad' : 'good',
    headline: short ? `${replicas.placed} of ${replicas.wanted} placed` : `runs on ${chosen}`,
    detail: `${feasibleCount} of ${count(nodeCount, 'node')} can take it`,
  };
}

function trafficVerdict({ endpoints }: PredictionView): Verdict {
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

function shutdownVerdict({ shutdowns }: PredictionView): readonly Verdict[] {
  const [first] = shutdowns;
  if (!first) return [];
  const broken = first.verdicts.filter((it) => !it.holds);
  if (first.verdicts.length === 0) {
    const headline = 'no order is at stake';
    return [
      {
        section: 'shutdown',
        title: 'Shutdown',
        tone: 'plain',
        headline,
        detail: 'nobody sends to it',
      },
    ];
  }
  return [
    {
      section: 'shutdown',
      title: 'Shutdown',
      tone: broken.length > 0 ? 'bad' : 'good',
      headline:
        broken.length > 0
          ? `${broken.length} of ${first.verdicts.length} orders can break`
          : 'every order holds',
      detail: broken[0]?.message ?? `proved for ${count(first.verdicts.length, 'pair')} of events`,
    },
  ];
}

function rolloutVerdict({ rollout }: PredictionView): readonly Verdict[] {
  if (!rollout) return [];
  const stuck = rollout.deadlocks.length > 0;
  return [
    {
      section: 'rollout',
      title: 'Rollout',
      tone: stuck ? 'bad' : 'good',
      headline: stuck ? 'gets stuck' : `never below ${rollout.minReady} ready`,
      detail: rollout.deadlocks[0] ?? rollout.summary,
    },
  ];
}

function findingsVerdict({ findings }: PredictionView): Verdict {
  const [gravest] = byGravity(findings);
  return {
    section: 'findings',
    title: 'Findings',
    tone: gravest ? SEVERITY_TONES[gravest.severity] : 'good',
    headline: gravest ? count(findings.length, 'finding') : 'none',
    detail: gravest?.message ?? 'no rule found a race',
  };
}

/** `1 node`, `3 nodes`. */
export function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
