/** The rules for a terminal. */
import { RULES, type RaceRule, type Severity } from '../races/index.ts';
import { wrap } from './text-style.ts';

/** A rule in a line, and its texts. */
export interface RuleOverview {
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly why: string;
  readonly remedy: string;
}

/** Every rule, by id. */
export const RULES_OVERVIEW: readonly RuleOverview[] = RULES.map(
  ({ id, severity, summary, why, remedy }) => ({
    id,
    severity,
    summary,
    why: flat(why),
    remedy: flat(remedy),
  }),
).toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** One rule whole, examples included. */
export function ruleText(id: string): string | undefined {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) return undefined;
  const section = (title: string, text: string) => [
    title,
    ...wrap(flat(text), 96).map((it) => `  ${it}`),
    '',
  ];
  const example = (title: string, texts: readonly string[]) =>
    texts.flatMap((text) => [
      title,
      ...text
        .trimEnd()
        .split('\n')
        .map((it) => `  ${it}`),
      '',
    ]);
  return [
    `${rule.id} (${rule.severity})`,
    '',
    ...section('What happens', rule.summary),
    ...section('Why', rule.why),
    ...section('What to change', remedyOf(rule)),
    ...example('Racing (what is reported stands below its line)', rule.examples.racing),
    ...example('Safe (nothing is reported)', rule.examples.safe),
  ].join('\n');
}

function remedyOf({ remedy, noFix }: RaceRule): string {
  return noFix ? `${remedy} There is no quick fix, because ${noFix}.` : remedy;
}

function flat(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
