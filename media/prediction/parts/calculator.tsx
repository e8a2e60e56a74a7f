// Sleep and grace: the smallest safe values beside what the manifest says, and what they cost.
import type { CalculatorView } from '../../../server/src/protocol/index.ts';
import type { Desk } from '../model/desk.ts';
import { formatTime, formatWindow } from '../model/time.ts';
import { Card, Fixes, type Tone } from './common.tsx';

interface CalculatorProps {
  readonly desk: Desk;
  readonly calculator: CalculatorView;
}

export function Calculator({ desk, calculator }: CalculatorProps) {
  const {
    preStopSeconds,
    gracePeriodSeconds,
    currentPreStopSeconds,
    currentGracePeriodSeconds,
    dominatedBy,
    perRolloutSeconds,
    perDrainSeconds,
    message,
  } = calculator;
  const enough =
    (currentPreStopSeconds ?? 0) >= preStopSeconds &&
    currentGracePeriodSeconds >= gracePeriodSeconds;
  const tone: Tone = enough ? 'good' : 'warn';
  return (
    <Card title="Sleep and grace" tone={tone}>
      <div class="figures">
        <Figure name="preStop sleep" now={currentPreStopSeconds} least={preStopSeconds} />
        <Figure name="grace period" now={currentGracePeriodSeconds} least={gracePeriodSeconds} />
      </div>
      <p>{message}</p>
      <dl class="facts">
        {dominatedBy !== '' && (
          <>
            <dt>decided by</dt>
            <dd>{dominatedBy}</dd>
          </>
        )}
        {perRolloutSeconds && (
          <>
            <dt>a rollout takes</dt>
            <dd>{durationText(perRolloutSeconds, 'no longer')}</dd>
          </>
        )}
        {perDrainSeconds && (
          <>
            <dt>a drain takes</dt>
            <dd>{durationText(perDrainSeconds, 'no longer')}</dd>
          </>
        )}
      </dl>
      {!enough && <Fixes desk={desk} fixes={calculator.fixes} />}
    </Card>
  );
}

function durationText(
  window: NonNullable<CalculatorView['perDrainSeconds']>,
  nothing: string,
): string {
  if (window.earliest === 0 && window.latest === 0) return nothing;
  return formatWindow(window).replace(/^at /, '');
}

interface FigureProps {
  readonly name: string;
  readonly now: number | null;
  readonly least: number;
}

function Figure({ name, now, least }: FigureProps) {
  const enough = now !== null && now >= least;
  return (
    <div class={`figure t-${enough ? 'good' : 'warn'}`}>
      <span class="figure-name">{name}</span>
      <span class="figure-value">{now === null ? 'none' : formatTime(now)}</span>
      <span class="figure-least">
        {enough ? 'enough, least is' : 'at least'} {formatTime(least)}
      </span>
    </div>
  );
}
