/**
 * The shortest time between two slots of a cron schedule. Months and days only make gaps longer, so
 * of them it counts whether days follow each other; the hour that daylight saving time takes or
 * gives is left out.
 */
import { readCron } from './cron-fields.ts';

const DAY = 24 * 60;

/** Seconds between two slots at least; undefined for a schedule that cannot be read. */
export function cronIntervalSeconds(schedule: string): number | undefined {
  const { fields, every } = readCron(schedule) ?? {};
  if (!fields) return every;
  const { minute, hour, dayOfMonth, month, dayOfWeek } = fields;
  const slots = [...hour.values]
    .flatMap((h) => [...minute.values].map((m) => h * 60 + m))
    .toSorted((a, b) => a - b);
  const gaps = slots.slice(1).map((it, i) => it - (slots[i] ?? 0));
  const overNight = (slots[0] ?? 0) - (slots.at(-1) ?? 0);
  const daysApart = () => {
    if (dayOfMonth.all && dayOfWeek.all) return 1;
    if (dayOfMonth.all) return dayOfWeek.values.size === 1 ? 7 : 1;
    if (!dayOfWeek.all || dayOfMonth.values.size > 1) return 1;
    return month.values.size === 1 ? 365 : 28;
  };
  return Math.min(...gaps, overNight + daysApart() * DAY) * 60;
}
