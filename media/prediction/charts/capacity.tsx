// Pods and ready pods over a rollout, between what the strategy keeps to: never fewer, never more.
// Where it gets stuck, the moment after which nothing moves.
import type { ComponentChildren } from 'preact';
import type { RolloutView } from '../../../server/src/protocol/index.ts';
import { timeScale, WHOLE, type TimeScale } from '../model/time.ts';
import { Axis, round } from './axis.tsx';

export interface CapacityProps {
  readonly rollout: RolloutView;
  readonly baseline: RolloutView | null;
  readonly width: number;
}

const TOP = 30;
const HEIGHT = 220;
const LEFT = 34;
/** For the words over the highest line. */
const HEADROOM = 24;

export function Capacity({ rollout, baseline, width }: CapacityProps) {
  const bottom = TOP + HEIGHT;
  // A rollout that is stuck stays so: there is room to see it.
  const room = rollout.outcome === 'stuck' ? 1.6 : 1.04;
  const horizon = Math.max(1, endOf(rollout), baseline ? endOf(baseline) : 0) * room;
  const scale = timeScale({
    left: LEFT,
    right: width - 12,
    horizon,
    zoom: WHOLE,
    stretched: false,
  });
  const { capacity } = rollout;
  const most = Math.max(
    1,
    capacity.maxPods,
    rollout.maxPods,
    ...rollout.steps.map((it) => it.pods),
  );
  const y = (pods: number) => round(bottom - (pods / most) * (HEIGHT - HEADROOM));
  const pods = stairs(rollout, scale, y, (it) => it.pods, rollout.wanted);
  const ready = stairs(rollout, scale, y, (it) => it.ready, rollout.wanted);
  return (
    <svg
      class="capacity"
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={bottom + 12}
      viewBox={`0 0 ${width} ${bottom + 12}`}
      role="img"
      aria-label={`Pods and ready pods over the rollout. ${rollout.summary} At least ${rollout.minReady} ready, at most ${rollout.maxPods} pods.`}
    >
      <Axis scale={scale} top={TOP} bottom={bottom} />
      {levels(most).map((level) => (
        <g key={level}>
          <line class="grid" x1={LEFT} x2={scale.right} y1={y(level)} y2={y(level)} />
          <text class="tick" x={LEFT - 7} y={y(level) + 4} text-anchor="end">
            {level}
          </text>
        </g>
      ))}
      <path class="pods-area" d={`${pods}V${bottom}H${LEFT}Z`} />
      <path class="ready-area" d={`${ready}V${bottom}H${LEFT}Z`} />
      {baseline && (
        <path
          class="ready-ghost"
          d={stairs(baseline, scale, y, (it) => it.ready, baseline.wanted)}
        />
      )}
      <path class="pods-line" d={pods} />
      <path class="ready-line" d={ready} />
      <Bound y={y(capacity.maxPods)} right={scale.right} below={false}>
        at most {capacity.maxPods} pods
      </Bound>
      <Bound y={y(capacity.minAvailable)} right={scale.right} below={capacity.minAvailable > 0}>
        at least {capacity.minAvailable} available
      </Bound>
      {rollout.outcome === 'stuck' && (
        <Stuck x={round(scale.x(endOf(rollout)))} right={scale.right} bottom={bottom} />
      )}
    </svg>
  );
}

interface BoundProps {
  readonly y: number;
  readonly right: number;
  /** Its words stand below the line. */
  readonly below: boolean;
  readonly children: ComponentChildren;
}

function Bound({ y, right, below, children }: BoundProps) {
  return (
    <>
      <line class="floor" x1={LEFT} x2={right} y1={y} y2={y} />
      <text class="floor-label" x={right - 4} y={below ? y + 15 : y - 6} text-anchor="end">
        {children}
      </text>
    </>
  );
}

/** From here on nothing moves; where the last step stands at the edge the words stand before it. */
function Stuck({ x, right, bottom }: { readonly x: number; right: number; bottom: number }) {
  const before = right - x < 130;
  return (
    <g class="stuck">
      <rect class="race-back" x={x} y={TOP} width={Math.max(3, right - x)} height={bottom - TOP} />
      <line x1={x} x2={x} y1={TOP} y2={bottom} />
      <text
        class="race-label"
        x={before ? x - 6 : x + 6}
        y={bottom - 8}
        text-anchor={before ? 'end' : 'start'}
      >
        stuck: nothing moves from here
      </text>
    </g>
  );
}

function endOf({ steps }: RolloutView): number {
  const last = steps.at(-1)?.window;
  return last ? (last.latest ?? last.earliest) : 1;
}

function levels(most: number): readonly number[] {
  const step = Math.max(1, Math.ceil(most / 6));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

/** Each step stands where it is at the latest: one run, the slowest, and its steps in their order. */
function stairs(
  { steps }: RolloutView,
  scale: TimeScale,
  y: (pods: number) => number,
  count: (step: RolloutView['steps'][number]) => number,
  first: number,
): string {
  let path = `M${scale.left} ${y(first)}`;
  let time = 0;
  for (const step of steps) {
    time = Math.max(time, step.window.latest ?? step.window.earliest);
    path += `H${round(scale.x(time))}V${y(count(step))}`;
  }
  return `${path}H${scale.right}`;
}
