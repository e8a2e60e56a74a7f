/** Holds a rule's findings against the marks of an example, to the character. */
import { analyse } from './analyse.ts';
import { findRaces, type FoundRace, type RaceRule } from '../../server/src/races/index.ts';
import {
  locate,
  toFieldRef,
  type Citable,
  type TextEdit,
} from '../../server/src/manifest/index.ts';
import { fixEdits } from '../../server/src/features/fixes.ts';

/** A place and what is said there, as marks and findings both have it. */
interface Said {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly related: boolean;
}

/** What the marks expect and what the rule says, in the same order; equal where the rule is right. */
export function checkRule(rule: RaceRule, text: string): { expected: Said[]; found: Said[] } {
  const { fixture, analysis, log } = analyse(text);
  const races = findRaces([rule], analysis.prediction, (it) => {
    throw new Error(it);
  });
  if (log.length > 0) throw new Error(log.join('\n'));
  const found = races.flatMap(({ finding }) => [
    ...said(finding.at, finding.message, false),
    ...(finding.related ?? []).flatMap((it) => said(it.at, it.message, true)),
  ]);
  return { expected: sorted(fixture.marks), found: sorted(found) };
}

/** The findings of one rule, for tests that ask for more than the marks. */
export function racesOf(rule: RaceRule, text: string): readonly FoundRace[] {
  return findRaces([rule], analyse(text).analysis.prediction, (it) => {
    throw new Error(it);
  });
}

/** The text after the first fix of the first finding; undefined where it offers none. */
export function afterFirstFix(rule: RaceRule, text: string): string | undefined {
  return afterFixes(rule, text)[0]?.[0]?.text;
}

/** A fix of an example, and the example after it. */
export interface Fixed {
  readonly title: string;
  readonly text: string;
}

/** By finding, every fix that is offered, each made in the text by itself. */
export function afterFixes(rule: RaceRule, text: string): readonly (readonly Fixed[])[] {
  const { fixture, analysis } = analyse(text);
  return findRaces([rule], analysis.prediction, () => undefined).map(({ finding }) =>
    (finding.fixes ?? []).map((fix) => {
      const edits = fixEdits(fix);
      if (!edits) throw new Error(`the fix "${fix.title}" has no place in the text`);
      const files = fixture.files.map((file) => {
        const own = edits.files.find((it) => it.file.uri === file.uri)?.edits ?? [];
        return `#- ${file.uri.replace(/^.*\//, '')}\n${applied(file.text, own)}`;
      });
      return { title: fix.title, text: files.join('') };
    }),
  );
}

/** A text with edits that follow each other. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const { range, newText } of edits.toReversed()) {
    result = result.slice(0, range.start) + newText + result.slice(range.end);
  }
  return result;
}

function said(at: Citable, message: string, related: boolean): Said[] {
  const found = locate(at);
  if (!found)
    throw new Error(`a finding cites a place nobody wrote: ${toFieldRef(at).path.join('.')}`);
  const start = found.file.lines.at(found.range.start);
  const end = found.file.lines.at(found.range.end);
  return [
    {
      file: found.file.uri,
      line: start.line,
      start: start.column,
      end: end.column,
      message,
      related,
    },
  ];
}

function sorted(list: readonly Said[]): Said[] {
  return list.toSorted(
    (a, b) =>
      Number(a.related) - Number(b.related) ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.start - b.start,
  );
}
