import { describe, expect, it } from 'vitest';
import type {
  Deployment,
  HorizontalPodAutoscaler,
  KubernetesObject,
  Node,
} from '../../server/src/manifest/index.ts';
import { createPods, expandWorkload, isWorkload } from '../../server/src/workloads/index.ts';
import { object } from '../support/objects.ts';

const TEMPLATE =
  'template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: app }] } }';

function expand(text: string, nodes: Node[] = []) {
  const workload = object<KubernetesObject>(text);
  if (!isWorkload(workload)) throw new Error('not a workload');
  return expandWorkload(workload, nodes);
}
function node(name: string, labels = {}, taints: NonNullable<Node['spec']>['taints'] = []): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: { taints } };
}
const names = (text: string, nodes?: Node[]) =>
  expand(text, nodes).pods.map(({ pod }) => pod.metadata.name);

describe('the pods of a workload', () => {
  it('a Deployment makes them through a ReplicaSet with the hash of the template', () => {
    const { pods, wanted } = expand(`
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { replicas: 2, selector: {}, ${TEMPLATE} }`);
    expect(wanted).toBe(2);
    expect(pods[0]?.pod.metadata).toMatchObject({
      generateName: 'web-xxxxxxxxxx-',
      namespace: 'shop',
      labels: { app: 'web', 'pod-template-hash': 'xxxxxxxxxx' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-xxxxxxxxxx', controller: true }],
    });
    expect(pods[0]?.owner.kind).toBe('Deployment');
    expect(pods[0]?.templatePath).toEqual(['spec', 'template']);
  });

  it.each<[string, string, number]>([
    ['fewer than the least', 'replicas: 1', 3],
    ['more than the most', 'replicas: 9', 5],
    ['a count in between', 'replicas: 4', 4],
    ['no count', '', 3],
    ['none at all, which switches it off', 'replicas: 0', 0],
  ])('an autoscaler moves %s within its bounds', (_, replicas, wanted) => {
    const autoscaler = object<HorizontalPodAutoscaler>(`
metadata: { name: web }
spec: { minReplicas: 3, maxReplicas: 5, scaleTargetRef: { kind: Deployment, name: web } }`);
    const of = (name: string) => {
      const text = `{ kind: Deployment, metadata: { name: ${name} }, spec: { ${replicas}${replicas && ','} ${TEMPLATE} } }`;
      return expandWorkload(object<Deployment>(text), [], [autoscaler]).wanted;
    };
    expect(of('web')).toBe(wanted);
    expect(of('other')).toBe(Number(/\d/.exec(replicas)?.[0] ?? 1));
  });

  it('a StatefulSet names them by ordinal and gives each its claim', () => {
    const { pods, atOnce } = expand(`
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 2
  serviceName: db
  ordinals: { start: 5 }
  volumeClaimTemplates: [{ metadata: { name: data } }]
  template:
    spec: { containers: [], volumes: [{ name: data, emptyDir: {} }, { name: tmp, emptyDir: {} }] }`);
    expect(atOnce).toBe(1);
    expect(pods[1]?.pod.spec).toMatchObject({
      hostname: 'db-6',
      subdomain: 'db',
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data-db-6' } },
        { name: 'tmp', emptyDir: {} },
      ],
    });
    expect(pods[1]?.pod.metadata.labels).toMatchObject({ 'apps.kubernetes.io/pod-index': '6' });
  });

  it('an Indexed Job tells each pod its index by name, label, annotation and environment', () => {
    const { pods } = expand(`
kind: Job
metadata: { name: work }
spec:
  completions: 5
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  template:
    spec:
      containers: [{ name: a }, { name: b, env: [{ name: JOB_COMPLETION_INDEX, value: mine }] }]`);
    const pod = pods[1]?.pod;
    expect(pods).toHaveLength(2);
    expect(pod?.metadata.generateName).toBe('work-1-');
    expect(pod?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    expect(pod?.metadata.annotations).toEqual({
      'batch.kubernetes.io/job-completion-index': '1',
      'batch.kubernetes.io/job-index-failure-count': '0',
    });
    expect(pod?.spec.hostname).toBe('work-1');
    expect(pod?.spec.containers.map((it) => it.env?.[0]?.value ?? 'injected')).toEqual([
      'injected',
      'mine',
    ]);
  });

  it.each([
    ['{}', 1],
    ['{ completions: 5 }', 1],
    ['{ parallelism: 3 }', 3],
    ['{ completions: 2, parallelism: 3 }', 2],
    ['{ parallelism: 0 }', 0],
    ['{ parallelism: 3, suspend: true }', 0],
  ])('a Job with %s starts %i', (spec, count) => {
    const text = `{ kind: Job, metadata: { name: work }, spec: ${spec.replace('}', `${spec === '{}' ? '' : ','} ${TEMPLATE} }`)} }`;
    expect(expand(text).pods).toHaveLength(count);
  });

  it('a CronJob makes them through a Job, and none while it is suspended', () => {
    const cronJob = (suspend: boolean) => `
kind: CronJob
metadata: { name: nightly }
spec: { schedule: "0 1 * * *", suspend: ${suspend}, jobTemplate: { spec: { ${TEMPLATE} } } }`;
    const [built] = expand(cronJob(false)).pods;
    expect(built?.pod.metadata.labels).toMatchObject({ 'job-name': 'nightly-xxxxxxxx' });
    expect(built?.templatePath).toEqual(['spec', 'jobTemplate', 'spec', 'template']);
    expect(names(cronJob(true))).toEqual([]);
  });

  it('no more pods are built than are looked at one by one', () => {
    const { pods, wanted } = expand(`
{ kind: Deployment, metadata: { name: web }, spec: { replicas: 1000000, selector: {}, ${TEMPLATE} } }`);
    expect([pods.length, wanted]).toEqual([500, 1_000_000]);
    expect(new Set(pods.map(({ pod }) => pod.metadata.name)).size).toBe(500);
  });
});

describe('a DaemonSet', () => {
  const set = (spec: string) => `
kind: DaemonSet
metadata: { name: agent }
spec: { selector: {}, template: { spec: { containers: [], ${spec} } } }`;
  const on = (spec: string, nodes: Node[]) => {
    const { pods, leftOut } = expand(set(spec), nodes);
    const pinned = pods.map(({ pod }) => {
      const required =
        pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
    });
    return { pinned, leftOut: leftOut.map((it) => it.because.message) };
  };

  it('runs on nodes that are not ready or not schedulable, and not on tainted ones', () => {
    const nodes = [
      node('a', {}, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]),
      node('b', {}, [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }]),
      node('c', {}, [{ key: 'soft', effect: 'PreferNoSchedule' }]),
    ];
    expect(on('nodeSelector: {}', nodes)).toEqual({
      pinned: ['a', 'c'],
      leftOut: ['b has the taint dedicated:NoSchedule, which is not tolerated'],
    });
    expect(on('tolerations: [{ operator: Exists }]', nodes).pinned).toEqual(['a', 'b', 'c']);
  });

  it('gives way to nodeSelector and required node affinity, which the pin then replaces', () => {
    const nodes = [node('a', { disk: 'ssd', cpus: '8' }), node('b', { disk: 'hdd', cpus: '16' })];
    expect(on('nodeSelector: { disk: ssd }', nodes).pinned).toEqual(['a']);
    const terms = (it: string) =>
      `affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [${it}] } } }`;
    expect(
      on(terms('{ matchExpressions: [{ key: cpus, operator: Gt, values: ["8"] }] }'), nodes).pinned,
    ).toEqual(['b']);
    // Terms are alternatives, and one that asks for nothing matches nothing.
    expect(on(terms('{}'), nodes).pinned).toEqual([]);
    expect(
      on(terms('{}, { matchFields: [{ key: metadata.name, operator: In, values: [a] }] }'), nodes)
        .pinned,
    ).toEqual(['a']);
  });

  it('keeps no seconds of a toleration that it has itself, however often it is written', () => {
    const key = 'node.kubernetes.io/not-ready';
    const written = [30, 60].map(
      (it) => `{ key: ${key}, operator: Exists, effect: NoExecute, tolerationSeconds: ${it} }`,
    );
    const pod = expand(set(`tolerations: [${written.join()}]`), [node('a')]).pods[0]?.pod;
    const same = { key, operator: 'Exists', effect: 'NoExecute' };
    expect(pod?.spec.tolerations?.filter((it) => it.key === key)).toEqual([same, same]);
  });

  it('tolerates a network that is not set up only where it uses the host', () => {
    const tolerated = (spec: string) =>
      expand(set(spec), [node('a')]).pods[0]?.pod.spec.tolerations?.map((it) => it.key);
    expect(tolerated('hostNetwork: true')).toContain('node.kubernetes.io/network-unavailable');
    expect(tolerated('hostNetwork: false')).not.toContain('node.kubernetes.io/network-unavailable');
  });
});

describe('what the API server says to the pods', () => {
  it.each([
    ['ReplicaSet', 'FailedCreate: Error creating: no', 1],
    ['StatefulSet', 'FailedCreate: Create Pod web-0 in StatefulSet web failed error: no', 1],
  ])('a refusal ends the batch of a %s and becomes its event', (kind, event, asked) => {
    let requests = 0;
    const expansion = expand(
      `{ kind: ${kind}, metadata: { name: web }, spec: { replicas: 3, selector: {}, ${TEMPLATE} } }`,
    );
    const { pods, events } = createPods(expansion, () => {
      requests++;
      return { refused: 'no' };
    });
    expect([pods.length, requests, events]).toEqual([0, asked, [event]]);
  });

  it.each([
    ['ReplicaSet', undefined, 'web-'],
    ['DaemonSet', undefined, 'web-'],
    ['StatefulSet', 'web-0', 'web-'],
  ])('a pod of a %s is asked for as %s of %s', (kind, name, generateName) => {
    const metadata: object[] = [];
    const { pods } = createPods(
      expand(`{ kind: ${kind}, metadata: { name: web }, spec: { selector: {}, ${TEMPLATE} } }`, [
        node('a'),
      ]),
      (pod) => {
        metadata.push(pod.metadata);
        return { pod };
      },
    );
    expect(metadata).toMatchObject([{ generateName }]);
    expect((metadata[0] as { name?: string }).name).toBe(name);
    expect(pods[0]?.pod.metadata.name).toBe(name ?? 'web-xxxxx');
  });
});
