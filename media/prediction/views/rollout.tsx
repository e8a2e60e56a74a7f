// How many pods there are while the template changes, and what a drain of each node may do.
import type { RolloutView } from '../../../server/src/protocol/index.ts';
import { Capacity } from '../charts/capacity.tsx';
import { Card, Nothing, Sign } from '../parts/common.tsx';
import type { Desk } from '../model/desk.ts';
import { formatTime, formatWindow } from '../model/time.ts';

export function Rollout({ desk }: { readonly desk: Desk }) {
  const { rollout } = desk.view;
  if (!rollout) return <Nothing>This kind of workload has no rollout.</Nothing>;
  const { summary, minReady, maxPods, wanted, duration, deadlocks, steps } = rollout;
  return (
    <>
      <p class="lead">
        <Sign tone={deadlocks.length > 0 ? 'bad' : 'good'} /> {summary}
      </p>
      <div class="figures">
        <Figure name="wanted" value={String(wanted)} />
        <Figure name="always ready" value={`≥ ${minReady}`} />
        <Figure name="pods at most" value={String(maxPods)} />
        <Figure name="takes" value={formatWindow(duration).replace(/^at /, '')} />
      </div>
      {deadlocks.length > 0 && (
        <Card title="Why it gets stuck" tone="bad">
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
                <span class="swatch w-floor" /> guaranteed
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
          <StepTable steps={steps} />
        </section>
      )}
      <Drain drain={rollout.drain} />
    </>
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
