// Small parts that all views are made of.
import type { ComponentChildren } from 'preact';
import type { CertaintyView, FixView, Place } from '../../../server/src/protocol/index.ts';
import { placeName, type Desk } from '../model/desk.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'plain';

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', plain: '·' };

/** A sign beside the colour, as colour alone says nothing to many. */
export function Sign({ tone }: { readonly tone: Tone }) {
  return (
    <span class={`sign t-${tone}`} aria-hidden="true">
      {SIGNS[tone]}
    </span>
  );
}

export function Certainty({ certainty }: { readonly certainty: CertaintyView }) {
  return <span class={`chip c-${certainty}`}>{certainty}</span>;
}

interface PlaceLinkProps {
  readonly desk: Desk;
  readonly place: Place | null;
  readonly children?: ComponentChildren;
}

/** Turns to the line in the editor; plain words where there is none. */
export function PlaceLink({ desk, place, children }: PlaceLinkProps) {
  if (!place) return children ? <span>{children}</span> : null;
  return (
    <button type="button" class="link" onClick={() => desk.send({ type: 'reveal', place })}>
      {children ?? placeName(place)}
    </button>
  );
}

interface FixesProps {
  readonly desk: Desk;
  readonly fixes: readonly FixView[];
}

export function Fixes({ desk, fixes }: FixesProps) {
  if (fixes.length === 0) return null;
  return (
    <div class="fixes">
      {fixes.map(({ title, files }) => (
        <button
          key={title}
          type="button"
          class="primary"
          onClick={() => desk.send({ type: 'applyEdit', files })}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}

export function Card({ title, tone, children }: CardProps) {
  return (
    <section class={`card${tone ? ` t-${tone}` : ''}`}>
      <h2>
        {tone && <Sign tone={tone} />}
        {title}
      </h2>
      {children}
    </section>
  );
}

export function Nothing({ children }: { readonly children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}

interface StepsProps {
  readonly steps: readonly { readonly at: number; readonly text: string }[];
  readonly format: (seconds: number) => string;
}

/** A concrete run, numbered as its marks in the drawing are. */
export function WitnessSteps({ steps, format }: StepsProps) {
  return (
    <ol class="witness">
      {steps.map(({ at, text }, index) => (
        <li key={index}>
          <span class="step-badge" aria-hidden="true">
            {index + 1}
          </span>
          <span class="time">{format(at)}</span>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  );
}

export function Proof({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <ol class="proof">
      {lines.map((line, index) => (
        <li key={index}>{line}</li>
      ))}
    </ol>
  );
}
