import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/races/index.ts';
import { racesOf } from '../support/check-rule.ts';

function severities(id: string, text: string): readonly string[] {
  const rule = RULES.find((it) => it.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return racesOf(rule, text).map(({ finding }) => finding.severity ?? rule.severity);
}

const node = (name: string) => `---
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { kubernetes.io/hostname: ${name} } }
status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
`;

const workload = (kind: string, spec = '', podSpec = '') => `---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: web }
spec:
  ${spec}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      ${podSpec}
      containers: [{ name: app, image: "registry.example/web:1" }]
`;

const budget = (spec: string, selector = '{ matchLabels: { app: web } }') => `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { ${spec}, selector: ${selector} }
`;

const claim = (mode: string, className = 'disk') => `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec:
  accessModes: [${mode}]
  storageClassName: ${className}
  resources: { requests: { storage: 1Gi } }
`;

const disk = `---
apiVersion: v1
kind: PersistentVolume
metadata: { name: disk-1 }
spec:
  accessModes: [ReadWriteOnce]
  capacity: { storage: 1Gi }
  storageClassName: disk
  claimRef: { name: data, namespace: default }
  csi: { driver: ebs.csi.aws.com, volumeHandle: vol-1 }
`;

const autoscaler = (min: number, max: number) => `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: ${min}
  maxReplicas: ${max}
`;

describe('a budget that allows nothing', () => {
  const blocks = (text: string) => severities('pdb-blocks-drain', text);
  const scale = (text: string) => severities('pdb-percent-bare-pods', text);

  it('is a warning over the only replica, an error over more of them', () => {
    expect(blocks(budget('minAvailable: 1') + workload('Deployment'))).toEqual(['warning']);
    expect(blocks(budget('minAvailable: 2') + workload('Deployment', 'replicas: 2'))).toEqual([
      'error',
    ]);
    expect(blocks(budget('minAvailable: 5') + workload('Deployment', 'replicas: 2'))).toEqual([
      'error',
    ]);
  });

  it('is told at the autoscaler where more replicas would allow something', () => {
    const text = workload('Deployment') + autoscaler(2, 5);
    expect(blocks(budget('minAvailable: 2') + text)).toEqual([]);
    expect(severities('hpa-min-one', budget('minAvailable: 2') + text)).toEqual(['error']);
  });

  it('is told at the budget where no number of replicas would', () => {
    const text = budget('maxUnavailable: 0') + workload('Deployment') + autoscaler(2, 5);
    expect(blocks(text)).toEqual(['error']);
    expect(severities('hpa-min-one', text)).toEqual([]);
  });

  it('is nothing over a workload with no replicas', () => {
    expect(blocks(budget('minAvailable: 1') + workload('Deployment', 'replicas: 0'))).toEqual([]);
  });

  it('is a warning over a DaemonSet, whose pods drains leave alone', () => {
    expect(scale(budget('maxUnavailable: 1') + workload('DaemonSet'))).toEqual(['warning']);
  });
});

it('an empty selector of a budget selects every pod of its namespace', () => {
  const both =
    budget('maxUnavailable: 1') + budget('maxUnavailable: 1', '{}').replace('web', 'all');
  const found = severities('pdb-overlap', both + workload('Deployment', 'replicas: 2'));
  expect(found).toEqual(['error']);
});

describe('replicas that share a claim', () => {
  const volumes = 'volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]';
  const shared = (mode: string, more = '', className = 'disk') =>
    severities(
      'rwo-shared-by-replicas',
      workload('Deployment', 'replicas: 2', volumes) + claim(mode, className) + more,
    );

  it('are an error where its volume is there and declared nodes take them apart', () => {
    const bound = claim('ReadWriteOnce').replace('spec:', 'spec:\n  volumeName: disk-1');
    const text = workload('Deployment', 'replicas: 2', volumes) + bound + disk;
    expect(severities('rwo-shared-by-replicas', text + node('a') + node('b'))).toEqual(['error']);
  });

  it('are a warning where the volume is yet to be made: it is made on the node of the first', () => {
    expect(shared('ReadWriteOnce', node('a') + node('b'))).toEqual(['warning']);
  });

  it('are a warning where the nodes are assumed', () => {
    expect(shared('ReadWriteOnce')).toEqual(['warning']);
  });

  it('are nothing on the only node, and on a network share', () => {
    expect(shared('ReadWriteOnce', node('a'))).toEqual([]);
    expect(shared('ReadWriteOnce', '', 'nfs')).toEqual([]);
  });

  it('are an error where one pod may use it', () => {
    expect(shared('ReadWriteOncePod')).toEqual(['error']);
  });
});
