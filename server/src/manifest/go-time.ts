/**
 * What Go's time.Parse says of a text that is no time of RFC 3339, in its words.
 * Follows the standard library's time/format.go for this one layout.
 */

const LAYOUT = '2006-01-02T15:04:05Z07:00';

interface Part {
  /** What stands before it. */
  readonly before: string;
  readonly name: string;
  readonly pattern: RegExp;
  /** Its values, and what it is called where the value is out of them. */
  readonly range?: readonly [from: number, to: number, what: string];
}

const PARTS: readonly Part[] = [
  { before: '', name: '2006', pattern: /^\d{4}/ },
  { before: '-', name: '01', pattern: /^\d\d/, range: [1, 12, 'month'] },
  { before: '-', name: '02', pattern: /^\d\d/ },
  { before: 'T', name: '15', pattern: /^\d\d?/, range: [0, 23, 'hour'] },
  { before: ':', name: '04', pattern: /^\d\d/, range: [0, 59, 'minute'] },
  { before: ':', name: '05', pattern: /^\d\d(?:[.,]\d+)?/, range: [0, 59, 'second'] },
  { before: '', name: 'Z07:00', pattern: /^(?:Z|[+-]\d\d:\d\d)/ },
];

/** Why a text is no time; undefined where it is one. */
export function goTimeFault(text: string): string | undefined {
  const fault = (why: string) => `parsing time ${JSON.stringify(text)}${why}`;
  const cannot = (rest: string, what: string) =>
    fault(
      ` as ${JSON.stringify(LAYOUT)}: cannot parse ${JSON.stringify(rest)}` +
        ` as ${JSON.stringify(what)}`,
    );
  let rest = text;
  const numbers: number[] = [];
  for (const { before, name, pattern, range } of PARTS) {
    if (!rest.startsWith(before)) return cannot(rest, before);
    rest = rest.slice(before.length);
    const part = pattern.exec(rest)?.[0];
    if (part === undefined) return cannot(rest, name);
    const number = Number.parseInt(part, 10);
    if (range && (number < range[0] || number > range[1])) {
      return fault(`: ${range[2]} out of range`);
    }
    numbers.push(number);
    rest = rest.slice(part.length);
  }
  if (rest !== '') return fault(`: extra text: ${JSON.stringify(rest)}`);
  const [year = 0, month = 1, day = 0] = numbers;
  return day < 1 || day > daysIn(year, month) ? fault(': day out of range') : undefined;
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return leap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
