/**
 * Topology spread constraints.
 * Follows validateTopologySpreadConstraints of pkg/apis/core/validation/validation.go with
 * MatchLabelKeysInPodTopologySpreadSelectorMerge, which is on by default.
 */
import type { LabelSelector, TopologySpreadConstraint } from './pod-written.ts';
import {
  duplicate,
  forbidden,
  invalid,
  NOT_POSITIVE_TEXT,
  notSupported,
  required,
  validateLabelName,
  validateLabelSelector,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { append } from './pod-append.ts';

const ACTIONS: readonly string[] = ['DoNotSchedule', 'ScheduleAnyway'];
const NODE_POLICIES: readonly string[] = ['Honor', 'Ignore'];

/** `spec.topologySpreadConstraints`. */
export function validateTopologySpreadConstraints(
  constraints: readonly TopologySpreadConstraint[],
  path: Path,
): FieldErrors {
  const later = new Map<string, number>();
  for (const it of constraints) later.set(pairOf(it), (later.get(pairOf(it)) ?? 0) + 1);
  return constraints.flatMap((it, i) => {
    const others = (later.get(pairOf(it)) ?? 1) - 1;
    later.set(pairOf(it), others);
    return validateConstraint(it, others > 0, path.index(i));
  });
}

/** What may not be there twice, as upstream prints it. */
function pairOf({ topologyKey = '', whenUnsatisfiable = '' }: TopologySpreadConstraint): string {
  return `{${topologyKey}, ${whenUnsatisfiable}}`;
}

function validateConstraint(
  constraint: TopologySpreadConstraint,
  repeated: boolean,
  path: Path,
): FieldErrors {
  const { maxSkew = 0, topologyKey = '' } = constraint;
  const action = constraint.whenUnsatisfiable ?? '';
  const errors: FieldErrors = [];
  if (maxSkew <= 0) errors.push(invalid(path.child('maxSkew'), maxSkew, NOT_POSITIVE_TEXT));
  if (topologyKey === '') errors.push(required(path.child('topologyKey'), 'can not be empty'));
  if (!ACTIONS.includes(action)) {
    errors.push(notSupported(path.child('whenUnsatisfiable'), action, ACTIONS));
  }
  if (repeated) {
    errors.push(duplicate(path.child('{topologyKey, whenUnsatisfiable}'), pairOf(constraint)));
  }
  append(errors, validateMinDomains(constraint.minDomains, action, path.child('minDomains')));
  for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    const policy: string | undefined = constraint[name];
    if (policy === undefined || NODE_POLICIES.includes(policy)) continue;
    errors.push(notSupported(path.child(name), policy, NODE_POLICIES));
  }
  append(errors, validateMatchLabelKeys(constraint, path));
  return errors;
}

function validateMinDomains(
  minDomains: number | undefined,
  action: string,
  path: Path,
): FieldErrors {
  if (minDomains === undefined) return [];
  const errors: FieldErrors = [];
  if (minDomains <= 0) errors.push(invalid(path, minDomains, NOT_POSITIVE_TEXT));
  if (action !== 'DoNotSchedule') {
    const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    errors.push(invalid(path, minDomains, text));
  }
  return errors;
}

function validateMatchLabelKeys(
  { matchLabelKeys = [], labelSelector }: TopologySpreadConstraint,
  path: Path,
): FieldErrors {
  const at = path.child('matchLabelKeys');
  return [
    ...validateLabelKeys(matchLabelKeys, labelSelector, at),
    // The index follows the path of the constraint itself, as upstream has it.
    ...validateKeysAgainstSelector(matchLabelKeys, labelSelector, path),
    ...validateLabelSelector(labelSelector, path.child('labelSelector')),
  ];
}

/** Keys taken from the pod's own labels: label names, and only beside a selector. */
export function validateLabelKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: Path,
): FieldErrors {
  if (keys.length === 0) return [];
  if (!selector) return [forbidden(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => validateLabelName(key, path.index(i)));
}

/**
 * A key may not be selected on besides. The server has by now merged each key into the selector,
 * so that one expression with it is its own, and a second one the user's.
 */
export function validateKeysAgainstSelector(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: Path,
): FieldErrors {
  if (!selector) return [];
  const errors: FieldErrors = [];
  const selected = new Set(Object.keys(selector.matchLabels ?? {}));
  const places = new Map(keys.map((key, i) => [key, i]));
  for (const { key = '' } of selector.matchExpressions ?? []) {
    const i = places.get(key);
    if (i !== undefined && selected.has(key)) {
      const text = 'exists in both matchLabelKeys and labelSelector';
      errors.push(invalid(path.index(i), key, text));
    }
    selected.add(key);
  }
  return errors;
}
