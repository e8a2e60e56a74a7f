// From apply to the first request, lane by lane.
import { MomentPanel } from '../parts/moment-panel.tsx';
import { Scrubber } from '../parts/scrubber.tsx';
import { TimelineBoard } from '../parts/timeline-board.tsx';
import { Nothing, Sign } from '../parts/common.tsx';
import type { Desk } from '../model/desk.ts';
import { startStrips } from '../model/moment.ts';

export const START_GROUPS = ['client', 'control-plane', 'node', 'container', 'network'] as const;

export function Lifecycle({ desk }: { readonly desk: Desk }) {
  const { startup } = desk.view;
  if (!startup) return <Nothing>No pod is made of this, so there is nothing that starts.</Nothing>;
  const { startMoment } = desk.ui;
  const setMoment = (moment: number | null) => desk.change({ startMoment: moment });
  const verdict = desk.view.verdicts.find((it) => it.section === 'lifecycle');
  return (
    <>
      {verdict && (
        <p class="lead">
          {verdict.tone !== 'plain' && <Sign tone={verdict.tone} />}
          <strong>{verdict.headline}</strong>
          {verdict.detail !== '' && `; ${verdict.detail}`}.
        </p>
      )}
      <Scrubber desk={desk} view={startup} moment={startMoment} setMoment={setMoment} />
      <TimelineBoard
        desk={desk}
        name={`Start of ${desk.view.title}`}
        view={startup}
        baseline={desk.baseline?.startup ?? null}
        groups={START_GROUPS}
        states="none"
        moment={startMoment}
        setMoment={setMoment}
      />
      <MomentPanel desk={desk} view={startup} strips={startStrips(startup)} moment={startMoment} />
    </>
  );
}
