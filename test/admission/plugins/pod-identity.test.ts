import { expect, test } from 'vitest';
import { defaultTolerationSeconds } from '../../../server/src/admission/plugins/default-toleration-seconds.ts';
import { namespaceLifecycle } from '../../../server/src/admission/plugins/namespace-lifecycle.ts';
import { podTopologyLabels } from '../../../server/src/admission/plugins/pod-topology-labels.ts';
import { priority } from '../../../server/src/admission/plugins/priority.ts';
import { runtimeClass } from '../../../server/src/admission/plugins/runtime-class.ts';
import { serviceAccount } from '../../../server/src/admission/plugins/service-account.ts';
import { defaultStorageClass } from '../../../server/src/admission/plugins/default-storage-class.ts';
import { manifest, pod, run, type Json } from './plugin-request.ts';

const web = (spec: Json = {}): Json => pod({ containers: [{ name: 'app' }], ...spec });
const specOf = (object: Json): Json => object['spec'] as Json;
const account = (name: string, more: Json = {}): Json =>
  manifest('v1', 'ServiceAccount', name, { metadata: { namespace: 'ns' }, ...more });

test('the token is mounted into every container that has nothing at its path', () => {
  const mount = { name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const object = web({ initContainers: [{ name: 'init', volumeMounts: [mount] }] });
  const spec = specOf(run(serviceAccount, object).object);
  expect(spec).toMatchObject({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    volumes: [{ name: 'kube-api-access-xxxxx', projected: { defaultMode: 420 } }],
    initContainers: [{ volumeMounts: [mount] }],
    containers: [{ volumeMounts: [{ name: 'kube-api-access-xxxxx', readOnly: true }] }],
  });
});

test('the token comes with the root CA, and on OpenShift with the service CA too', () => {
  const configMaps = (world: readonly Json[]): unknown => {
    const [volume] = specOf(run(serviceAccount, web(), world).object)['volumes'] as Json[];
    const projected = volume?.['projected'] as { sources: { configMap?: { name: string } }[] };
    return projected.sources.flatMap((it) => it.configMap?.name ?? []);
  };
  expect(configMaps([])).toEqual(['kube-root-ca.crt']);
  const metadata = { namespace: 'ns' };
  const openshift = manifest('v1', 'ConfigMap', 'openshift-service-ca.crt', { metadata });
  expect(configMaps([openshift])).toEqual(['kube-root-ca.crt', 'openshift-service-ca.crt']);
});

test('the Pod says whether to mount the token, else its ServiceAccount', () => {
  const world = [account('quiet', { automountServiceAccountToken: false })];
  const volumes = (spec: Json): unknown =>
    specOf(run(serviceAccount, web({ serviceAccountName: 'quiet', ...spec }), world).object)[
      'volumes'
    ];
  expect(volumes({})).toBeUndefined();
  expect(volumes({ automountServiceAccountToken: true })).toHaveLength(1);
});

test('a ServiceAccount may allow its own secrets only', () => {
  const strict = account('strict', {
    metadata: {
      namespace: 'ns',
      annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
    },
    secrets: [{ name: 'known' }],
  });
  const env = (name: string): Json => ({
    name: 'PW',
    valueFrom: { secretKeyRef: { name, key: 'k' } },
  });
  const uses = (name: string): Json =>
    pod({ serviceAccountName: 'strict', containers: [{ name: 'app', env: [env(name)] }] });
  expect(run(serviceAccount, uses('known'), [strict]).refusal).toBeUndefined();
  expect(run(serviceAccount, uses('other'), [strict]).refusal?.message).toBe(
    'pods "web" is forbidden: container app with envVar PW referencing secret.secretName="other" ' +
      'is not allowed because service account strict does not reference that secret',
  );
  const all = pod({
    serviceAccountName: 'strict',
    containers: [{ name: 'app', envFrom: [{ secretRef: { name: 'other' } }] }],
  });
  expect(run(serviceAccount, all, [strict]).refusal?.message).toContain(
    'container app with envFrom referencing secret.secretName="other" is not allowed',
  );
});

test('a mirror Pod may name neither a ServiceAccount nor a Secret, wherever it stands', () => {
  const mirror = (spec: Json): Json => ({
    ...web(spec),
    metadata: { name: 'web', annotations: { 'kubernetes.io/config.mirror': 'x' } },
  });
  const refusal = (spec: Json) => run(serviceAccount, mirror(spec)).refusal?.message;
  expect(refusal({})).toBeUndefined();
  expect(refusal({ serviceAccountName: 'a' })).toContain('may not reference service accounts');
  const projected = [{ name: 'v', projected: { sources: [{ secret: { name: 's' } }] } }];
  for (const spec of [{ volumes: projected }, { imagePullSecrets: [{ name: 's' }] }]) {
    expect(refusal(spec)).toContain('a mirror pod may not reference secrets');
  }
});

test('without a PriorityClass the default one with the lowest value counts', () => {
  const cls = (name: string, value: number, more: Json = {}): Json =>
    manifest('scheduling.k8s.io/v1', 'PriorityClass', name, { value, ...more });
  const world = [cls('a', 9, { globalDefault: true }), cls('b', 5, { globalDefault: true })];
  const never = cls('never', 1, { preemptionPolicy: 'Never' });
  const system = web({ priorityClassName: 'system-node-critical' });
  expect(specOf(run(priority, web()).object)).toMatchObject({ priority: 0 });
  expect(specOf(run(priority, web(), world).object)).toMatchObject({
    priorityClassName: 'b',
    priority: 5,
  });
  expect(specOf(run(priority, system).object)).toMatchObject({ priority: 2_000_001_000 });
  const given = web({ priorityClassName: 'never', preemptionPolicy: 'PreemptLowerPriority' });
  expect(run(priority, given, [never]).refusal?.message).toMatch(
    /the string value of PreemptionPolicy \(PreemptLowerPriority\) must not be provided in pod spec; .* computed Never/,
  );
});

test('a RuntimeClass adds to the node selector, or conflicts with it', () => {
  const cls = manifest('node.k8s.io/v1', 'RuntimeClass', 'vm', {
    handler: 'vm',
    scheduling: {
      nodeSelector: { vm: 'yes' },
      tolerations: [
        { key: 'vm', operator: 'Exists' },
        { operator: 'Exists', effect: 'NoExecute' },
      ],
    },
  });
  const written = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  const object = web({
    runtimeClassName: 'vm',
    nodeSelector: { disk: 'ssd' },
    tolerations: [written],
  });
  const { object: admitted } = run(runtimeClass, object, [cls]);
  // The toleration of all NoExecute taints covers the written one.
  expect(specOf(admitted)).toMatchObject({
    nodeSelector: { disk: 'ssd', vm: 'yes' },
    tolerations: [
      { key: 'vm', operator: 'Exists' },
      { operator: 'Exists', effect: 'NoExecute' },
    ],
  });
  const other = web({ runtimeClassName: 'vm', nodeSelector: { vm: 'no' } });
  expect(run(runtimeClass, other, [cls]).refusal?.message).toBe(
    'pods "web" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; ' +
      'pod.spec.nodeSelector[vm] = no',
  );
  const overhead = web({ runtimeClassName: 'vm', overhead: { cpu: 1 } });
  expect(run(runtimeClass, overhead, [cls]).refusal?.message).toMatch(/Overhead set without/);
});

test('a toleration of every taint is enough', () => {
  const all = [{ operator: 'Exists' }];
  expect(
    specOf(run(defaultTolerationSeconds, web({ tolerations: all })).object)['tolerations'],
  ).toEqual(all);
  expect(specOf(run(defaultTolerationSeconds, web()).object)['tolerations']).toHaveLength(2);
});

test('a Pod created on a node gets its zone', () => {
  const labels = { 'topology.kubernetes.io/zone': 'z', other: 'x' };
  const node = manifest('v1', 'Node', 'n1', { metadata: { labels } });
  const { object } = run(podTopologyLabels, web({ nodeName: 'n1' }), [node]);
  expect(object['metadata']).toEqual({
    name: 'web',
    labels: { 'topology.kubernetes.io/zone': 'z' },
  });
});

test('nothing is created in a Namespace that is being deleted', () => {
  const namespace = manifest('v1', 'Namespace', 'ns', { status: { phase: 'Terminating' } });
  expect(run(namespaceLifecycle, web(), [namespace]).refusal).toMatchObject({
    code: 403,
    causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }],
  });
  expect(run(namespaceLifecycle, web()).refusal).toBeUndefined();
});

test('of several default StorageClasses the newest is taken', () => {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const cls = (name: string, creationTimestamp: string): Json =>
    manifest('storage.k8s.io/v1', 'StorageClass', name, {
      metadata: { annotations, creationTimestamp },
    });
  const world = [cls('old', '2024-01-01T00:00:00Z'), cls('new', '2025-01-01T00:00:00Z')];
  const claim = manifest('v1', 'PersistentVolumeClaim', 'data', { spec: {} });
  expect(specOf(run(defaultStorageClass, claim, world).object)).toEqual({
    storageClassName: 'new',
  });
  const none = manifest('v1', 'PersistentVolumeClaim', 'data', { spec: { storageClassName: '' } });
  expect(specOf(run(defaultStorageClass, none, world).object)).toEqual({ storageClassName: '' });
});
