// Pods and ready pods over a rollout, with the capacity that is guaranteed throughout.
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

export function Capacity({ rollout, baseline, width }: CapacityProps) {
  const bottom = TOP + HEIGHT;
  const horizon = Math.max(1, endOf(rollout), baseline ? endOf(baseline) : 0) * 1.04;
  const scale = timeScale({
    left: LEFT,
    right: width - 12,
    horizon,
    zoom: WHOLE,
    stretched: false,
  });
  const most = Math.max(1, rollout.maxPods, ...rollout.steps.map((it) => it.pods));
  const y = (pods: number) => round(bottom - (pods / (most + 0.5)) * HEIGHT);
  const pods = stairs(rollout, scale, y, (it) => it.pods, rollout.wanted);
  const ready = stairs(rollout, scale, y, (it) => it.ready, rollout.wanted);
  const floor = y(rollout.minReady);
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
      <line class="floor" x1={LEFT} x2={scale.right} y1={floor} y2={floor} />
      <text class="floor-label" x={scale.right - 4} y={floor + 15} text-anchor="end">
        never below {rollout.minReady} ready
      </text>
    </svg>
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
