// What can go wrong, each with a run that shows it and the edit that mends it.
import type { FindingView } from '../../../server/src/protocol/index.ts';
import {
  Certainty,
  Fixes,
  Nothing,
  PlaceLink,
  Proof,
  Sign,
  WitnessSteps,
} from '../parts/common.tsx';
import { byGravity, type Desk } from '../model/desk.ts';
import { formatTime } from '../model/time.ts';

const TONES = { error: 'bad', warning: 'warn', information: 'plain' } as const;

export function Findings({ desk }: { readonly desk: Desk }) {
  const findings = byGravity(desk.view.findings);
  if (findings.length === 0) {
    return <Nothing>No rule finds a race in this workload.</Nothing>;
  }
  return (
    <div class="findings">
      {findings.map((it, index) => (
        <Finding key={`${it.rule} ${index}`} desk={desk} finding={it} />
      ))}
    </div>
  );
}

interface FindingProps {
  readonly desk: Desk;
  readonly finding: FindingView;
}

function Finding({ desk, finding }: FindingProps) {
  const { rule, severity, message, certainty, place, why, remedy, witness, proof } = finding;
  const tone = TONES[severity];
  return (
    <article class={`card finding t-${tone}`}>
      <h2>
        <Sign tone={tone} />
        <span class="grow">{message}</span>
      </h2>
      <p class="meta">
        <code>{rule}</code> <span>{severity}</span> <Certainty certainty={certainty} />{' '}
        <PlaceLink desk={desk} place={place} />
      </p>
      <p>{why.replace(/\s+/g, ' ').trim()}</p>
      <p>
        <strong>Remedy.</strong> {remedy}
      </p>
      {witness.length > 0 && (
        <details open>
          <summary>A run that shows it</summary>
          <WitnessSteps steps={witness} format={formatTime} />
        </details>
      )}
      {proof.length > 0 && (
        <details>
          <summary>The chain that proves it</summary>
          <Proof lines={proof} />
        </details>
      )}
      <Fixes desk={desk} fixes={finding.fixes} />
    </article>
  );
}
