/** What a race rule is: one file, with its texts, examples and search. */
import type { Certainty, Upstream } from '../explanation/index.ts';
import type { Citable, Json, TextOf } from '../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../prediction/index.ts';
import type { Replay } from './replay.ts';

/**
 * `error`: the bad outcome comes in every run that gets there. `warning`: in some run that the
 * default profile allows. `information`: it rests on what we cannot check, or is a trade-off.
 */
export type Severity = 'error' | 'warning' | 'information';

/** What the facts of a rule rest on: source code, documentation, a note of ours, an assumption. */
export type Basis = 'source' | 'documentation' | 'note' | 'assumption';

/** One step of a concrete timeline that shows the race. */
export interface WitnessStep {
  /** Seconds from the beginning of the timeline. */
  readonly at: number;
  readonly text: string;
  /** The lifecycle event's id, where the step is one. */
  readonly event?: string;
  /** What the simulation that plays the rule calls it, as in `app:signal:web:SIGKILL`. */
  readonly moment?: string;
}

/**
 * Writes a value into the manifest, or takes a field out where the value is undefined. The place of
 * a whole object (`fieldAt(object, [])`) without a value takes its document out of the file.
 */
export interface FieldChange {
  readonly at: Citable;
  readonly value: Json | undefined;
}

/**
 * Takes something to another place of its file, as it is written, comments included:
 *
 * - an item of a list to an index of the same or another list, those there move on:
 *   `{ move: containers[1], to: initContainers[0], adding: { restartPolicy: 'Always' } }`;
 * - a field that becomes something else there, parts of it taken as text:
 *   `{ move: lifecycle.postStart, to: initContainers[0], as: { name: 'wait', command: textOf(…) } }`;
 * - a document before another one of its file, where both are whole objects.
 *
 * Its place need not be there yet: it is written before the field that what is moved comes from.
 */
export interface MoveChange {
  readonly move: Citable;
  readonly to: Citable;
  /** Fields that an item gets besides its own. */
  readonly adding?: Readonly<Record<string, Json>>;
  readonly as?: Readonly<Record<string, Json | TextOf<Citable>>>;
}

/** A change that removes the finding. What it changes may lie in several files. */
export interface RaceFix {
  /** Imperative and short, with the names of what is changed. */
  readonly title: string;
  readonly changes: readonly (FieldChange | MoveChange)[];
}

export interface RaceFinding {
  readonly at: Citable;
  readonly message: string;
  /** `exact` where left out. */
  readonly certainty?: Certainty;
  /** Names what it rests on, where it is not exact. */
  readonly restsOn?: string;
  /** Other than the rule's, where this case is worse or lighter. */
  readonly severity?: Severity;
  readonly related?: readonly { readonly message: string; readonly at: Citable }[];
  readonly witness?: readonly WitnessStep[];
  readonly fixes?: readonly RaceFix[];
  /** Findings of one workload with the same cause are shown once: the first in rule order. */
  readonly cause?: string;
}

export interface RaceRule {
  /** Kebab-case, the hazard's name, the file's name. */
  readonly id: string;
  readonly severity: Severity;
  readonly basis: Basis;
  /** One sentence: what happens. */
  readonly summary: string;
  /** Why it does, in a few sentences. */
  readonly why: string;
  /** What to change. */
  readonly remedy: string;
  readonly upstream: readonly Upstream[];
  /** Why no edit is offered: what is right is somebody's intention, another image, another design. */
  readonly noFix?: string;
  /** Rules whose finding on the same workload makes this one superfluous. */
  readonly yieldsTo?: readonly string[];
  /** How the examples are played. */
  readonly replay: Replay;
  readonly examples: { readonly racing: readonly string[]; readonly safe: readonly string[] };
  /**
   * Asked for each workload; not again while all that it asks of the prediction has the same
   * answers. A cache of its own would hide what it asks: `remembered` of the workload or the
   * prediction is there for that.
   */
  find?(workload: WorkloadPrediction, prediction: Prediction): Iterable<RaceFinding>;
  /** Asked once: for Services, budgets, and what is between workloads. */
  findInWorld?(prediction: Prediction): Iterable<RaceFinding>;
}

/** Checks the shape at compile time; the contract test checks the rest. */
export function defineRaceRule(rule: RaceRule): RaceRule {
  return rule;
}

/** Takes the common indentation off an example; of escapes only those for backticks and `${`. */
export function yaml(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  const text = String.raw({ raw: strings.raw }, ...values)
    .replace(/^\n/, '')
    .replaceAll(/\\(?=`|\$\{)/g, '');
  const indents = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length);
  const indent = indents.length > 0 ? Math.min(...indents) : 0;
  return `${text
    .split('\n')
    .map((line) => line.slice(indent))
    .join('\n')
    .trimEnd()}\n`;
}
