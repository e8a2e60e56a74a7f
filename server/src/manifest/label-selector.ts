/**
 * Label selectors as objects (`matchLabels`, `matchExpressions`) and as Services have them (a map).
 * Follows staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go and pkg/labels/selector.go.
 */

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/**
 * Whether a selector selects the labels. A missing selector selects nothing, an empty one
 * everything (metav1.LabelSelectorAsSelector).
 */
export function selectorMatches(
  selector: LabelSelector | undefined,
  labels: Labels | undefined,
): boolean {
  if (!selector) return false;
  return (
    labelsMatch(selector.matchLabels ?? {}, labels) &&
    (selector.matchExpressions ?? []).every((it) => requirementMatches(it, labels))
  );
}

/** Whether every pair of `wanted` stands in `labels`. */
export function labelsMatch(wanted: Labels, labels: Labels | undefined): boolean {
  for (const key of Object.keys(wanted)) {
    if (!labels || !Object.hasOwn(labels, key) || labels[key] !== wanted[key]) return false;
  }
  return true;
}

/** One expression; an operator upstream does not know matches nothing. */
export function requirementMatches(
  { key, operator, values = [] }: LabelSelectorRequirement,
  labels: Labels | undefined,
): boolean {
  const has = labels !== undefined && Object.hasOwn(labels, key);
  const value = has ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return has;
    case 'DoesNotExist':
      return !has;
    default:
      return false;
  }
}
