/** What becomes of the documents of one apply, and when. */
import { describe, expect, it } from 'vitest';
import {
  replacePods,
  runApply,
  type ApplyRun,
  type Prediction,
} from '../../server/src/prediction/index.ts';
import { analyse } from '../support/analyse.ts';

const PACE = { request: 1, controller: 0.5, scheduler: 0.25, kubelet: 2 };
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n';
const ACCOUNT = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: web, namespace: shop }\n';
const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { serviceAccountName: web, containers: [{ name: app, image: 'app:1' }] }
`;
const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`;
const WIDGET = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: w }\n';
const GUARD = `
apiVersion: v1
kind: Service
metadata: { name: guard, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 443 }] }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: guard }
webhooks:
  - name: pods.guard.example
    clientConfig: { service: { name: guard, namespace: shop } }
    rules: [{ apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
    sideEffects: None
    admissionReviewVersions: [v1]
`;

function predictionOf(...documents: readonly string[]): Prediction {
  return analyse(documents.join('---\n')).analysis.prediction;
}

/** In a cluster that has nothing but the namespace `default`. */
function apply(...texts: readonly string[]): ApplyRun {
  const documents = predictionOf(...texts).world.admitted;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  return runApply({ documents, cluster: [namespace], kubernetesVersion: '1.36', pace: PACE });
}

function told({ entries }: ApplyRun): readonly string[] {
  return entries.map(
    ({ t, source, what, container = '', detail = '' }) =>
      `${t.toFixed(2)} ${source} ${what} ${container} ${JSON.stringify(detail)}`,
  );
}

describe('an apply', () => {
  it('goes on after a refusal, and exits with 1', () => {
    const run = apply(ACCOUNT, NAMESPACE, ACCOUNT.replace('web', 'other'));
    expect(told(run)).toEqual([
      '1.00 kubectl refused ServiceAccount web "namespaces \\"shop\\" not found"',
      '2.00 kubectl created Namespace shop ""',
      '3.00 kubectl created ServiceAccount other ""',
      '3.00 kubectl exit  {"status":1}',
    ]);
  });

  it('looks up all kinds before it sends anything', () => {
    const run = apply(DEFINITION, WIDGET);
    expect(told(run)[0]).toContain('0.00 kubectl refused Widget w');
    expect(run.created.map((it) => it.object.metadata.name)).toEqual(['widgets.example.com']);
    expect(run.exitStatus).toBe(1);
    expect(apply(WIDGET).exitStatus).toBe(0);
  });

  it('leaves to the controllers what they can try again', () => {
    const run = apply(NAMESPACE, DEPLOYMENT, ACCOUNT);
    expect(run.exitStatus).toBe(0);
    const refused = run.entries.filter((it) => it.what === 'refused');
    // Half a second after the Deployment, and 5 ms, 10 ms, … after each other.
    expect(refused.slice(0, 3).map((it) => it.t.toFixed(3))).toEqual(['2.500', '2.505', '2.515']);
    const [bound] = run.bound;
    expect(bound?.t).toBeGreaterThan(3.25);
    expect(bound?.t).toBeLessThan(4);
  });
});

describe('pods that are all gone', () => {
  const gone = (prediction: Prediction) =>
    replacePods({
      documents: prediction.world.admitted.filter((it) => it.stored.kind === 'Deployment'),
      cluster: [...prediction.snapshot.objects()],
      kubernetesVersion: '1.36',
      pace: PACE,
    });

  it('are made again', () => {
    const run = gone(predictionOf(NAMESPACE, ACCOUNT, DEPLOYMENT));
    expect(told(run).map((it) => it.replace(/ (?:Pod|Deployment).*/, ''))).toEqual([
      '0.00 kubelet gone',
      '0.50 controller created',
      '0.75 scheduler bound',
      '2.75 kubelet ready',
    ]);
  });

  it('are refused while they are asked themselves, unless nobody has to answer', () => {
    const world = [NAMESPACE, ACCOUNT, DEPLOYMENT, GUARD];
    expect(gone(predictionOf(...world)).bound).toEqual([]);
    const ignored = GUARD.replace('sideEffects', 'failurePolicy: Ignore\n    sideEffects');
    expect(gone(predictionOf(...world.slice(0, 3), ignored)).bound).toHaveLength(1);
  });
});
