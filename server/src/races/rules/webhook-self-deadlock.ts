/** An admission webhook that is asked about the pods which run it. */
import {
  fieldAt,
  labelsMatch,
  selectorMatches,
  type KubernetesObject,
  type Labels,
  type LabelSelector,
} from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { ownersBehind } from '../facts/dependencies.ts';
import { defineRaceRule, yaml, type RaceFix, type WitnessStep } from '../race-rule.ts';

/** From the loss to the request for another pod, in the witness and where it is played. */
const CONTROLLER_SECONDS = 0.1;

const WEBHOOK_KINDS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const;

export default defineRaceRule({
  id: 'webhook-self-deadlock',
  severity: 'error',
  basis: 'source',
  summary: 'An admission webhook must allow the pods that run it, and cannot while they are gone.',
  why: `
    With failurePolicy Fail, which is the default, a request the webhook matches is refused while nobody
    answers for the webhook. Once all its pods are gone (a drain, a node lost, a scale to zero) their
    replacements are such requests: none is allowed before one runs. What else it matches is refused as
    well, often every pod of the cluster.
  `,
  remedy:
    'Leave its own namespace out by a namespaceSelector on kubernetes.io/metadata.name, or its pods by an objectSelector.',
  upstream: [
    { path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/generic/webhook.go' },
  ],
  replay: {
    by: 'admission',
    lostInWorld: (world) =>
      WEBHOOK_KINDS.flatMap((it) => world.prediction.snapshot.listUntyped(it)).some((object) =>
        webhooksOf(object).some(({ clientConfig }) => {
          const { name = '', namespace = '' } = clientConfig?.service ?? {};
          const service = world.prediction.snapshot.get('Service', namespace, name);
          const owners = service ? ownersBehind(service, world.prediction) : [];
          return (
            owners.length > 0 && world.recreated(owners, CONTROLLER_SECONDS).bound.length === 0
          );
        }),
      ),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: { name: guard }
        webhooks:
          - name: pods.guard.example
        #         ^^^^^^^^^^^^^^^^^^ pods.guard.example must allow every new pod of Deployment guard, which answers for it (Service guard/guard): once all of them are gone, none can be made
            clientConfig: { service: { name: guard, namespace: guard } }
            rules:
              - { apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }
            sideEffects: None
            admissionReviewVersions: [v1]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: guard, namespace: guard }
        spec: { selector: { app: guard }, ports: [{ port: 443 }] }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: guard, namespace: guard }
        #                 ^^^^^ related: runs the webhook
        spec:
          replicas: 2
          selector: { matchLabels: { app: guard } }
          template:
            metadata: { labels: { app: guard } }
            spec: { containers: [{ name: guard, image: 'registry.example/guard:1' }] }
      `,
    ],
    safe: [
      yaml`
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: { name: guard }
        webhooks:
          - name: pods.guard.example
            clientConfig: { service: { name: guard, namespace: guard } }
            rules:
              - { apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }
            namespaceSelector:
              matchExpressions:
                - { key: kubernetes.io/metadata.name, operator: NotIn, values: [guard] }
            sideEffects: None
            admissionReviewVersions: [v1]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: guard, namespace: guard }
        spec: { selector: { app: guard }, ports: [{ port: 443 }] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: guard, namespace: guard, labels: { app: guard } }
        spec: { containers: [{ name: guard, image: 'registry.example/guard:1' }] }
      `,
      // Whoever cannot be asked has no say.
      yaml`
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingWebhookConfiguration
        metadata: { name: guard }
        webhooks:
          - name: pods.guard.example
            failurePolicy: Ignore
            clientConfig: { service: { name: guard, namespace: guard } }
            rules:
              - { apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }
            sideEffects: None
            admissionReviewVersions: [v1]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: guard, namespace: guard }
        spec: { selector: { app: guard }, ports: [{ port: 443 }] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: guard, namespace: guard, labels: { app: guard } }
        spec: { containers: [{ name: guard, image: 'registry.example/guard:1' }] }
      `,
    ],
  },

  *findInWorld(prediction) {
    const { snapshot } = prediction;
    for (const kind of WEBHOOK_KINDS) {
      for (const object of snapshot.listUntyped(kind)) {
        for (const [index, webhook] of webhooksOf(object).entries()) {
          const blocked = blockedBy(webhook, prediction);
          if (!blocked) continue;
          const { name, namespace } = webhook.clientConfig?.service ?? {};
          yield {
            at: fieldAt(object, ['webhooks', index, 'name']),
            message: `${webhook.name} must allow every new pod of ${blocked.kind} ${blocked.name}, which answers for it (Service ${namespace}/${name}): once all of them are gone, none can be made`,
            related: [
              { message: 'runs the webhook', at: fieldAt(blocked.object, ['metadata', 'name']) },
            ],
            witness: witnessOf(blocked),
            fixes: [leaveOut(object, index, webhook, blocked.namespace)],
          };
        }
      }
    }
  },
});

/** A controller tries again after 5 ms, then twice as long each time: so often in five minutes. */
const TRIES = 16;
const FIRST_RETRY_SECONDS = 0.005;

function witnessOf({ kind, name }: WorkloadPrediction): readonly WitnessStep[] {
  const by = kind === 'Pod' ? 'kubectl' : 'controller';
  const refused = `${by}:refused:${kind} ${name}`;
  const again = {
    at: CONTROLLER_SECONDS + FIRST_RETRY_SECONDS * (2 ** TRIES - 1),
    text: 'tried again with back-off, refused each time',
    moment: refused,
  };
  return [
    { at: 0, text: `the last pod of ${name} is gone`, moment: `kubelet:gone:${kind} ${name}` },
    {
      at: CONTROLLER_SECONDS,
      text: 'another is created; the API server calls the webhook: connection refused, and with failurePolicy Fail the pod is',
      moment: refused,
    },
    ...(kind === 'Pod' ? [] : [again]),
  ];
}

/** What is read of a webhook; everything may be missing. */
interface Webhook {
  readonly name?: string;
  readonly failurePolicy?: string;
  readonly clientConfig?: {
    readonly service?: { readonly name?: string; readonly namespace?: string };
  };
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[];
    readonly operations?: readonly string[];
    readonly resources?: readonly string[];
    readonly scope?: string;
  }[];
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly matchConditions?: readonly unknown[];
}

function webhooksOf(object: KubernetesObject): readonly Webhook[] {
  const { webhooks } = object as { readonly webhooks?: unknown };
  return Array.isArray(webhooks)
    ? webhooks.filter((it): it is Webhook => it !== null && typeof it === 'object')
    : [];
}

/** The workload behind the webhook whose pods the webhook itself must allow. */
function blockedBy(webhook: Webhook, prediction: Prediction): WorkloadPrediction | undefined {
  const { failurePolicy = 'Fail', clientConfig, matchConditions = [] } = webhook;
  const { name, namespace } = clientConfig?.service ?? {};
  if (failurePolicy !== 'Fail' || !name || !namespace || matchConditions.length > 0) {
    return undefined;
  }
  const service = prediction.snapshot.get('Service', namespace, name);
  if (!service || !matchesPods(webhook)) return undefined;
  const owners = ownersBehind(service, prediction);
  // One of them that is left out answers for all.
  return owners.every((it) => isSelected(webhook, it)) ? owners[0] : undefined;
}

function matchesPods({ rules = [] }: Webhook): boolean {
  const has = (list: readonly string[] | undefined, ...wanted: readonly string[]) =>
    Array.isArray(list) && list.some((it) => it === '*' || wanted.includes(it));
  return rules.some(
    (it) =>
      has(it.apiGroups, '') &&
      has(it.operations, 'CREATE') &&
      has(it.resources, 'pods', '*/*') &&
      it.scope !== 'Cluster',
  );
}

function isSelected(webhook: Webhook, { namespace, pod, prediction }: WorkloadPrediction): boolean {
  const { namespaceSelector = {}, objectSelector = {} } = webhook;
  if (!pod || !selectorMatches(objectSelector, pod.metadata.labels)) return false;
  const name = 'kubernetes.io/metadata.name';
  const declared = prediction.snapshot.get('Namespace', '', namespace)?.metadata.labels;
  const labels: Labels = { ...declared, [name]: namespace };
  return (
    selectorMatches(namespaceSelector, labels) &&
    labelsMatch(namespaceSelector.matchLabels ?? {}, labels) &&
    !labelsUnknown(namespaceSelector, labels, prediction, namespace)
  );
}

/** A namespace that nobody declares may have any label. */
function labelsUnknown(
  { matchExpressions = [] }: LabelSelector,
  labels: Labels,
  { world, config }: Prediction,
  namespace: string,
): boolean {
  const supposed =
    config.world === 'open' &&
    (world.declared.supposed.has(`Namespace//${namespace}`) || namespace === 'kube-system');
  return supposed && matchExpressions.some((it) => !Object.hasOwn(labels, it.key));
}

function leaveOut(
  object: KubernetesObject,
  index: number,
  { namespaceSelector }: Webhook,
  namespace: string,
): RaceFix {
  const { matchLabels, matchExpressions = [] } = namespaceSelector ?? {};
  const own = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace] };
  const expressions = [...matchExpressions, own].map((it) => ({
    key: it.key,
    operator: it.operator,
    ...(it.values ? { values: [...it.values] } : {}),
  }));
  const value = {
    ...(matchLabels ? { matchLabels: { ...matchLabels } } : {}),
    matchExpressions: expressions,
  };
  return {
    title: `Leave namespace ${namespace} out`,
    changes: [{ at: fieldAt(object, ['webhooks', index, 'namespaceSelector']), value }],
  };
}
