/**
 * When a Job fails and when it succeeds: podFailurePolicy and successPolicy.
 * Follows pkg/apis/batch/validation/validation.go.
 */
import type { Job } from '../../manifest/index.ts';
import {
  duplicate,
  GoJson,
  goJson,
  goQuote,
  invalid,
  invalidOmitted,
  isQualifiedName,
  notSupported,
  required,
  tooLong,
  tooMany,
  utf8Length,
  validateNonnegativeField,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';

type JobSpec = Job['spec'];
type Rule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number];
/** As written: upstream's enumeration is not checked at decoding, and the list may be missing. */
interface OnExitCodes {
  readonly operator: string;
  readonly containerName?: string;
  readonly values?: readonly number[];
}
type OnPodConditions = NonNullable<Rule['onPodConditions']>;
type SuccessRule = NonNullable<JobSpec['successPolicy']>['rules'][number];

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const MAX_RULES = 20;
const MAX_PATTERNS = 20;
const MAX_EXIT_CODES = 255;
const MAX_INDEXES_LENGTH = 64 * 1024;

/** validatePodFailurePolicy. */
export function validatePodFailurePolicy(spec: JobSpec, path: Path): FieldErrors {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const at = path.child('rules');
  const errors: FieldErrors = [];
  if (rules.length > MAX_RULES) errors.push(tooMany(at, rules.length, MAX_RULES));
  const podSpec = spec.template.spec;
  const names = [...(podSpec?.containers ?? []), ...(podSpec?.initContainers ?? [])].map(
    (it) => it.name,
  );
  for (const [i, rule] of rules.entries()) {
    errors.push(...validateRule(spec, rule, at.index(i), names));
  }
  return errors;
}

function validateRule(
  spec: JobSpec,
  { action, onExitCodes, onPodConditions = [] }: Rule,
  path: Path,
  containerNames: readonly string[],
): FieldErrors {
  const errors = validateAction(spec, action, path.child('action'));
  if (onExitCodes) {
    errors.push(...validateExitCodes(onExitCodes, path.child('onExitCodes'), containerNames));
  }
  if (onPodConditions.length > 0) {
    errors.push(...validatePodConditions(onPodConditions, path.child('onPodConditions')));
  }
  if (onExitCodes && onPodConditions.length > 0) {
    const text = 'specifying both OnExitCodes and OnPodConditions is not supported';
    errors.push(invalidOmitted(path, text));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    const text = 'specifying one of OnExitCodes and OnPodConditions is required';
    errors.push(invalidOmitted(path, text));
  }
  return errors;
}

function validateAction(spec: JobSpec, action: string, path: Path): FieldErrors {
  if (action === '') return [required(path, validValues(ACTIONS))];
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex !== undefined) return [];
    return [invalid(path, action, 'requires the backoffLimitPerIndex to be set')];
  }
  return ACTIONS.includes(action) ? [] : [notSupported(path, action, ACTIONS)];
}

function validatePodConditions(patterns: OnPodConditions, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const statuses = ['False', 'True', 'Unknown'];
  if (patterns.length > MAX_PATTERNS) errors.push(tooMany(path, patterns.length, MAX_PATTERNS));
  for (const [i, { type, status = '' }] of patterns.entries()) {
    const at = path.index(i);
    for (const it of isQualifiedName(type)) errors.push(invalid(at.child('type'), type, it));
    const statusPath = at.child('status');
    if (status === '') errors.push(required(statusPath, validValues(statuses)));
    else if (!statuses.includes(status)) errors.push(notSupported(statusPath, status, statuses));
  }
  return errors;
}

function validateExitCodes(
  { operator, containerName, values: written }: OnExitCodes,
  path: Path,
  containerNames: readonly string[],
): FieldErrors {
  const errors: FieldErrors = [];
  const values = written ?? [];
  const operators = ['In', 'NotIn'];
  const at = path.child('operator');
  if (operator === '') errors.push(required(at, validValues(operators)));
  else if (!operators.includes(operator)) errors.push(notSupported(at, operator, operators));
  if (containerName !== undefined && !containerNames.includes(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(path.child('containerName'), containerName, text));
  }
  const valuesPath = path.child('values');
  if (values.length === 0) {
    const value = new GoJson(goJson(written ?? null));
    errors.push(invalid(valuesPath, value, 'at least one value is required'));
  } else if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(valuesPath, values.length, MAX_EXIT_CODES));
  }
  const seen = new Set<number>();
  let ordered = true;
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(invalid(valuesPath.index(i), value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) errors.push(duplicate(valuesPath.index(i), value));
    seen.add(value);
    if (i > 0 && (values[i - 1] ?? 0) > value) ordered = false;
  }
  if (!ordered) errors.push(invalid(valuesPath, values, 'must be ordered'));
  return errors;
}

/** validateSuccessPolicy, for indexed Jobs. */
export function validateSuccessPolicy(spec: JobSpec, path: Path): FieldErrors {
  const rules = spec.successPolicy?.rules ?? [];
  const at = path.child('rules');
  const errors: FieldErrors = [];
  if (rules.length === 0) {
    const text = 'at least one rules must be specified when the successPolicy is specified';
    errors.push(required(at, text));
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(at, rules.length, MAX_RULES));
  for (const [i, rule] of rules.entries()) {
    errors.push(...validateSuccessRule(rule, spec.completions ?? 0, at.index(i)));
  }
  return errors;
}

function validateSuccessRule(rule: SuccessRule, completions: number, path: Path): FieldErrors {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  const errors: FieldErrors = [];
  if (count === undefined && indexes === undefined) {
    const text = 'at least one of succeededCount or succeededIndexes must be specified';
    errors.push(required(path, text));
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = path.child('succeededIndexes');
    if (utf8Length(indexes) > MAX_INDEXES_LENGTH) errors.push(tooLong(at, MAX_INDEXES_LENGTH));
    const parsed = countIndexes(indexes, completions);
    if (typeof parsed === 'number') total = parsed;
    else errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${parsed}`));
  }
  if (count === undefined) return errors;
  const at = path.child('succeededCount');
  errors.push(...validateNonnegativeField(count, at));
  const most = (limit: number, what: string) =>
    invalid(at, count, `must be less than or equal to ${limit} (the number of ${what})`);
  if (count > completions) errors.push(most(completions, 'specified completions'));
  if (indexes !== undefined && count > total) {
    errors.push(most(total, 'indexes in the specified succeededIndexes field'));
  }
  return errors;
}

/** How many indexes a text such as `0-2,5` names, or what is wrong with it. */
function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let total = 0;
  let last: number | undefined;
  for (const interval of text.split(',')) {
    const limits = interval.split('-');
    if (limits.length > 2) {
      const rule = 'that an index interval can have at most two parts';
      return `the fragment ${goQuote(interval)} violates the requirement ${rule} separated by '-'`;
    }
    const numbers: number[] = [];
    for (const it of limits) {
      if (!/^[+-]?\d+$/.test(it)) {
        return `cannot convert string to integer for index: ${goQuote(it)}`;
      }
      if (Number(it) >= completions) return `too large index: ${goQuote(it)}`;
      numbers.push(Number(it));
    }
    const [x = 0, y = x] = numbers;
    if (numbers.length === 2 && x >= y) {
      return `non-increasing order, previous: ${x}, current: ${y}`;
    }
    if (last !== undefined && last >= x) {
      return `non-increasing order, previous: ${last}, current: ${x}`;
    }
    total += y - x + 1;
    last = y;
  }
  return total;
}

/** `valid values: ["A" "B"]`, as Go prints a list of quoted texts. */
function validValues(values: readonly string[]): string {
  return `valid values: [${values.map((it) => goQuote(it)).join(' ')}]`;
}
