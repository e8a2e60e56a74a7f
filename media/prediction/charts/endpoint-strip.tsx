// An endpoint's conditions over time: a band that changes, blurred where the moment is open.
import type { EndpointStrip as Strip } from '../model/moment.ts';
import { formatWindow, timeScale, WHOLE } from '../model/time.ts';
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
const ROW = 46;

export function EndpointStrips(props: EndpointStripsProps) {
  const { name, strips, horizon, stretched, width, moment } = props;
  const scale = timeScale({ left: 8, right: width - 8, horizon, zoom: WHOLE, stretched });
  const height = TOP + strips.length * ROW + 4;
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
      {strips.map(({ service, phases }, index) => {
        const y = TOP + index * ROW + 6;
        return (
          <g key={service}>
            <text class="strip-name" x={8} y={y + 9}>
              {service}
            </text>
            {phases.map((phase, at) => {
              const next = phases[at + 1]?.from;
              const from = scale.x(phase.from.earliest);
              const sureFrom = scale.x(phase.from.latest ?? horizon);
              const to = next ? scale.x(next.latest ?? horizon) : scale.right;
              const sureTo = next ? scale.x(next.earliest) : scale.right;
              return (
                <g key={phase.label} class={`phase p-${phase.state}`}>
                  <rect
                    class="bounds"
                    x={round(from)}
                    y={y + 14}
                    width={round(Math.max(1, to - from))}
                    height={18}
                  />
                  {sureTo > sureFrom && (
                    <rect
                      class="sure"
                      x={round(sureFrom)}
                      y={y + 14}
                      width={round(sureTo - sureFrom)}
                      height={18}
                    />
                  )}
                  {sureTo - sureFrom > phase.label.length * 6.4 + 10 && (
                    <text class="label" x={round(sureFrom + 6)} y={y + 27}>
                      {phase.label}
                    </text>
                  )}
                </g>
              );
            })}
          </g>
        );
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

function describeStrip({ service, phases }: Strip): string {
  const parts = phases.map((it) => `${it.label} from ${formatWindow(it.from)}`);
  return `${service}: ${parts.join(', then ')}.`;
}
