// The same facts as a drawing, as a table for those who do not see it.
import type { TimelineView } from '../../../server/src/protocol/index.ts';
import { sumOf, timesOf } from '../charts/time-bar.tsx';
import type { TimeBar } from '../model/time-bars.ts';

interface BarTableProps {
  readonly name: string;
  readonly view: TimelineView;
  readonly bars: readonly TimeBar[];
}

export function BarTable({ name, view, bars }: BarTableProps) {
  const lanes = new Map(view.lanes.map((it) => [it.id, it.label]));
  return (
    <div class="unseen">
      <table>
        <caption>{name}, as a table</caption>
        <thead>
          <tr>
            <th scope="col">Component</th>
            <th scope="col">What</th>
            <th scope="col">When</th>
            <th scope="col">Certainty</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.id}>
              <td>{lanes.get(bar.lane) ?? bar.lane}</td>
              <td>{bar.label}</td>
              <td>{timesOf(bar)}</td>
              <td>{bar.certainty}</td>
              <td>
                {bar.message} {sumOf(bar)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
