// How many pods there are while the template changes, and what a drain of each node may do.
import { Fragment } from 'preact';
import type { RolloutView } from '../../../server/src/protocol/index.ts';
import { Capacity } from '../charts/capacity.tsx';
import { Card, Nothing, Sign } from '../parts/common.tsx';
import type { Desk } from '../model/desk.ts';
import { formatTime, formatWindow } from '../model/time.ts';

export function Rollout({ desk }: { readonly desk: Desk }) {
  const { rollout } = desk.view;
  if (!rollout) return <Nothing>This kind of workload has no rollout.</Nothing>;
  const { summary, duration, deadlocks, steps } = rollout;
  const stuck = rollout.outcome === 'stuck';
  const tone = stuck ? 'bad' : deadlocks.length > 0 ? 'warn' : 'good';
  return (
    <>
      <p class="lead">
        <Sign tone={tone} /> {summary}
      </p>
      <Figures rollout={rollout} />
      {deadlocks.length > 0 && rollout.outcome !== 'nothing-to-do' && (
        <Card title={stuck ? 'Why it gets stuck' : 'How it may get stuck'} tone={tone}>
          <ul class="plain">
            {deadlocks.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </Card>
      )}
      {steps.length > 0 && (
        <section class="block">
          <div class="row">
            <h2 class="grow">Pods over a rollout</h2>
            <ul class="legend" aria-label="Legend">
              <li>
                <span class="swatch w-pods" /> pods
              </li>
              <li>
                <span class="swatch w-ready" /> ready
              </li>
              <li>
                <span class="swatch w-floor" /> what the strategy keeps to
              </li>
            </ul>
          </div>
          <Capacity
            rollout={rollout}
            baseline={desk.baseline?.rollout ?? null}
            width={desk.width}
          />
          <p class="hint">
            {duration.latest === null
              ? 'Drawn as fast as it can go: nothing bounds how long it takes.'
              : `Drawn at its slowest; at its fastest it takes ${formatTime(duration.earliest)}.`}
          </p>
          <Conditions conditions={rollout.conditions} />
          <StepTable steps={steps} />
        </section>
      )}
      <Autoscalers autoscalers={rollout.autoscalers} />
      <Drain drain={rollout.drain} />
    </>
  );
}

function Figures({ rollout }: { readonly rollout: RolloutView }) {
  const { outcome, wanted, minReady, maxPods, maxTotal, ready, newReady, duration } = rollout;
  const times = formatWindow(duration).replace(/^at /, '');
  return (
    <div class="figures">
      <Figure name="wanted" value={String(wanted)} />
      <Figure name="always ready" value={`≥ ${minReady}`} />
      <Figure name="pods at most" value={String(maxPods)} />
      {maxTotal > maxPods && <Figure name="with the terminating" value={String(maxTotal)} />}
      {outcome === 'stuck' ? (
        <>
          <Figure name="nothing moves after" value={times} />
          <Figure
            name="ready then"
            value={ready === 0 ? '0' : `${ready}, ${newReady} of them new`}
          />
        </>
      ) : (
        <Figure name="takes" value={times} />
      )}
    </div>
  );
}

/** A Deployment's conditions at the end, as `kubectl describe` has them. */
function Conditions({ conditions }: Pick<RolloutView, 'conditions'>) {
  if (conditions.length === 0) return null;
  return (
    <p class="conditions">
      Conditions at the end:{' '}
      {conditions.map((it) => (
        <Fragment key={it}>
          <code class="chip">{it}</code>{' '}
        </Fragment>
      ))}
    </p>
  );
}

function Autoscalers({ autoscalers }: Pick<RolloutView, 'autoscalers'>) {
  if (autoscalers.length === 0) return null;
  return (
    <section class="block">
      <h2>Autoscaling</h2>
      <ul class="plain">
        {autoscalers.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
    </section>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div class="figure t-plain">
      <span class="figure-name">{name}</span>
      <span class="figure-value">{value}</span>
    </div>
  );
}

function StepTable({ steps }: Pick<RolloutView, 'steps'>) {
  return (
    <details class="steps-table">
      <summary>The steps</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Steps of the rollout">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Pods</th>
              <th scope="col">Ready</th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ window, what, pods, ready }, index) => (
              <tr key={index}>
                <td>{formatWindow(window)}</td>
                <td>{what}</td>
                <td class="number">{pods}</td>
                <td class="number">{ready}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Drain({ drain }: Pick<RolloutView, 'drain'>) {
  if (drain.length === 0) return null;
  return (
    <section class="block">
      <h2>If a node is drained</h2>
      <ul class="rows">
        {drain.map(({ node, message, tone }) => (
          <li key={node}>
            <Sign tone={tone} />
            <strong>{node}</strong>
            <span class="grow">{message}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
