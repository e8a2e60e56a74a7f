import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/races/index.ts';
import { racesOf } from '../support/check-rule.ts';

/** The severities a rule gives to a text, in the order of its findings. */
function severities(id: string, text: string): readonly string[] {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return racesOf(rule, text).map(({ finding }) => finding.severity ?? rule.severity);
}

const nodes = (...names: readonly string[]) =>
  names
    .map(
      (name) => `---
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { kubernetes.io/hostname: ${name} } }
status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
`,
    )
    .join('');

interface Parts {
  readonly spec?: string;
  readonly pod?: string;
  readonly container?: string;
}

const deployment = ({ spec = '', pod = '', container = '' }: Parts) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  ${spec}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      ${pod}
      containers:
        - name: app
          image: registry.example/web:1
          ${container}
`;

const claim = (mode: string, more = '') => `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [${mode}], resources: { requests: { storage: 1Gi } }, ${more} }
`;

const disk = `---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: disk }
provisioner: pd.csi.storage.gke.io
volumeBindingMode: WaitForFirstConsumer
`;

const mounts = 'volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]';
const hostPort = 'ports: [{ containerPort: 8080, hostPort: 80 }]';
const antiAffinity = (more = '') =>
  'affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: ' +
  `[{ topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } }${more} }] } }`;

describe('a rolling update with a ReadWriteOnce claim', () => {
  it.each([
    ['waits for ever where the scheduler prefers another node', nodes('a', 'b'), ['error']],
    ['may wait for ever where nobody declares the nodes', '', ['warning']],
    ['shares the volume on the only node', nodes('a'), ['information']],
  ])('%s', (_, world, expected) => {
    const storage = claim('ReadWriteOnce', 'storageClassName: disk') + disk;
    const text = deployment({ pod: mounts }) + storage + world;
    expect(severities('rwo-rolling-deadlock', text)).toEqual(expected);
  });

  it('may keep the new pod on the old node where that is the only one of the zone', () => {
    const zones = nodes('a', 'b').replaceAll(
      /hostname: (.) }/g,
      'hostname: $1, topology.kubernetes.io/zone: zone-$1 }',
    );
    const storage = claim('ReadWriteOnce', 'storageClassName: disk') + disk;
    const text = deployment({ pod: mounts }) + storage + zones;
    expect(severities('rwo-rolling-deadlock', text)).toEqual(['warning']);
  });

  it.each([
    ['many nodes may write to', claim('ReadWriteMany')],
    ['lies on one node by itself', claim('ReadWriteOnce', 'storageClassName: local-path')],
    [
      'is a directory of the node',
      `${claim('ReadWriteOnce', 'storageClassName: manual')}---
apiVersion: v1
kind: PersistentVolume
metadata: { name: data }
spec:
  storageClassName: manual
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteOnce]
  hostPath: { path: /data }
`,
    ],
  ])('does not wait for a volume that %s', (_, storage) => {
    const text = deployment({ pod: mounts }) + storage + nodes('a', 'b');
    expect(severities('rwo-rolling-deadlock', text)).toEqual([]);
  });
});

describe('a claim of a class that nobody declares', () => {
  it('may be a disk of one node', () => {
    const text = deployment({ pod: mounts }) + claim('ReadWriteOnce') + nodes('a', 'b');
    expect(severities('rwo-rolling-deadlock', text)).toEqual(['warning']);
  });
});

describe('the first new pod of a rollout', () => {
  it.each([
    ['3 replicas on 3 nodes', 'replicas: 3', ['a', 'b', 'c'], ['error']],
    ['3 replicas on 4 nodes', 'replicas: 3', ['a', 'b', 'c', 'd'], []],
    // 25% of four may be unavailable.
    ['4 replicas on 4 nodes', 'replicas: 4', ['a', 'b', 'c', 'd'], []],
  ])('%s with a host port', (_, spec, names, expected) => {
    const text = deployment({ spec, container: hostPort }) + nodes(...names);
    expect(severities('hostport-rollout-deadlock', text)).toEqual(expected);
  });

  it('is not kept off a node by another protocol of the port', () => {
    const other = `---
apiVersion: v1
kind: Pod
metadata: { name: other }
spec:
  nodeName: a
  containers: [{ name: app, image: "x:1", ports: [{ containerPort: 1, hostPort: 80, protocol: UDP }] }]
`;
    const text = deployment({ container: hostPort }) + other + nodes('a', 'b');
    expect(severities('hostport-rollout-deadlock', text)).toEqual([]);
  });

  it.each([
    ['counts the lower bound of an autoscaler as replicas', '', ['error']],
    ['is free of old pods by matchLabelKeys', ', matchLabelKeys: [pod-template-hash]', []],
    ['is free of pods of other namespaces', ', namespaces: [elsewhere]', []],
  ])('with anti-affinity %s', (_, more, expected) => {
    const autoscaler = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 2
  maxReplicas: 3
`;
    const text = deployment({ pod: antiAffinity(more) }) + autoscaler + nodes('a', 'b');
    expect(severities('antiaffinity-surge-deadlock', text)).toEqual(expected);
  });
});

describe('a quota beside a rollout', () => {
  const quota = (hard: string) => `---
apiVersion: v1
kind: ResourceQuota
metadata: { name: all }
spec: { hard: { ${hard} } }
`;
  const limits = `---
apiVersion: v1
kind: LimitRange
metadata: { name: defaults }
spec: { limits: [{ type: Container, defaultRequest: { cpu: 500m } }] }
`;
  it.each([
    ['counts what a LimitRange adds', limits + quota('requests.cpu: "1"'), ['error']],
    ['leaves room for exactly one more', limits + quota('requests.cpu: 1500m'), []],
    ['counts pods', quota('pods: "2"'), ['error']],
    ['has no say where not even the replicas fit', quota('pods: "1"'), []],
  ])('%s', (_, world, expected) => {
    const text = deployment({ spec: 'replicas: 2' }) + world;
    expect(severities('quota-surge-deadlock', text)).toEqual(expected);
  });
});
