/**
 * The fields of a cron schedule as sets of values, as robfig/cron reads what admission lets pass.
 * Follows parser.go of github.com/robfig/cron/v3.
 */

/** The values of a field; `all` where it leaves the day open. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  readonly all: boolean;
}

export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  readonly dayOfWeek: CronField;
}

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const MONTHS = ['', ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')];
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** What a schedule says: fields, or the seconds of `@every`. Undefined where it cannot be read. */
export function readCron(
  schedule: string,
): { readonly fields?: CronFields; readonly every?: number; readonly zone?: string } | undefined {
  const zone = /^(?:CRON_)?TZ=(\S*)\s+/.exec(schedule);
  const spec = schedule.slice(zone?.[0].length ?? 0).trim();
  const own = zone?.[1] === undefined ? {} : { zone: zone[1] };
  if (spec.startsWith('@every ')) return { every: everySeconds(spec), ...own };
  const parts = (DESCRIPTORS[spec] ?? spec).split(/\s+/);
  if (parts.length !== 5) return undefined;
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = parts;
  const fields: CronFields = {
    minute: fieldOf(minute, 0, 59),
    hour: fieldOf(hour, 0, 23),
    dayOfMonth: fieldOf(dayOfMonth, 1, 31),
    month: fieldOf(month, 1, 12, MONTHS),
    dayOfWeek: fieldOf(dayOfWeek, 0, 6, DAYS),
  };
  return Object.values(fields).some((it: CronField) => it.values.size === 0)
    ? undefined
    : { fields, ...own };
}

function fieldOf(text: string, min: number, max: number, names?: readonly string[]): CronField {
  const values = new Set<number>();
  let all = false;
  const numberOf = (it: string) => {
    const named = names?.indexOf(it.toLowerCase()) ?? -1;
    return named >= 0 ? named : Number(it);
  };
  for (const range of text.split(',')) {
    const [ends = '', step] = range.split('/');
    const [low = '', high] = ends.split('-');
    const open = low === '*' || low === '?';
    const start = open ? min : numberOf(low);
    const single = high === undefined && step === undefined && !open;
    const end = single ? start : high === undefined ? max : numberOf(high);
    const every = Number(step ?? 1);
    if (!(start >= min && end <= max && every > 0)) return { values: new Set(), all: false };
    for (let it = start; it <= end; it += every) values.add(it);
    all ||= open && every === 1;
  }
  return { values, all };
}

/** A duration of Go in seconds; robfig rounds it down to whole seconds, at least one. */
function everySeconds(text: string): number {
  let seconds = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    seconds += Number(amount) * (UNITS[unit] ?? 0);
  }
  return Math.max(1, Math.floor(seconds));
}
