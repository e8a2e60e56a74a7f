// An endpoint's conditions over time: a row for each state it can be in.
import type { EndpointStrip as Strip } from '../model/moment.ts';
import { formatWindow, timeScale, WHOLE, type TimeScale } from '../model/time.ts';
import { Axis, round } from './axis.tsx';
import { Patterns } from './patterns.tsx';

export interface EndpointStripsProps {
  readonly name: string;
  readonly strips: readonly Strip[];
  readonly horizon: number;
  readonly stretched: boolean;
  readonly width: number;
  readonly moment: number | null;
}

const TOP = 28;
const NAME = 22;
const ROW = 19;
const LABELS = 104;

export function EndpointStrips(props: EndpointStripsProps) {
  const { name, strips, horizon, stretched, width, moment } = props;
  const scale = timeScale({ left: LABELS, right: width - 8, horizon, zoom: WHOLE, stretched });
  const heights = strips.map(({ phases }) => NAME + phases.length * ROW + 6);
  const height = TOP + heights.reduce((sum, it) => sum + it, 0);
  return (
    <svg
      class="strips"
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${name}. ${strips.map(describeStrip).join(' ')}`}
    >
      <Patterns />
      <Axis scale={scale} top={TOP} bottom={height - 4} />
      {strips.map((strip, index) => {
        const y = TOP + heights.slice(0, index).reduce((sum, it) => sum + it, 0);
        return <StripRows key={strip.service} strip={strip} scale={scale} y={y} />;
      })}
      {moment !== null && (
        <line
          class="strip-cursor"
          x1={round(scale.x(moment))}
          x2={round(scale.x(moment))}
          y1={TOP - 4}
          y2={height - 4}
        />
      )}
    </svg>
  );
}

interface StripRowsProps {
  readonly strip: Strip;
  readonly scale: TimeScale;
  readonly y: number;
}

/** A row a phase: light where the endpoint may be in it, solid where it surely is. */
function StripRows({ strip: { service, phases }, scale, y }: StripRowsProps) {
  const { horizon, right } = scale;
  return (
    <g>
      <text class="strip-name" x={4} y={y + 15}>
        {service}
      </text>
      {phases.map((phase, index) => {
        const next = phases[index + 1]?.from;
        const top = y + NAME + index * ROW;
        const from = scale.x(phase.from.earliest);
        const to = next ? scale.x(next.latest ?? horizon) : right;
        const sureFrom = scale.x(phase.from.latest ?? horizon);
        const sureTo = next ? scale.x(next.earliest) : right;
        const sure = Math.max(0, sureTo - sureFrom);
        return (
          <g key={phase.label} class={`phase p-${phase.state}`}>
            <text class="phase-name" x={LABELS - 8} y={top + 12} text-anchor="end">
              {phase.label}
            </text>
            <rect
              class="bounds"
              x={round(from)}
              y={top + 1}
              width={round(Math.max(2, to - from))}
              height={14}
              rx={2}
            />
            {sure > 0 && (
              <rect
                class="sure"
                x={round(sureFrom)}
                y={top + 1}
                width={round(sure)}
                height={14}
                rx={2}
              />
            )}
          </g>
        );
      })}
    </g>
  );
}

function describeStrip({ service, phases }: Strip): string {
  const parts = phases.map((it) => `${it.label} from ${formatWindow(it.from)}`);
  return `${service}: ${parts.join(', then ')}.`;
}
