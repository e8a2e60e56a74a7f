/**
 * What the scheduler finds wrong with preferred node affinity. The API server lets it pass, and the
 * pod then fails whenever there is more than one node to choose from.
 * Follows NewPreferredSchedulingTerms in
 * staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go and
 * NewRequirement in staging/src/k8s.io/apimachinery/pkg/labels/selector.go.
 * Left out: what the API server refuses itself, such as unknown operators and keys that are no keys.
 */
import type { LabelSelectorRequirement, NodeSelectorTerm } from '../manifest/index.ts';

/** A value that no label can have, or that is no number where one is compared. */
export interface TermFault {
  /** The places in the lists of terms and of their expressions. */
  readonly term: number;
  readonly expression: number;
  /** Upstream's words. */
  readonly message: string;
}

const MAX_BYTES = 63;
const LABEL_VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';
const VALID = new RegExp(`^${LABEL_VALUE}$`);
const INTEGER = /^[+-]?\d{1,19}$/;

/** Everything that keeps preferred terms from being read. */
export function preferredTermFaults(terms: readonly NodeSelectorTerm[]): readonly TermFault[] {
  return terms.flatMap(({ matchExpressions = [] }, term) =>
    matchExpressions.flatMap((requirement, expression) => {
      const at = `[${term}].matchExpressions[${expression}].values`;
      return valueFaults(requirement, at).map((message) => ({ term, expression, message }));
    }),
  );
}

function valueFaults(
  { key, operator, values = [] }: LabelSelectorRequirement,
  at: string,
): readonly string[] {
  const faults: string[] = [];
  const add = (place: string, value: string, why: string): void => {
    faults.push(`${place}: Invalid value: ${JSON.stringify(value)}: ${why}`);
  };
  if (operator === 'Gt' || operator === 'Lt') {
    values.forEach((it, i) => {
      const why = "for 'Gt', 'Lt' operators, the value must be an integer";
      if (!INTEGER.test(it)) add(`${at}[${i}]`, it, why);
    });
  }
  values.forEach((it, i) => {
    const why = labelValueFaults(it);
    if (why.length > 0) add(`${at}[${i}][${key}]`, it, why.join('; '));
  });
  return faults;
}

function labelValueFaults(value: string): readonly string[] {
  const faults: string[] = [];
  // In what is otherwise valid a letter is a byte.
  if (value.length > MAX_BYTES) faults.push(`must be no more than ${MAX_BYTES} bytes`);
  if (!VALID.test(value)) {
    faults.push(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'," +
        " and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value'," +
        `  or '12345', regex used for validation is '${LABEL_VALUE}')`,
    );
  }
  return faults;
}
