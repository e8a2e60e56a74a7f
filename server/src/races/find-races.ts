/** Runs the rules over a prediction; a rule that throws is named in the log, the others go on. */
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
  const inWorkloads = prediction.workloads.flatMap((workload) =>
    onePerCause(
      rules.flatMap((rule) =>
        collect(rule, workload, () => rule.find?.(workload, prediction), log),
      ),
    ),
  );
  return [...inWorld, ...inWorkloads];
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

function onePerCause(found: readonly FoundRace[]): readonly FoundRace[] {
  const ids = new Set(found.map((it) => it.rule.id));
  const causes = new Set<string>();
  return found.filter(({ rule, finding }) => {
    if (rule.yieldsTo?.some((id) => ids.has(id))) return false;
    if (finding.cause === undefined) return true;
    if (causes.has(finding.cause)) return false;
    causes.add(finding.cause);
    return true;
  });
}
