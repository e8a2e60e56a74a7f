import { describe, expect, test } from 'vitest';
import { schedule } from '../../server/src/scheduling/index.ts';
import { bound, node, pod, THREE_NODES, world } from './world.ts';

const USES = 'volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]';

function claim(spec: string, status = ''): string {
  return `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: default }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 5Gi } }, ${spec} }
${status}
`;
}

function storageClass(name: string, provisioner: string, mode: string, more = ''): string {
  return `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: ${name}, annotations: { storageclass.kubernetes.io/is-default-class: "true" } }
provisioner: ${provisioner}
volumeBindingMode: ${mode}
${more}
`;
}

function volume(name: string, size: string, zone: string): string {
  return `
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec:
  storageClassName: local
  capacity: { storage: ${size} }
  accessModes: [ReadWriteOnce]
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [
    { key: topology.kubernetes.io/zone, operator: In, values: [${zone}] }] }] } }
`;
}

const LOCAL = storageClass('local', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer');
const feasible = (...texts: string[]): readonly string[] =>
  schedule(pod(USES), world([THREE_NODES, ...texts].join('---'))).feasible;

describe('a declared claim without a status', () => {
  test.each<[string, string[], string[]]>([
    [
      'of a class nobody declared is provisioned, so any node will do',
      [claim('storageClassName: fast')],
      ['node-a', 'node-b', 'node-c'],
    ],
    [
      'without a class gets a volume of the default one',
      [claim(''), storageClass('std', 'csi.example.com', 'Immediate')],
      ['node-a', 'node-b', 'node-c'],
    ],
    [
      'binds a volume that is there, and the pod goes where that is',
      [claim('storageClassName: local'), volume('disk', '10Gi', 'two')],
      ['node-c'],
    ],
    ['with the class "" and no volume stays unbound', [claim('storageClassName: ""')], []],
    [
      'that waits for a pod binds a volume near the node',
      [claim('storageClassName: local'), LOCAL, volume('disk', '10Gi', 'one')],
      ['node-a', 'node-b'],
    ],
    [
      'that waits for a pod finds no volume that is large enough',
      [claim('storageClassName: local'), LOCAL, volume('disk', '1Gi', 'one')],
      [],
    ],
    [
      'that waits for a pod is provisioned where its class allows',
      [
        claim('storageClassName: csi'),
        storageClass(
          'csi',
          'csi.example.com',
          'WaitForFirstConsumer',
          'allowedTopologies: [{ matchLabelExpressions: [{ key: topology.kubernetes.io/zone, values: [two] }] }]',
        ),
      ],
      ['node-c'],
    ],
  ])('%s', (_, texts, nodes) => {
    expect(feasible(...texts)).toEqual(nodes);
  });

  test.each([
    ['capacity: 10Gi', ['node-a', 'node-b']],
    ['capacity: 1Gi', []],
    ['capacity: 10Gi, maximumVolumeSize: 1Gi', []],
    ['', []],
  ])('is provisioned where the driver has enough left: { %s }', (left, nodes) => {
    const driver = `
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: { name: csi.example.com }
spec: { storageCapacity: true }
---
apiVersion: storage.k8s.io/v1
kind: CSIStorageCapacity
metadata: { name: one, namespace: storage }
nodeTopology: { matchLabels: { topology.kubernetes.io/zone: one } }
${['storageClassName: csi', ...left.split(', ')].join('\n')}`;
    const waits = storageClass('csi', 'csi.example.com', 'WaitForFirstConsumer');
    const texts = [claim('storageClassName: csi'), waits, driver];
    expect(feasible(...texts)).toEqual(nodes);
    const result = schedule(pod(USES), world([THREE_NODES, ...texts].join('---')));
    expect(result.verdict('node-c')?.reasons).toEqual(['node(s) did not have enough free storage']);
  });

  test('is not what the cluster says of a pending claim with a status', () => {
    const pending = claim('storageClassName: fast', 'status: { phase: Pending }');
    const result = schedule(pod(USES), world(`${THREE_NODES}---${pending}`));
    expect(result.preFilter?.message).toBe('pod has unbound immediate PersistentVolumeClaims');
  });
});

describe('a PodDisruptionBudget without a status', () => {
  test.each([
    ['minAvailable: 1', 0],
    ['minAvailable: 2', 1],
    ['maxUnavailable: 50%', 0],
    ['maxUnavailable: 0', 1],
  ])('%s of two pods lets the scheduler break it %i times', (budget, violations) => {
    const snapshot = world(
      [
        node('node-a', { cpu: '2' }),
        bound('one', 'node-a', '', 'app: db'),
        bound('two', 'node-a', '', 'app: db'),
        `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: db, namespace: default }
spec: { selector: { matchLabels: { app: db } }, ${budget} }
`,
      ].join('---'),
    );
    const urgent = pod(
      '{ priority: 1, containers: [{ name: app, resources: { requests: { cpu: "1" } } }] }',
    );
    expect(schedule(urgent, snapshot).pdbViolations).toBe(violations);
  });
});
