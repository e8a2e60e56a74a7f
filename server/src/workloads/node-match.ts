/**
 * Whether a node suits a pod's nodeSelector, required node affinity and tolerations.
 * Follows GetRequiredNodeAffinity and ToleratesTaint of component-helpers, as the DaemonSet
 * controller uses them.
 */
import type { Upstream } from '../explanation/index.ts';
import {
  labelsMatch,
  requirementMatches,
  type Node,
  type NodeSelectorTerm,
  type PodSpec,
  type Taint,
  type Toleration,
} from '../manifest/index.ts';

export const nodeMatchUpstream: Upstream = {
  path: 'staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go',
  omits: ['numeric tolerations (Lt, Gt), behind a feature gate'],
};

/** Whether the toleration tolerates the taint. An empty key with Exists tolerates every taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.value ?? '') === (taint.value ?? '');
}

/**
 * Whether the node has what the selector and the required terms ask for; terms are alternatives.
 */
export function nodeAffinityMatches(spec: PodSpec, node: Node): boolean {
  if (spec.nodeSelector && !labelsMatch(spec.nodeSelector, node.metadata.labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  return required.nodeSelectorTerms.some((it) => termMatches(it, node));
}

function termMatches({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node) {
  // A term that asks for nothing matches nothing.
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name };
  return (
    matchExpressions.every((it) => expressionMatches(it, node.metadata.labels ?? {})) &&
    matchFields.every((it) => expressionMatches(it, fields))
  );
}

type Expression = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

function expressionMatches(it: Expression, labels: Readonly<Record<string, string>>): boolean {
  if (it.operator !== 'Gt' && it.operator !== 'Lt') return requirementMatches(it, labels);
  const has = wholeNumber(labels[it.key]);
  const wanted = wholeNumber(it.values?.[0]);
  if (has === undefined || wanted === undefined) return false;
  return it.operator === 'Gt' ? has > wanted : has < wanted;
}

function wholeNumber(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}
