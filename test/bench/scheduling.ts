/**
 * How long one pod takes with every node filtered and scored, in worlds of 100, 1,000 and 5,000
 * nodes with 10 pods each. Cold is the first question put to a world; a keystroke is a changed pod.
 */
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { KubernetesObject, Node, Pod } from '../../server/src/manifest/index.ts';
import { schedule, SchedulingSnapshot } from '../../server/src/scheduling/index.ts';
import { measure, type Row } from './measure.ts';

const SIZES = [100, 1000, 5000] as const;
const PODS_PER_NODE = 10;
/** What the real scheduler's own code took at its best for 5,000 nodes, in milliseconds. */
const UPSTREAM_MS = { plain: 20, spread: 77, affinity: 57 } as const;
type PodKind = keyof typeof UPSTREAM_MS;

const template = (index: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `pod-${index}`,
    namespace: 'default',
    labels: { app: `app-${index % 20}`, tier: index % 2 ? 'front' : 'back' },
  },
  spec: {
    containers: [
      { name: 'app', image: 'app:1', resources: { requests: { cpu: '100m', memory: '200Mi' } } },
    ],
  },
});

const SUBJECTS: Readonly<Record<PodKind, Pod>> = {
  plain: { ...template(0), metadata: { ...template(0).metadata, name: 'subject' } },
  spread: {
    ...template(1),
    metadata: { ...template(1).metadata, name: 'subject' },
    spec: {
      ...template(1).spec,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'app-1' } },
        },
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { app: 'app-1' } },
        },
      ],
    },
  },
  affinity: {
    ...template(2),
    metadata: { ...template(2).metadata, name: 'subject' },
    spec: {
      ...template(2).spec,
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { app: 'app-2' } },
            },
          ],
        },
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 10,
              preference: {
                matchExpressions: [{ key: 'disktype', operator: 'In', values: ['ssd'] }],
              },
            },
          ],
        },
      },
    },
  },
};

function world(nodeCount: number): KubernetesObject[] {
  const objects: KubernetesObject[] = [];
  for (let n = 0; n < nodeCount; n++) {
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: `node-${n}`,
        labels: {
          'kubernetes.io/hostname': `node-${n}`,
          'topology.kubernetes.io/zone': `zone-${n % 3}`,
          disktype: n % 4 ? 'hdd' : 'ssd',
        },
      },
      spec: n % 10 ? {} : { taints: [{ key: 'spot', effect: 'PreferNoSchedule' }] },
      status: { allocatable: { cpu: '16', memory: '64Gi', pods: '110' } },
    };
    objects.push(node);
    for (let p = 0; p < PODS_PER_NODE; p++) {
      const pod = template(n * PODS_PER_NODE + p);
      const bound = { ...pod, kind: 'Pod', spec: { ...pod.spec, nodeName: `node-${n}` } };
      // One pod of each node keeps away from its like, as replicated stores do.
      objects.push(p === 0 ? { ...bound, spec: { ...bound.spec, affinity: APART } } : bound);
    }
  }
  return objects;
}

const APART: Pod['spec']['affinity'] = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'app-7' } } },
    ],
  },
};

type Took = ReturnType<typeof measure>;

/** One pod against every node, by the size of the world and the kind of pod. */
export function benchScheduling(): readonly Row[] {
  const rows: Row[] = [];
  const byName = new Map<string, number[]>();
  const add = (size: number, name: string, took: Took, note = '') => {
    rows.push({ name: `${size} nodes, ${name}`, milliseconds: took.median, note });
    byName.set(name, [...(byName.get(name) ?? []), took.best]);
  };
  for (const size of SIZES) {
    const objects = world(size);
    const cluster = new ClusterSnapshot(objects);
    add(
      size,
      'the snapshot, cold',
      measure(3, () => SchedulingSnapshot.of(cluster)),
    );
    for (const kind of Object.keys(SUBJECTS) as PodKind[]) {
      const subject = SUBJECTS[kind];
      const snapshot = SchedulingSnapshot.of(cluster);
      const coldMs = measure(1, () => schedule(subject, snapshot), 0);
      const warmMs = measure(15, () => schedule({ ...subject }, snapshot), 5);
      const upstream = size === 5000 ? `upstream's own code: ${UPSTREAM_MS[kind]} ms` : '';
      add(size, `${kind} pod, cold`, coldMs);
      add(size, `${kind} pod, warm`, warmMs, upstream);
    }
    add(size, 'plain pod, after a keystroke', keystroke(objects));
  }
  for (const [name, [, small = 1, large = 0]] of byName) {
    const ratio = large / small;
    const note = '× from 1,000 to 5,000 nodes, best runs (linear: 5)';
    rows.push({ name: `growth: ${name}`, milliseconds: large, ratio, note });
  }
  return rows;
}

/** A bound pod changes: the world is assembled anew and the snapshot taken over. */
function keystroke(objects: readonly KubernetesObject[]): Took {
  const before = SchedulingSnapshot.of(new ClusterSnapshot(objects));
  schedule(SUBJECTS.plain, before);
  const bound = objects[1] as Pod;
  const changed = objects.slice();
  return measure(7, (round) => {
    const metadata = { ...bound.metadata, labels: { app: `typed-${round}` } };
    changed[1] = { ...bound, metadata };
    const after = new ClusterSnapshot(changed);
    return schedule({ ...SUBJECTS.plain }, SchedulingSnapshot.of(after, before));
  });
}
