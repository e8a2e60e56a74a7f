// What a bar says for itself, and what the looks of bars mean.
import { sumOf, timesOf } from '../charts/time-bar.tsx';
import type { Desk } from '../model/desk.ts';
import { placeName } from '../model/desk.ts';
import type { TimeBar } from '../model/time-bars.ts';
import { Certainty } from './common.tsx';

interface BarWordsProps {
  readonly desk: Desk;
  readonly bar: TimeBar | null;
}

/** Stays at the foot of the panel; its words are the bar's accessible name, so it is not read twice. */
export function BarWords({ bar }: BarWordsProps) {
  if (!bar) {
    return (
      <div class="words" aria-hidden="true">
        <p class="hint">
          Point at a bar, or walk with the arrows: why it is so long. Click: the line that sets it.
        </p>
      </div>
    );
  }
  return (
    <div class="words" aria-hidden="true">
      <div class="words-open">
        <p>
          <strong>{bar.label}</strong> <span class="time">{timesOf(bar)}</span>{' '}
          <Certainty certainty={bar.certainty} />
          {bar.place && <span class="where">{placeName(bar.place)}</span>}
        </p>
        <p>{bar.message}</p>
        {bar.restsOn.length > 0 && <p class="hint">{sumOf(bar)}</p>}
      </div>
    </div>
  );
}

export function Legend({ baseline }: { readonly baseline: boolean }) {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <span class="swatch w-exact" /> exact
      </li>
      <li>
        <span class="swatch w-bounded" /> earliest to latest
      </li>
      <li>
        <span class="swatch w-assumed" /> assumed
      </li>
      <li>
        <span class="swatch w-sure" /> certainly going on
      </li>
      {baseline && (
        <li>
          <span class="swatch w-ghost" /> the manifest as it is
        </li>
      )}
    </ul>
  );
}
