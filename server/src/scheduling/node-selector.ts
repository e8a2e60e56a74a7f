/**
 * Which nodes a node selector selects.
 * Follows staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go.
 */
import type { NodeFacts } from '../cluster/index.ts';
import {
  requirementMatches,
  type Labels,
  type LabelSelectorRequirement,
  type NodeSelectorTerm,
  type Pod,
} from '../manifest/index.ts';

/** The parts of a node that selectors read; without a name every term over it matches. */
export type SelectableNode = Pick<NodeFacts, 'labels'> & { readonly name: string | undefined };

/** Whether any of the terms matches; a term without expressions matches nothing. */
export function nodeSelectorTermsMatch(
  terms: readonly NodeSelectorTerm[] | undefined,
  node: SelectableNode,
): boolean {
  return (terms ?? []).some((it) => nodeSelectorTermMatches(it, node));
}

/** Whether a term's expressions and fields all match. */
export function nodeSelectorTermMatches(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: SelectableNode,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  for (const it of matchExpressions) if (!expressionMatches(it, node.labels)) return false;
  if (matchFields.length === 0 || node.name === undefined) return true;
  const fields: Labels = { 'metadata.name': node.name };
  return matchFields.every((it) => requirementMatches(it, fields));
}

/** One expression over labels, with the numeric operators that only nodes have. */
export function expressionMatches(
  requirement: LabelSelectorRequirement,
  labels: Labels | undefined,
): boolean {
  const { key, operator, values = [] } = requirement;
  if (operator !== 'Gt' && operator !== 'Lt') return requirementMatches(requirement, labels);
  if (!labels || !Object.hasOwn(labels, key) || values.length !== 1) return false;
  const has = int64(labels[key]);
  const bound = int64(values[0]);
  if (has === undefined || bound === undefined) return false;
  return operator === 'Gt' ? has > bound : has < bound;
}

/** The pod's nodeSelector and required node affinity together (GetRequiredNodeAffinity). */
export function requiredNodeAffinityMatches(pod: Pod, node: SelectableNode): boolean {
  const { nodeSelector, affinity } = pod.spec;
  if (nodeSelector) {
    for (const key of Object.keys(nodeSelector)) {
      if (!Object.hasOwn(node.labels, key) || node.labels[key] !== nodeSelector[key]) return false;
    }
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || nodeSelectorTermsMatch(required.nodeSelectorTerms, node);
}

function int64(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d{1,19}$/.test(text)
    ? BigInt(text.replace('+', ''))
    : undefined;
}
