// The verdicts in short, each the way to its view.
import type { ComponentChildren } from 'preact';
import type { VerdictView } from '../../../server/src/protocol/index.ts';
import { Certainty, PlaceLink, Sign } from '../parts/common.tsx';
import { byGravity, type Desk } from '../model/desk.ts';
import { Glance } from './glance.tsx';

const SEVERITY_TONES = { error: 'bad', warning: 'warn', information: 'plain' } as const;

export function Overview({ desk }: { readonly desk: Desk }) {
  const { view } = desk;
  return (
    <>
      <div class="cards verdicts">
        {view.verdicts.map((it) => (
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

function VerdictCard({ desk, verdict }: { readonly desk: Desk; readonly verdict: VerdictView }) {
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
