/** Connections a pod makes at its start, which a policy allows only once nodes have learned of the pod. */
import { field, selectorMatches, type Citable, type NetworkPolicy } from '../../manifest/index.ts';
import type { PodModel, PolicyPeer } from '../../lifecycle/index.ts';
import { serviceSelects } from '../../endpoints/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';
import { slowest } from '../facts/clients.ts';
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
    a new pod is in the API only when the kubelet has written it, after the first container has started, and
    gets to other nodes at a speed that is the network plugin's own. What the pod connects to in its first
    moments is dropped. TCP tries again after 1, 3 and 7 seconds: a client that waits as long is only
    late, one with a shorter time-out fails.
  `,
  remedy: 'Try again at the start, with a short time-out for connecting.',
  upstream: [
    { path: 'staging/src/k8s.io/api/networking/v1/types.go' },
    { path: 'pkg/kubelet/status/status_manager.go' },
  ],
  replay: { by: 'clients', lost: isLetInLate },
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
        witness: [
          {
            at: 0,
            text: `${container} starts`,
            moment: `cri:StartContainer:${container}`,
          },
          {
            at: 0,
            text: `it connects to ${host}, whose node does not know its address: dropped`,
            moment: 'client:dropped',
          },
          { at: 0, text: 'the kubelet writes the address of the pod', moment: 'status:podIP' },
          {
            at: slowest(model, 'p.watch'),
            text: `the node of ${host} hears of it, and lets the pod in`,
            moment: 'agent:knows',
          },
          { at: 1, text: 'TCP tries again, and is let in', moment: 'client:connected' },
        ],
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

/** A first connection is dropped, and the same one gets through later. */
function isLetInLate(story: ReplayStory): boolean {
  const { model, workload, prediction } = story;
  return initContacts(model).some(({ container, host }) => {
    const service = serviceOfHost(host, workload.namespace, model.snapshot);
    const servers = service ? ownersBehind(service, prediction) : [];
    return servers.some((server) => {
      const life = story.live();
      const contact = {
        name: container,
        calls: life.at(`cri:StartContainer:${container}`),
        known: life.at('status:podIP') + slowest(model, 'p.watch'),
        gate: {
          policies: prediction.snapshot.list('NetworkPolicy', server.namespace),
          server: peerOf(server, prediction),
          caller: peerOf(workload, prediction),
        },
      };
      const seen = story.firstContact(contact, life.entries);
      return seen.has('client:dropped') && seen.has('client:connected');
    });
  });
}

function peerOf({ namespace, pod }: WorkloadPrediction, { snapshot }: Prediction): PolicyPeer {
  const named = snapshot.get('Namespace', '', namespace)?.metadata.labels;
  return {
    labels: pod?.metadata.labels ?? {},
    namespace,
    namespaceLabels: { 'kubernetes.io/metadata.name': namespace, ...named },
  };
}
