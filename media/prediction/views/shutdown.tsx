// The two lanes from "delete": what stops the containers beside what stops the traffic.
import type { OrderVerdictView, ShutdownView } from '../../../server/src/protocol/index.ts';
import { useMemo } from 'preact/hooks';
import type { Band, StepMark } from '../charts/timeline.tsx';
import { TwoLanesChart } from '../charts/two-lanes.tsx';
import { Calculator } from '../parts/calculator.tsx';
import { Certificates } from '../parts/certificates.tsx';
import { Certainty, Nothing, Proof, Sign, WitnessSteps } from '../parts/common.tsx';
import { MomentPanel } from '../parts/moment-panel.tsx';
import { Scrubber } from '../parts/scrubber.tsx';
import { TimelineBoard } from '../parts/timeline-board.tsx';
import type { Desk } from '../model/desk.ts';
import { shutdownStrips } from '../model/moment.ts';
import { formatTime } from '../model/time.ts';
import { twoLanesOf } from '../model/two-lanes.ts';

export const SHUTDOWN_GROUPS = ['client', 'network', 'container', 'node', 'control-plane'] as const;

export function Shutdown({ desk }: { readonly desk: Desk }) {
  const { shutdowns, calculator } = desk.view;
  const shutdown = shutdowns.find((it) => it.cause === desk.ui.cause) ?? shutdowns[0];
  if (!shutdown) return <Nothing>No pod is made of this, so there is nothing that ends.</Nothing>;
  const before = desk.baseline?.shutdowns.find((it) => it.cause === shutdown.cause);
  const { endMoment } = desk.ui;
  const setMoment = (moment: number | null) => desk.change({ endMoment: moment });
  const verdict = drawnVerdict(shutdown, desk.ui.verdict);
  return (
    <>
      <Causes desk={desk} shutdown={shutdown} />
      <AtAGlance desk={desk} shutdown={shutdown} moment={endMoment} />
      <Orders desk={desk} shutdown={shutdown} before={before ?? null} drawn={verdict} />
      <Scrubber desk={desk} view={shutdown.timeline} moment={endMoment} setMoment={setMoment} />
      <TimelineBoard
        desk={desk}
        name={`Shutdown of ${desk.view.title}, ${shutdown.label}`}
        view={shutdown.timeline}
        baseline={before?.timeline ?? null}
        groups={SHUTDOWN_GROUPS}
        states={isReached(shutdown) ? 'first' : 'none'}
        band={bandOf(verdict)}
        steps={stepsOf(verdict)}
        moment={endMoment}
        setMoment={setMoment}
      />
      <MomentPanel
        desk={desk}
        view={shutdown.timeline}
        strips={shutdownStrips(shutdown.timeline)}
        moment={endMoment}
      />
      {verdict && <Evidence verdict={verdict} />}
      <div class="cards">
        {calculator && shutdown.cause !== 'node-failure' && (
          <Calculator desk={desk} calculator={calculator} />
        )}
        <Reference steps={shutdown.reference} />
      </div>
      <Certificates desk={desk} />
    </>
  );
}

/** Whether anybody sends to the pod. */
export function isReached({ timeline }: ShutdownView): boolean {
  return timeline.events.some((it) => it.id === 'no-new-traffic');
}

interface GlanceProps {
  readonly desk: Desk;
  readonly shutdown: ShutdownView;
  readonly moment: number | null;
}

/** Who still sends over who still accepts, before all detail. */
export function AtAGlance({ desk, shutdown, moment }: GlanceProps) {
  const lanes = useMemo(() => twoLanesOf(shutdown), [shutdown]);
  if (!lanes) return null;
  return (
    <TwoLanesChart
      name={`${desk.view.title}, ${shutdown.label}`}
      lanes={lanes}
      stretched={desk.ui.stretched}
      width={desk.width}
      moment={moment}
    />
  );
}

function Causes({ desk, shutdown }: { readonly desk: Desk; readonly shutdown: ShutdownView }) {
  return (
    <label class="cause">
      The pod is
      <select
        value={shutdown.cause}
        onChange={(event) =>
          desk.change({ cause: event.currentTarget.value, verdict: null, endMoment: null })
        }
      >
        {desk.view.shutdowns.map((it) => (
          <option key={it.cause} value={it.cause}>
            {it.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The one asked for, else the first that breaks, else the first. */
export function drawnVerdict(
  { verdicts }: ShutdownView,
  asked: string | null,
): OrderVerdictView | null {
  return (
    verdicts.find((it) => it.id === asked) ??
    verdicts.find((it) => !it.holds) ??
    verdicts[0] ??
    null
  );
}

/** Where the drawn order can break, to be drawn through all lanes. */
export function bandOf(verdict: OrderVerdictView | null): Band | null {
  if (!verdict?.window || verdict.holds) return null;
  return { id: verdict.id, ...verdict.window, label: verdict.message.replace(/ \(by up to.*/, '') };
}

/** The steps of the drawn order's witness. */
export function stepsOf(verdict: OrderVerdictView | null): readonly StepMark[] {
  return (verdict?.witness ?? []).map(({ at, event }, index) => ({ at, event, number: index + 1 }));
}

interface OrdersProps {
  readonly desk: Desk;
  readonly shutdown: ShutdownView;
  /** The manifest as it is, in a comparison. */
  readonly before: ShutdownView | null;
  readonly drawn: OrderVerdictView | null;
}

/** What ought to come first, whether it does, and the run or the chain that shows it. */
function Orders({ desk, shutdown, before, drawn }: OrdersProps) {
  if (shutdown.verdicts.length === 0) return null;
  return (
    <section class="orders" aria-label="Orders that matter">
      <ul class="order-list">
        {shutdown.verdicts.map((it) => (
          <li key={it.id}>
            <button
              type="button"
              class={`order t-${it.holds ? 'good' : 'bad'}`}
              aria-pressed={it === drawn}
              onClick={() => desk.change({ verdict: it.id })}
            >
              <Sign tone={it.holds ? 'good' : 'bad'} />
              <span class="order-label">{it.label}</span>
              <span class="order-message">{it.message}</span>
              <Was before={before} verdict={it} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface WasProps {
  readonly before: ShutdownView | null;
  readonly verdict: OrderVerdictView;
}

/** What the manifest as it is has in place of a verdict that changed. */
function Was({ before, verdict }: WasProps) {
  const was = before?.verdicts.find((it) => it.id === verdict.id);
  if (!was || was.message === verdict.message) return null;
  return (
    <span class="order-was">
      as it is: <Sign tone={was.holds ? 'good' : 'bad'} />
      {was.message}
    </span>
  );
}

function Evidence({ verdict }: { readonly verdict: OrderVerdictView }) {
  const { holds, witness, proof, certainty } = verdict;
  const title = holds
    ? 'Why it holds'
    : witness.length > 0
      ? 'A run that breaks it'
      : 'Why it breaks';
  return (
    <div class="evidence">
      <h2>
        {title} <Certainty certainty={certainty} />
      </h2>
      {witness.length > 0 && <WitnessSteps steps={witness} format={formatTime} />}
      <Proof lines={proof} />
      {witness.length === 0 && proof.length === 0 && (
        <p class="hint">One follows from the other at once.</p>
      )}
    </div>
  );
}

function Reference({ steps }: { readonly steps: readonly string[] }) {
  if (steps.length === 0) return null;
  return (
    <section class="card reference">
      <h2>The order it ought to have</h2>
      <ol class="track">
        {steps.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ol>
    </section>
  );
}
