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

const ACTIONS: readonly string[] = ['DoNotSchedule', 'ScheduleAnyway'];
const NODE_POLICIES: readonly string[] = ['Honor', 'Ignore'];

/** `spec.topologySpreadConstraints`. */
export function validateTopologySpreadConstraints(
  constraints: readonly TopologySpreadConstraint[],
  path: Path,
): FieldErrors {
  return constraints.flatMap((it, i) =>
    validateConstraint(it, constraints.slice(i + 1), path.index(i)),
  );
}

function validateConstraint(
  constraint: TopologySpreadConstraint,
  later: readonly TopologySpreadConstraint[],
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
  const repeated = later.some(
    (it) => (it.topologyKey ?? '') === topologyKey && (it.whenUnsatisfiable ?? '') === action,
  );
  if (repeated) {
    const at = path.child('{topologyKey, whenUnsatisfiable}');
    errors.push(duplicate(at, `{${topologyKey}, ${action}}`));
  }
  errors.push(...validateMinDomains(constraint.minDomains, action, path.child('minDomains')));
  for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    const policy: string | undefined = constraint[name];
    if (policy === undefined || NODE_POLICIES.includes(policy)) continue;
    errors.push(notSupported(path.child(name), policy, NODE_POLICIES));
  }
  errors.push(...validateMatchLabelKeys(constraint, path));
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
    ...validateKeysAgainstSelector(matchLabelKeys, labelSelector, at),
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
  for (const { key = '' } of selector.matchExpressions ?? []) {
    const i = keys.lastIndexOf(key);
    if (i >= 0 && selected.has(key)) {
      const text = 'exists in both matchLabelKeys and labelSelector';
      errors.push(invalid(path.index(i), key, text));
    }
    selected.add(key);
  }
  return errors;
}
