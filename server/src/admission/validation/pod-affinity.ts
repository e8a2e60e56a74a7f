/**
 * Node affinity, pod affinity and anti-affinity.
 * Follows validateAffinity of pkg/apis/core/validation/validation.go.
 */
import type { Affinity, NodeSelectorTerm, PodAffinityTerm } from './pod-written.ts';
import {
  forbidden,
  goNamed,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isValidLabelValue,
  required,
  validateLabelName,
  validateLabelSelector,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { validateKeysAgainstSelector, validateLabelKeys } from './pod-topology-spread.ts';
import { append } from './pod-append.ts';

type NodeAffinity = NonNullable<Affinity['nodeAffinity']>;
type PodAffinity = NonNullable<Affinity['podAffinity']>;
type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const OPERATOR_TEXT = 'not a valid selector operator';

/** `spec.affinity`. */
export function validateAffinity(affinity: Affinity | undefined, path: Path): FieldErrors {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const errors: FieldErrors = [];
  if (nodeAffinity) append(errors, validateNodeAffinity(nodeAffinity, path.child('nodeAffinity')));
  if (podAffinity) append(errors, validatePodAffinity(podAffinity, path.child('podAffinity')));
  if (podAntiAffinity) {
    append(errors, validatePodAffinity(podAntiAffinity, path.child('podAntiAffinity')));
  }
  return errors;
}

function validateNodeAffinity(affinity: NodeAffinity, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const selector = affinity[REQUIRED];
  if (selector) {
    const at = path.child(REQUIRED).child('nodeSelectorTerms');
    const terms = selector.nodeSelectorTerms ?? [];
    if (terms.length === 0) {
      errors.push(required(at, 'must have at least one node selector term'));
    }
    for (const [i, it] of terms.entries()) append(errors, validateTerm(it, at.index(i), false));
  }
  for (const [i, { weight = 0, preference }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = path.child(PREFERRED).index(i);
    append(errors, validateWeight(weight, at.child('weight')));
    // Values that no label can have are still allowed in a mere preference.
    append(errors, validateTerm(preference ?? {}, at.child('preference'), true));
  }
  return errors;
}

function validateWeight(weight: number, path: Path): FieldErrors {
  if (weight > 0 && weight <= 100) return [];
  return [invalid(path, weight, 'must be in the range 1-100')];
}

function validateTerm(term: NodeSelectorTerm, path: Path, anyValue: boolean): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, it] of (term.matchExpressions ?? []).entries()) {
    append(errors, validateRequirement(it, path.child('matchExpressions').index(i), anyValue));
  }
  for (const [i, it] of (term.matchFields ?? []).entries()) {
    append(errors, validateFieldRequirement(it, path.child('matchFields').index(i)));
  }
  return errors;
}

function validateRequirement(it: Requirement, path: Path, anyValue: boolean): FieldErrors {
  const { key = '', values = [] } = it;
  const errors = validateOperator(it.operator ?? '', values.length, path);
  append(errors, validateLabelName(key, path.child('key')));
  if (anyValue) return errors;
  for (const [i, value] of values.entries()) {
    for (const text of isValidLabelValue(value)) {
      errors.push(invalid(path.child('values').index(i), value, text));
    }
  }
  return errors;
}

function validateOperator(operator: string, count: number, path: Path): FieldErrors {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const text = "must be specified when `operator` is 'In' or 'NotIn'";
      return count === 0 ? [required(at, text)] : [];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      return count > 0 ? [forbidden(at, text)] : [];
    }
    case 'Gt':
    case 'Lt': {
      const text = "must be specified single value when `operator` is 'Lt' or 'Gt'";
      return count === 1 ? [] : [required(at, text)];
    }
    default:
      return [invalid(path.child('operator'), goNamed(operator), OPERATOR_TEXT)];
  }
}

/** Only the name of a node can be matched as a field. */
function validateFieldRequirement(it: Requirement, path: Path): FieldErrors {
  const { key = '', values = [] } = it;
  const operator = it.operator ?? '';
  const errors: FieldErrors = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(path.child('operator'), goNamed(operator), OPERATOR_TEXT));
  } else if (values.length !== 1) {
    const text =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(path.child('values'), text));
  }
  if (key !== 'metadata.name') {
    return [...errors, invalid(path.child('key'), key, 'not a valid field selector key')];
  }
  for (const [i, value] of values.entries()) {
    for (const text of isDNS1123Subdomain(value)) {
      errors.push(invalid(path.child('values').index(i), value, text));
    }
  }
  return errors;
}

function validatePodAffinity(affinity: PodAffinity, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  for (const [i, it] of (affinity[REQUIRED] ?? []).entries()) {
    append(errors, validatePodAffinityTerm(it, path.child(REQUIRED).index(i)));
  }
  for (const [i, { weight = 0, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = path.child(PREFERRED).index(i);
    append(errors, validateWeight(weight, at.child('weight')));
    const term = podAffinityTerm ?? ({ topologyKey: '' } satisfies PodAffinityTerm);
    append(errors, validatePodAffinityTerm(term, at.child('podAffinityTerm')));
  }
  return errors;
}

function validatePodAffinityTerm(term: PodAffinityTerm, path: Path): FieldErrors {
  const { labelSelector, namespaces = [], topologyKey = '' } = term;
  const errors = [
    ...validateLabelSelector(labelSelector, path.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector')),
  ];
  for (const name of namespaces) {
    for (const text of isDNS1123Label(name)) {
      errors.push(invalid(path.child('namespace'), name, text));
    }
  }
  append(errors, validateTermKeys(term, path));
  const at = path.child('topologyKey');
  if (topologyKey === '') errors.push(required(at, 'can not be empty'));
  return [...errors, ...validateLabelName(topologyKey, at)];
}

function validateTermKeys(term: PodAffinityTerm, path: Path): FieldErrors {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const match = path.child('matchLabelKeys');
  const errors = [
    ...validateLabelKeys(matchLabelKeys, labelSelector, match),
    ...validateLabelKeys(mismatchLabelKeys, labelSelector, path.child('mismatchLabelKeys')),
    ...validateKeysAgainstSelector(matchLabelKeys, labelSelector, path),
  ];
  const mismatch = new Set(mismatchLabelKeys);
  for (const [i, key] of matchLabelKeys.entries()) {
    if (!mismatch.has(key)) continue;
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(match.index(i), key, text));
  }
  return errors;
}
