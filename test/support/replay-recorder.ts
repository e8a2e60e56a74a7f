/** What simulations told while a replay was played, and how it is asked for. */
import type { ReplayEntry, Simulation, Trace } from '../../server/src/races/index.ts';

/** Who played so far, and what was told. */
export class Recorder {
  readonly by = new Set<Simulation>();
  readonly traces: (readonly ReplayEntry[])[] = [];

  tell(by: Simulation, entries: readonly ReplayEntry[]): Trace {
    this.by.add(by);
    this.traces.push(entries);
    return traceOf(entries);
  }
}

/** What was told, to be asked in the words of `Moment.when`. */
export function traceOf(entries: readonly ReplayEntry[]): Trace {
  const all = (moment: string) => entries.filter((it) => isMoment(it, moment));
  const at = (moment: string, nth = 1) => all(moment)[nth - 1]?.t ?? Number.NaN;
  const after = (since: number, moment: string) =>
    all(moment).find(({ t }) => t >= since)?.t ?? Number.NaN;
  return { entries, at, after, has: (moment) => all(moment).length > 0 };
}

/** Whether an entry is of the kind that `moment` names. */
export function isMoment(entry: ReplayEntry, moment: string): boolean {
  const { source, what, container, detail } = entry;
  if (moment === 'ready') return what === 'condition' && isReady(detail as Condition);
  const [ofSource, ofWhat, ofContainer, ...text] = moment.split(':');
  return (
    source === ofSource &&
    (!ofWhat || what === ofWhat) &&
    (!ofContainer || container === ofContainer) &&
    JSON.stringify(detail ?? '').includes(text.join(':'))
  );
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function isReady({ type, status }: Condition): boolean {
  return type === 'Ready' && status === 'True';
}
