// A moment of a timeline: a slider, steps from event to event, and play at a chosen speed.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TimelineView } from '../../../server/src/protocol/index.ts';
import type { Desk } from '../model/desk.ts';
import { placesAt } from '../model/moment.ts';
import { formatTime } from '../model/time.ts';

export interface ScrubberProps {
  readonly desk: Desk;
  readonly view: TimelineView;
  readonly moment: number | null;
  readonly setMoment: (moment: number | null) => void;
}

const SPEEDS = [0.25, 1, 5, 20] as const;
const POSITIONS = 1000;

export function Scrubber({ desk, view, moment, setMoment }: ScrubberProps) {
  const [playing, setPlaying] = useState(false);
  const { speed, stretched } = desk.ui;
  useHighlight(desk, view, moment);
  usePlay({ view, moment, setMoment, playing, setPlaying, speed });
  const step = (direction: 1 | -1) => setMoment(nextEvent(view, moment ?? 0, direction));
  const exponent = stretched ? 2 : 1;
  const position = ((moment ?? 0) / view.horizon) ** (1 / exponent) * POSITIONS;
  return (
    <div class="scrubber" role="group" aria-label="Moment">
      <div class="buttons">
        <button type="button" aria-label="Step back" onClick={() => step(-1)}>
          ‹
        </button>
        <button type="button" class="play" onClick={() => setPlaying(!playing)}>
          {playing ? 'Pause' : 'Play'}
        </button>
        <button type="button" aria-label="Step forward" onClick={() => step(1)}>
          ›
        </button>
      </div>
      <input
        type="range"
        min={0}
        max={POSITIONS}
        step={1}
        value={position}
        aria-label="Moment on the timeline"
        aria-valuetext={moment === null ? 'none' : formatTime(moment)}
        onInput={(event) => {
          const fraction = Number(event.currentTarget.value) / POSITIONS;
          setMoment(fraction ** exponent * view.horizon);
        }}
      />
      <output class="time">{moment === null ? '' : formatTime(moment)}</output>
      <label class="speed">
        speed
        <select
          value={String(speed)}
          onChange={(event) => desk.change({ speed: Number(event.currentTarget.value) })}
        >
          {SPEEDS.map((it) => (
            <option key={it} value={String(it)}>
              {it}×
            </option>
          ))}
        </select>
      </label>
      {moment !== null && (
        <button type="button" title="Leave the moment" onClick={() => setMoment(null)}>
          Clear
        </button>
      )}
    </div>
  );
}

/** The lines that matter now, lit in the editor; none once the moment is left. */
function useHighlight(desk: Desk, view: TimelineView, moment: number | null): void {
  const sent = useRef('[]');
  useEffect(() => {
    const places = moment === null ? [] : placesAt(view, moment);
    const text = JSON.stringify(places);
    if (text === sent.current) return;
    sent.current = text;
    desk.send({ type: 'highlight', places });
  }, [view, moment]);
  useEffect(
    () => () => {
      if (sent.current !== '[]') desk.send({ type: 'highlight', places: [] });
    },
    [],
  );
}

interface Play {
  readonly view: TimelineView;
  readonly moment: number | null;
  readonly playing: boolean;
  readonly speed: number;
  readonly setMoment: (moment: number | null) => void;
  readonly setPlaying: (playing: boolean) => void;
}

/** Runs frame by frame; who asked for less motion gets a step from event to event instead. */
function usePlay(play: Play): void {
  const now = useRef(play);
  now.current = play;
  useEffect(() => {
    if (!play.playing) return;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return playSteps(now);
    let last = performance.now();
    let frame = requestAnimationFrame(function advance(time) {
      const { view, moment, speed, setMoment, setPlaying } = now.current;
      const from = moment === null || moment >= view.horizon ? 0 : moment;
      const next = from + ((time - last) / 1000) * speed;
      last = time;
      setMoment(Math.min(next, view.horizon));
      if (next >= view.horizon) setPlaying(false);
      else frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [play.playing]);
}

function playSteps(now: { readonly current: Play }): () => void {
  const timer = setInterval(() => {
    const { view, moment, setMoment, setPlaying } = now.current;
    const next = nextEvent(view, moment ?? 0, 1);
    setMoment(next);
    if (next >= view.horizon) setPlaying(false);
  }, 1200);
  return () => clearInterval(timer);
}

/** The next moment at which something can happen or must have happened. */
export function nextEvent(view: TimelineView, moment: number, direction: 1 | -1): number {
  const times = view.events.flatMap(({ window }) =>
    window.latest === null ? [window.earliest] : [window.earliest, window.latest],
  );
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const near = 1e-6;
  return direction === 1
    ? (sorted.find((it) => it > moment + near) ?? view.horizon)
    : (sorted.findLast((it) => it < moment - near) ?? 0);
}
