// The life of the pod at a glance: the milestones of its start, and who sends and accepts at its end.
import type { PredictionView, TimelineView } from '../../../server/src/protocol/index.ts';
import { TimelineBoard } from '../parts/timeline-board.tsx';
import type { Desk } from '../model/desk.ts';
import { START_GROUPS } from './lifecycle.tsx';
import { AtAGlance, isReached } from './shutdown.tsx';

const MILESTONES =
  /^(submitted|stored|bound|sandbox-ready|started:|ready$|slice-ready:|first-traffic)/;

export function Glance({ desk }: { readonly desk: Desk }) {
  const { view, baseline } = desk;
  const shutdown = view.shutdowns[0];
  const start = startOf(view);
  return (
    <>
      {start && (
        <section class="block">
          <h2>The start at a glance</h2>
          <TimelineBoard
            desk={desk}
            name={`Milestones of the start of ${view.title}`}
            view={start}
            baseline={baseline ? startOf(baseline) : null}
            groups={START_GROUPS}
            states="none"
            glance
            moment={null}
            setMoment={(moment) => desk.change({ section: 'lifecycle', startMoment: moment })}
          />
        </section>
      )}
      {shutdown && (
        <section class="block">
          <div class="row">
            <h2 class="grow">
              {isReached(shutdown)
                ? 'The end at a glance: who still sends, who still accepts'
                : 'The end at a glance'}
            </h2>
            <button type="button" class="link" onClick={() => desk.change({ section: 'shutdown' })}>
              Shutdown, step by step
            </button>
          </div>
          <AtAGlance desk={desk} shutdown={shutdown} moment={null} />
        </section>
      )}
    </>
  );
}

function startOf({ startup }: PredictionView): TimelineView | null {
  if (!startup) return null;
  return { ...startup, events: startup.events.filter((it) => MILESTONES.test(it.id)), spans: [] };
}
