import { describe, expect, test } from 'vitest';
import { DEFAULT_PLUGINS, refusalsOf, schedule } from '../../server/src/scheduling/index.ts';
import { bound, cited, node, pod, THREE_NODES, world } from './world.ts';

interface Refused {
  readonly title: string;
  readonly world: string;
  readonly spec: string;
  readonly reason: string;
  readonly code?: 'Unschedulable';
  /** What the explanation says, and the places it cites. */
  readonly because: RegExp;
  readonly cites: readonly string[];
  /** A spec the same node takes. */
  readonly passes: string;
}

const AVOID_DB = `affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution:
  [{ topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: db } } }] } }`;
const NEAR_DB = AVOID_DB.replace('podAntiAffinity', 'podAffinity');

const REFUSED: Readonly<Record<string, Refused>> = {
  NodeUnschedulable: {
    title: 'a cordoned node takes only pods that tolerate the cordon',
    world: node('node-a', { spec: '{ unschedulable: true }' }),
    spec: '',
    reason: 'node(s) were unschedulable',
    because: /^node-a is cordoned/,
    cites: ['Node spec.unschedulable', 'Pod spec.tolerations'],
    passes: 'tolerations: [{ key: node.kubernetes.io/unschedulable, operator: Exists }]',
  },
  NodeName: {
    title: 'a pod that names its node goes nowhere else',
    world: node('node-a'),
    spec: 'nodeName: node-b',
    reason: "node(s) didn't match the requested node name",
    because: /names the node node-b/,
    cites: ['Pod spec.nodeName'],
    passes: 'nodeName: node-a',
  },
  TaintToleration: {
    title: 'a taint keeps off pods that do not tolerate it',
    world: node('node-a', {
      spec: '{ taints: [{ key: spot, value: "yes", effect: NoSchedule }] }',
    }),
    spec: 'tolerations: [{ key: spot, value: "no" }]',
    reason: 'node(s) had untolerated taint(s)',
    because: /node-a has the taint spot=yes:NoSchedule/,
    cites: ['Node spec.taints[0].key', 'Pod spec.tolerations'],
    passes: 'tolerations: [{ key: spot, value: "yes" }]',
  },
  NodeAffinity: {
    title: 'a nodeSelector wants a label the node does not have',
    world: node('node-a', { labels: 'disk: hdd' }),
    spec: 'nodeSelector: { disk: ssd }',
    reason: "node(s) didn't match Pod's node affinity/selector",
    because: /wants a node with the label disk=ssd; node-a has disk=hdd/,
    cites: ['Pod spec.nodeSelector.disk', 'Node metadata.labels.disk'],
    passes: 'nodeSelector: { disk: hdd }',
  },
  NodePorts: {
    title: 'a host port another pod of the node has taken is not to be had',
    world: `${node('node-a')}---${bound('db', 'node-a', 'containers: [{ name: app, ports: [{ containerPort: 80, hostPort: 80 }] }]')}`,
    spec: 'containers: [{ name: app, ports: [{ containerPort: 80, hostPort: 80 }] }]',
    reason: "node(s) didn't have free ports for the requested pod ports",
    code: 'Unschedulable',
    because: /Host port 80\/TCP of node-a is taken by the pod db/,
    cites: ['Pod spec.containers', 'Pod spec.containers'],
    passes:
      'containers: [{ name: app, ports: [{ containerPort: 80, hostPort: 80, protocol: UDP }] }]',
  },
  NodeResourcesFit: {
    title: 'a node without the cpu left that a pod requests does not take it',
    world: `${node('node-a', { cpu: '2' })}---${bound('db', 'node-a')}`,
    spec: 'containers: [{ name: app, resources: { requests: { cpu: 1500m } } }]',
    reason: 'Insufficient cpu',
    code: 'Unschedulable',
    because: /requests 1500m of cpu; node-a has 1 of its 2 left/,
    cites: ['Pod spec.containers[0].resources.requests', 'Node status.allocatable'],
    passes: 'containers: [{ name: app, resources: { requests: { cpu: "1" } } }]',
  },
  VolumeRestrictions: {
    title: 'a disk that another pod of the node has mounted for writing is not available',
    world: `${node('node-a')}---${bound('db', 'node-a', 'volumes: [{ name: d, gcePersistentDisk: { pdName: d1 } }]')}`,
    spec: 'volumes: [{ name: d, gcePersistentDisk: { pdName: d1 } }]',
    reason: 'node(s) had no available disk',
    code: 'Unschedulable',
    because: /The pod db on node-a has one of the pod's disks mounted/,
    cites: ['Pod spec.volumes', 'Pod spec.volumes'],
    passes: 'volumes: [{ name: d, gcePersistentDisk: { pdName: d2 } }]',
  },
  NodeVolumeLimits: {
    title: 'a node attaches no more volumes than its CSI driver allows',
    world: `${node('node-a')}---
apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: { name: node-a }
spec: { drivers: [{ name: csi.example.com, nodeID: a, allocatable: { count: 1 } }] }
---${volume('old')}---${volume('new')}---${bound('db', 'node-a', 'volumes: [{ name: d, persistentVolumeClaim: { claimName: old } }]')}`,
    spec: 'volumes: [{ name: d, persistentVolumeClaim: { claimName: new } }]',
    reason: 'node(s) exceed max volume count',
    code: 'Unschedulable',
    because: /node-a can attach 1 volumes of csi.example.com, has 1/,
    cites: ['Pod spec.volumes'],
    passes: 'volumes: [{ name: d, persistentVolumeClaim: { claimName: old } }]',
  },
  VolumeBinding: {
    title: 'a bound volume of another zone does not reach the node',
    world: `${node('node-a')}---${volume('here', 'one')}---${volume('there', 'two')}`,
    spec: 'volumes: [{ name: d, persistentVolumeClaim: { claimName: there } }]',
    reason: "node(s) didn't match PersistentVolume's node affinity",
    because: /volumes cannot be had on node-a/,
    cites: ['Pod spec.volumes', 'PersistentVolumeClaim spec', 'Node metadata.labels'],
    passes: 'volumes: [{ name: d, persistentVolumeClaim: { claimName: here } }]',
  },
  VolumeZone: {
    title: 'a volume labelled with another zone keeps the pod off',
    world: `${node('node-a')}---${volume('here', '', 'one')}---${volume('there', '', 'two')}`,
    spec: 'volumes: [{ name: d, persistentVolumeClaim: { claimName: there } }]',
    reason: 'node(s) had no available volume zone',
    because: /The volume there is in topology.kubernetes.io\/zone=two/,
    cites: ['Pod spec.volumes', 'PersistentVolume metadata.labels'],
    passes: 'volumes: [{ name: d, persistentVolumeClaim: { claimName: here } }]',
  },
  PodTopologySpread: {
    title: 'a domain that is too full already is not made fuller',
    world: `${THREE_NODES}---${bound('web-1', 'node-a', '', 'app: web')}`,
    spec: `topologySpreadConstraints: [{ maxSkew: 1, topologyKey: topology.kubernetes.io/zone,
      whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }]`,
    reason: "node(s) didn't match pod topology spread constraints",
    code: 'Unschedulable',
    because: /zone=one has 1 matching pods and would have one more, the emptiest domain counts 0/,
    cites: ['Pod spec.topologySpreadConstraints[0]', 'Node metadata.labels'],
    passes: `topologySpreadConstraints: [{ maxSkew: 2, topologyKey: topology.kubernetes.io/zone,
      whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }]`,
  },
  InterPodAffinity: {
    title: 'a pod keeps away from pods its required anti-affinity names',
    world: `${node('node-a')}---${bound('db', 'node-a')}`,
    spec: AVOID_DB,
    reason: "node(s) didn't match pod anti-affinity rules",
    code: 'Unschedulable',
    because:
      /The pod db in kubernetes.io\/hostname=node-a matches the pod's required anti-affinity/,
    cites: [
      'Pod spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]',
      'Pod metadata.labels',
    ],
    passes: NEAR_DB,
  },
  DynamicResources: {
    title: 'a resource claim that is allocated elsewhere does not reach the node',
    world: `${node('node-a')}---${resourceClaim('here', 'one')}---${resourceClaim('there', 'two')}`,
    spec: 'resourceClaims: [{ name: gpu, resourceClaimName: there }]',
    reason: 'resourceclaim not available on the node',
    because: /The ResourceClaim there is allocated where node-a is not/,
    cites: ['Pod spec.resourceClaims'],
    passes: 'resourceClaims: [{ name: gpu, resourceClaimName: here }]',
  },
  NodeDeclaredFeatures: {
    title: 'a kubelet that cannot restart all containers of a pod does not get one that wants it',
    world: node('node-a').replace('status: {', 'status: { declaredFeatures: [],'),
    spec: `containers: [{ name: app, restartPolicy: Never, restartPolicyRules: [
      { action: RestartAllContainers, exitCodes: { operator: In, values: [1] } }] }]`,
    reason: "node(s) didn't match Pod's required features",
    because: /needs RestartAllContainersOnContainerExits, which the kubelet of node-a lacks/,
    cites: ['Pod spec.containers', 'Node status'],
    passes: `containers: [{ name: app, restartPolicy: Never, restartPolicyRules: [
      { action: Restart, exitCodes: { operator: In, values: [1] } }] }]`,
  },
};

describe('a filter plugin', () => {
  test('every one has a case here', () => {
    const filters = DEFAULT_PLUGINS.filter((it) => it.plugin.filter).map((it) => it.plugin.name);
    expect(Object.keys(REFUSED).sort()).toEqual([...filters].sort());
  });

  test.each(Object.entries(REFUSED).map(([plugin, it]) => [it.title, plugin, it] as const))(
    '%s (%s)',
    (_, plugin, it) => {
      const snapshot = world(it.world);
      const [first] = refusalsOf(pod(it.spec), 'node-a', snapshot);
      expect(first?.plugin).toBe(plugin);
      expect(first?.refusal.reasons).toEqual([it.reason]);
      expect(first?.refusal.code).toBe(it.code ?? 'UnschedulableAndUnresolvable');
      expect(first?.refusal.because.message).toMatch(it.because);
      expect(cited(first?.refusal.because.cites ?? [])).toEqual(it.cites);
      expect(schedule(pod(it.passes), snapshot).feasible).toContain('node-a');
    },
  );

  test('every refusal of a node is told, the first as its verdict', () => {
    const snapshot = world(node('node-a', { cpu: '1', spec: '{ unschedulable: true }' }));
    const wants = pod(`nodeSelector: { disk: ssd }
containers: [{ name: app, resources: { requests: { cpu: "2" } } }]`);
    const refusals = refusalsOf(wants, 'node-a', snapshot);
    expect(refusals.map((it) => it.plugin)).toEqual([
      'NodeUnschedulable',
      'NodeAffinity',
      'NodeResourcesFit',
    ]);
    expect(schedule(wants, snapshot).verdict('node-a')?.plugin).toBe('NodeUnschedulable');
  });

  test('a pod that other pods have anti-affinity to is kept away by them', () => {
    const snapshot = world(
      `${node('node-a')}---${bound('db', 'node-a', AVOID_DB.replace('app: db', 'app: web'))}`,
    );
    const [first] = refusalsOf(pod(), 'node-a', snapshot);
    expect(first?.refusal.reasons).toEqual([
      "node(s) didn't satisfy existing pods anti-affinity rules",
    ]);
    expect(first?.refusal.because.message).toContain('The pod db on node-a');
  });

  test('the first pod of a group with affinity to itself may go anywhere', () => {
    const near = NEAR_DB.replace('app: db', 'app: web');
    expect(schedule(pod(near), world(THREE_NODES)).feasible).toHaveLength(3);
    const other = world(`${THREE_NODES}---${bound('web-1', 'node-b', '', 'app: web')}`);
    expect(schedule(pod(near), other).feasible).toEqual(['node-b']);
  });
});

function volume(name: string, nodeZone = '', labelZone = ''): string {
  const affinity = nodeZone
    ? `nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: topology.kubernetes.io/zone, operator: In, values: [${nodeZone}] }] }] } },`
    : '';
  const labels = labelZone ? `, labels: { topology.kubernetes.io/zone: ${labelZone} }` : '';
  return `
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name}${labels} }
spec: { ${affinity} capacity: { storage: 1Gi }, csi: { driver: csi.example.com, volumeHandle: ${name} } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name}, namespace: default, annotations: { pv.kubernetes.io/bind-completed: "yes" } }
spec: { volumeName: ${name}, accessModes: [ReadWriteOnce] }
status: { phase: Bound }
`;
}

function resourceClaim(name: string, zone: string): string {
  return `
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: { name: ${name}, namespace: default }
status: { allocation: { nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [
  { key: topology.kubernetes.io/zone, operator: In, values: [${zone}] }] }] } } }
`;
}
