/** Runs the rules over a prediction; a rule that throws is named in the log, the others go on. */
import { EVERYTHING, noteRead, record, unrecorded } from '../cluster/index.ts';
import { LIMITS, toFieldRef } from '../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../prediction/index.ts';
import type { RaceFinding, RaceRule } from './race-rule.ts';

/** A finding, the rule that made it and the workload it is about (none for findings in the world). */
export interface FoundRace {
  readonly rule: RaceRule;
  readonly workload: WorkloadPrediction | undefined;
  readonly finding: RaceFinding;
}

type Log = (message: string) => void;

/** All findings, one per cause and workload. */
export function findRaces(
  rules: readonly RaceRule[],
  prediction: Prediction,
  log: Log,
): readonly FoundRace[] {
  const inWorld = rules.flatMap((rule) =>
    collect(rule, undefined, () => rule.findInWorld?.(prediction), log),
  );
  const inWorkloads = prediction.workloads
    .slice(0, LIMITS.workloadsWithRaces)
    .flatMap((workload) =>
      onePerCause(racesOf(rules, workload, prediction, log)).map((it) => ({ ...it, workload })),
    );
  return [...onePerCause(inWorld), ...inWorkloads];
}

/** Findings of a workload by rule; rules whose answer may change with anything are left out. */
type Kept = ReadonlyMap<RaceRule, readonly Found[]>;
type Found = Omit<FoundRace, 'workload'>;

/**
 * What the rules say of one workload. Most look at little more than its pods and Services, so their
 * answers stay while these do. The few that look at every other workload are asked each time.
 */
function racesOf(
  rules: readonly RaceRule[],
  workload: WorkloadPrediction,
  prediction: Prediction,
  log: Log,
): readonly Found[] {
  const asked = rules.filter((it) => 'find' in it);
  const ask = (rule: RaceRule) =>
    collect(rule, undefined, () => rule.find?.(workload, prediction), log);
  const fresh = new Map<RaceRule, readonly Found[]>();
  const kept: Kept = workload.remembered(rules, () => {
    const lasting = new Map<RaceRule, readonly Found[]>();
    for (const rule of asked) {
      const { value, reads } = unrecorded(() => record(() => ask(rule)));
      if (reads === EVERYTHING) {
        fresh.set(rule, value);
        continue;
      }
      noteRead(reads);
      lasting.set(rule, value);
    }
    return lasting;
  });
  return asked.flatMap((rule) => kept.get(rule) ?? fresh.get(rule) ?? ask(rule));
}

function collect(
  rule: RaceRule,
  workload: WorkloadPrediction | undefined,
  find: () => Iterable<RaceFinding> | undefined,
  log: Log,
): readonly FoundRace[] {
  const found: FoundRace[] = [];
  try {
    for (const finding of find() ?? []) found.push({ rule, workload, finding });
  } catch (error) {
    log(`rule ${rule.id} failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
  return found;
}

/** The first in rule order: errors before warnings, so what is certain before what may be. */
function onePerCause<T extends Found>(found: readonly T[]): readonly T[] {
  const causes = new Set<string>();
  return found.filter(({ rule, finding }) => {
    const place = containerOf(finding);
    const isSuperfluous = found.some(
      (it) => rule.yieldsTo?.includes(it.rule.id) && isSamePlace(place, containerOf(it.finding)),
    );
    if (isSuperfluous) return false;
    if (finding.cause === undefined) return true;
    if (causes.has(finding.cause)) return false;
    causes.add(finding.cause);
    return true;
  });
}

/** What concerns the whole pod concerns each of its containers. */
function isSamePlace(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** The container that a finding is about, by its place; undefined for the whole pod. */
function containerOf({ at }: RaceFinding): string | undefined {
  const { path } = toFieldRef(at);
  const index = path.findIndex((it) => it === 'containers' || it === 'initContainers');
  return index < 0 || path.length < index + 2 ? undefined : path.slice(0, index + 2).join('.');
}
