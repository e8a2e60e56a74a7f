/**
 * How long one pod takes with every node filtered and scored, in worlds of 100, 1,000 and 5,000
 * nodes with 10 pods each. Cold is the first question put to a snapshot; a keystroke is a changed pod
 * of the world, with all that is made anew for it.
 */
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { KubernetesObject, Node, Pod } from '../../server/src/manifest/index.ts';
import { schedule, SchedulingSnapshot } from '../../server/src/scheduling/index.ts';
import { timed, type Row } from './measure.ts';

const SIZES = [100, 1000, 5000] as const;
const PODS_PER_NODE = 10;
/** Runs that do not count. */
const WARM_UP = 5;
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

/** Where the first node and the first pod stand in a world. */
const [NODE, POD] = [0, 1];

/** A world of one size and what is measured in it, one run at a time. */
class SizedWorld {
  readonly size: number;
  readonly #objects: KubernetesObject[];
  readonly #cluster: ClusterSnapshot;
  readonly #warm: SchedulingSnapshot;
  /** The world as it is typed in, edit by edit. */
  #typed: { readonly cluster: ClusterSnapshot; readonly snapshot: SchedulingSnapshot };
  #edits = 0;

  constructor(size: number) {
    this.size = size;
    this.#objects = world(size);
    this.#cluster = new ClusterSnapshot(this.#objects, { role: 'scheduling' });
    this.#warm = SchedulingSnapshot.of(this.#cluster);
    this.#typed = { cluster: this.#cluster, snapshot: this.#warm };
  }

  snapshot(): number {
    return timed(() => SchedulingSnapshot.of(this.#cluster));
  }

  /** The first question that is put to a snapshot. */
  cold(subject: Pod): number {
    const snapshot = SchedulingSnapshot.of(this.#cluster);
    return timed(() => schedule({ ...subject }, snapshot));
  }

  warm(subject: Pod): number {
    return timed(() => schedule({ ...subject }, this.#warm));
  }

  /** A bound pod, or a node, changes: the world is assembled anew, and all follows the one before. */
  keystroke(subject: Pod, at = POD): number {
    const typed = this.#objects[at];
    if (!typed) throw new Error('the world has nothing to type in');
    const labels = { ...typed.metadata.labels, app: `typed-${this.#edits++}` };
    this.#objects[at] = { ...typed, metadata: { ...typed.metadata, labels } };
    return timed(() => {
      const previous = this.#typed;
      const place = { role: 'scheduling', previous: previous.cluster } as const;
      const cluster = new ClusterSnapshot(this.#objects, place);
      const snapshot = SchedulingSnapshot.of(cluster, previous.snapshot);
      this.#typed = { cluster, snapshot };
      return schedule({ ...subject }, snapshot);
    });
  }
}

/** What is measured: its name, how often, and one run of it. */
type Measured = readonly [name: string, times: number, run: (it: SizedWorld) => number];

const MEASURED: readonly Measured[] = [
  ['the snapshot, cold', 7, (it) => it.snapshot()],
  ...(Object.keys(SUBJECTS) as PodKind[]).flatMap((kind): readonly Measured[] => [
    [`${kind} pod, cold`, 7, (it) => it.cold(SUBJECTS[kind])],
    [`${kind} pod, warm`, 40, (it) => it.warm(SUBJECTS[kind])],
    [`${kind} pod, after a keystroke`, 40, (it) => it.keystroke(SUBJECTS[kind])],
  ]),
  ['plain pod, after a keystroke in a node', 40, (it) => it.keystroke(SUBJECTS.plain, NODE)],
];

/**
 * One pod against every node, by the size of the world and the kind of pod. The sizes take turns,
 * so that a busy moment of the machine meets all of them; the first runs, which compile, are dropped.
 */
export function benchScheduling(): readonly Row[] {
  const worlds = SIZES.map((it) => new SizedWorld(it));
  const rows: Row[] = [];
  const growths: Row[] = [];
  for (const [name, times, run] of MEASURED) {
    const taken = worlds.map((): number[] => []);
    for (let round = 0; round < times + WARM_UP; round++) {
      worlds.forEach((it, i) => {
        const milliseconds = run(it);
        if (round >= WARM_UP) taken[i]?.push(milliseconds);
      });
    }
    const sorted = taken.map((it) => it.toSorted((a, b) => a - b));
    worlds.forEach(({ size }, i) => {
      const all = sorted[i] ?? [];
      const milliseconds = all[all.length >> 1] ?? 0;
      rows.push({ name: `${size} nodes, ${name}`, milliseconds, note: noteOf(name, size, all) });
    });
    const [, small, large] = sorted.map((it) => it[0] ?? 0);
    const ratio = (large ?? 0) / (small ?? 1);
    const note = '× from 1,000 to 5,000 nodes, best runs (linear: 5)';
    growths.push({ name: `growth: ${name}`, milliseconds: large ?? 0, ratio, note });
  }
  return [...rows, ...growths];
}

function noteOf(name: string, size: number, [best]: readonly number[]): string {
  const kind = (Object.keys(SUBJECTS) as PodKind[]).find((it) => name.startsWith(it));
  const upstream = size === 5000 && kind ? `; upstream's own code: ${UPSTREAM_MS[kind]} ms` : '';
  return `best ${(best ?? 0).toFixed(3)} ms${upstream}`;
}
