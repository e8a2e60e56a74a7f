/**
 * `node scripts/run.mjs test/bench/scheduling.ts`: how long one pod takes with every node filtered
 * and scored, in worlds of 100, 1,000 and 5,000 nodes with 10 pods each.
 *
 * Cold is the build of the snapshot, once a world. A keystroke is a changed pod: the world is
 * assembled anew and the snapshot taken over. Every time also stands as a ratio to a fixed loop
 * that ran in the same process, so that two machines can be compared.
 */
import { performance } from 'node:perf_hooks';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { KubernetesObject, Node, Pod } from '../../server/src/manifest/index.ts';
import { schedule, SchedulingSnapshot } from '../../server/src/scheduling/index.ts';

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

/** A loop of fixed work: what one millisecond of this machine is worth. */
function fixedLoop(): number {
  const start = performance.now();
  let sum = 0;
  for (let i = 0; i < 20_000_000; i++) sum = (sum + i * 7) % 1_000_003;
  return performance.now() - start + (sum === -1 ? 1 : 0);
}

function best(times: number, run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const loopMs = Math.min(fixedLoop(), fixedLoop(), fixedLoop());
console.log(`fixed loop: ${loopMs.toFixed(1)} ms`);
const cell = (ms: number): string =>
  `${ms.toFixed(2).padStart(9)} ms (${(ms / loopMs).toFixed(3)})`;
const byKind = new Map<PodKind, number[]>();
for (const size of SIZES) {
  const objects = world(size);
  const cluster = new ClusterSnapshot(objects);
  const coldMs = best(1, () => SchedulingSnapshot.of(cluster));
  const snapshot = SchedulingSnapshot.of(cluster);
  console.log(`${String(size).padStart(5)} nodes  cold, snapshot build  ${cell(coldMs)}`);
  for (const kind of Object.keys(SUBJECTS) as PodKind[]) {
    const subject = SUBJECTS[kind];
    const firstMs = best(1, () => schedule(subject, snapshot));
    const ms = best(40, () => schedule({ ...subject }, snapshot));
    byKind.set(kind, [...(byKind.get(kind) ?? []), ms]);
    const against = size === 5000 ? `  upstream ${UPSTREAM_MS[kind]} ms` : '';
    console.log(
      `             ${kind.padEnd(9)} first    ${cell(firstMs)}  best ${cell(ms)}${against}`,
    );
  }
  const changed = objects.slice();
  const bound = changed[1] as Pod;
  changed[1] = { ...bound, metadata: { ...bound.metadata, labels: { app: 'typed' } } };
  const after = new ClusterSnapshot(changed);
  const keystrokeMs = best(5, () =>
    schedule({ ...SUBJECTS.plain }, SchedulingSnapshot.of(after, snapshot)),
  );
  console.log(`             plain, after a keystroke in a bound pod ${cell(keystrokeMs)}`);
}
for (const [kind, times] of byKind) {
  const growth = (times[2] ?? 0) / (times[1] ?? 1);
  console.log(
    `${kind.padEnd(9)} growth from 1,000 to 5,000 nodes: ${growth.toFixed(2)} (linear is 5)`,
  );
}
