/**
 * Whether the node of a server lets a connection in, as the API documents NetworkPolicies
 * (staging/src/k8s.io/api/networking/v1/types.go): everybody where no policy selects the server,
 * else whom one rule of one of them allows. A network plugin knows peers by address: whose address
 * it has not heard of is nobody, and only a rule for all lets it in. Ports and ipBlocks are left out.
 */
import { selectorMatches, type NetworkPolicy } from '../../manifest/index.ts';

type Labels = Readonly<Record<string, string>>;

/** A pod as a policy sees it. */
export interface PolicyPeer {
  readonly labels: Labels;
  readonly namespace: string;
  readonly namespaceLabels: Labels;
}

/** Who stands between a caller and a server. */
export interface PolicyGate {
  /** Those of the server's namespace. */
  readonly policies: readonly NetworkPolicy[];
  readonly server: PolicyPeer;
  readonly caller: PolicyPeer;
}

/** Whether the caller is let in by a node that knows its address, or does not. */
export function letsIn({ policies, server, caller }: PolicyGate, isKnown: boolean): boolean {
  const selecting = policies
    .flatMap(({ spec }) => spec ?? [])
    .filter((it) => (it.policyTypes ?? ['Ingress']).includes('Ingress'))
    .filter((it) => selectorMatches(it.podSelector ?? {}, server.labels));
  if (selecting.length === 0) return true;
  return selecting
    .flatMap((it) => it.ingress ?? [])
    .some(({ from = [] }) => {
      if (from.length === 0) return true;
      return isKnown && from.some((it) => isMeant(it, caller, server.namespace));
    });
}

type Peer = NonNullable<
  NonNullable<NonNullable<NonNullable<NetworkPolicy['spec']>['ingress']>[number]['from']>[number]
>;

function isMeant(
  { podSelector, namespaceSelector }: Peer,
  { labels, namespace, namespaceLabels }: PolicyPeer,
  own: string,
): boolean {
  if (!podSelector && !namespaceSelector) return false;
  const inNamespace = namespaceSelector
    ? selectorMatches(namespaceSelector, namespaceLabels)
    : namespace === own;
  return inNamespace && selectorMatches(podSelector ?? {}, labels);
}
