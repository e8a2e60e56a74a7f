/** Connections a pod makes at its start, which a policy allows only once nodes have learned of the pod. */
import { field, selectorMatches, type Citable, type NetworkPolicy } from '../../manifest/index.ts';
import type { PodModel } from '../../lifecycle/index.ts';
import { serviceSelects } from '../../endpoints/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { ownersBehind } from '../facts/dependencies.ts';
import { serviceOfHost } from '../facts/service-names.ts';
import { contactsIn, expanded } from '../facts/waits.ts';

export default defineRaceRule({
  id: 'networkpolicy-lag',
  severity: 'information',
  basis: 'documentation',
  summary:
    'The first connections of a new pod are dropped until policies of other nodes know its address.',
  why: `
    A policy that admits clients by label is enforced where the server runs, by addresses. The address of
    a new pod gets there after the pod has started, at a speed that is the network plugin's own. What the
    pod connects to in its first moments may be dropped, which the client sees as a time-out.
  `,
  remedy: 'Try again at the start, with a short time-out for connecting.',
  upstream: [{ path: 'staging/src/k8s.io/api/networking/v1/types.go' }],
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          initContainers:
            - name: fetch
        #           ^^^^^ fetch connects to config as soon as it starts; NetworkPolicy config admits it by its labels, once the node of config knows the address of the new pod: until then it is dropped
              image: curlimages/curl:8.5.0
              command: [curl, -f, 'http://config:8080/web']
          containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: config, labels: { app: config } }
        spec: { containers: [{ name: app, image: 'registry.example/config:1' }] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: config }
        spec: { selector: { app: config }, ports: [{ port: 8080 }] }
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: config }
        #                 ^^^^^^ related: admits it
        spec:
          podSelector: { matchLabels: { app: config } }
          ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
      `,
    ],
    safe: [
      // Everybody is let in.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          initContainers:
            - name: fetch
              image: curlimages/curl:8.5.0
              command: [curl, -f, 'http://config:8080/web']
          containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: config, labels: { app: config } }
        spec: { containers: [{ name: app, image: 'registry.example/config:1' }] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: config }
        spec: { selector: { app: config }, ports: [{ port: 8080 }] }
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: config }
        spec:
          podSelector: { matchLabels: { app: config } }
          ingress: [{}]
      `,
    ],
  },

  *find(workload, prediction) {
    const { model, namespace } = workload;
    if (!model) return;
    for (const { host, container, at } of initContacts(model)) {
      const service = serviceOfHost(host, namespace, model.snapshot);
      if (!service || serviceSelects(service, model.pod)) continue;
      const policy = ownersBehind(service, prediction)
        .map((it) => admitting(it, workload, prediction))
        .find((it) => it !== undefined);
      if (!policy) continue;
      yield {
        at,
        message: `${container} connects to ${host} as soon as it starts; NetworkPolicy ${policy.metadata.name} admits it by its labels, once the node of ${host} knows the address of the new pod: until then it is dropped`,
        certainty: 'assumed',
        restsOn: 'that the network plugin enforces policies and learns of pods after they start',
        related: [{ message: 'admits it', at: field(policy).metadata.name }],
      };
      return;
    }
  },
});

interface InitContact {
  readonly host: string;
  readonly container: string;
  readonly at: Citable;
}

/** What init containers connect to and do not ask for again. */
function initContacts(model: PodModel): readonly InitContact[] {
  return model.inits.flatMap(({ name, container, at }) => {
    const text = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
    if (/\b(?:until|while|--retry\S*|retry|for)\b/.test(text)) return [];
    return contactsIn(expanded(text, container))
      .filter((it) => !it.dnsOnly)
      .map(({ host }) => ({ host, container: name, at: at.name }));
  });
}

/** A policy on the server's pods that admits the client by its pod labels. */
function admitting(
  server: WorkloadPrediction,
  client: WorkloadPrediction,
  { snapshot }: Prediction,
): NetworkPolicy | undefined {
  const policies = snapshot
    .list('NetworkPolicy', server.namespace)
    .filter((it) => selectorMatches(it.spec?.podSelector ?? {}, server.pod?.metadata.labels));
  const rules = policies.flatMap((policy) =>
    (policy.spec?.ingress ?? []).map((rule) => ({ policy, from: rule.from ?? [] })),
  );
  if (rules.some((it) => it.from.length === 0)) return undefined;
  return rules.find(({ from }) =>
    from.some(
      (it) =>
        it.podSelector !== undefined &&
        (it.namespaceSelector !== undefined || server.namespace === client.namespace) &&
        selectorMatches(it.podSelector, client.pod?.metadata.labels),
    ),
  )?.policy;
}
