import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type { KubernetesObject, Node, Pod } from '../../server/src/manifest/index.ts';
import {
  applyChanges,
  refusalsOf,
  schedule,
  SchedulingSnapshot,
  smallestChanges,
  type SchedulingResult,
} from '../../server/src/scheduling/index.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const apps = fc.constantFrom('web', 'db', 'api');
const selector = fc.record({ matchLabels: fc.record({ app: apps }) });
const topologyKey = fc.constantFrom(ZONE, HOST);
const term = fc.record({ topologyKey, labelSelector: selector });
const terms = fc.record({
  requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 2 }),
});
const toleration = fc.record({
  key: fc.constantFrom('spot', 'gpu'),
  operator: fc.constant('Exists' as const),
});
const requests = fc.record({
  cpu: fc.constantFrom('100m', '500m', '1', '2'),
  memory: fc.constantFrom('128Mi', '1Gi', '2Gi'),
});
// nodeTaintsPolicy Honor is left out: there a toleration makes domains of nodes that were none, and
// with the emptier domains a full one may become too full. So it does in a cluster.
const spread = fc.record({
  topologyKey,
  maxSkew: fc.integer({ min: 1, max: 3 }),
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'ScheduleAnyway' as const),
  labelSelector: selector,
});

const nodes = fc
  .array(
    fc.record({
      zone: fc.option(fc.constantFrom('one', 'two', 'three')),
      taint: fc.option(
        fc.record({
          key: fc.constantFrom('spot', 'gpu'),
          effect: fc.constantFrom('NoSchedule' as const, 'PreferNoSchedule' as const),
        }),
        { freq: 3 },
      ),
      cpu: fc.constantFrom('1', '2', '4'),
      pods: fc.constantFrom('2', '5', '110'),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) =>
    list.map(({ zone, taint, cpu, pods }, i): Node => {
      const labels: Record<string, string> = { [HOST]: `node-${i}` };
      if (zone !== null) labels[ZONE] = zone;
      return {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `node-${i}`, labels },
        spec: taint ? { taints: [taint] } : {},
        status: { allocatable: { cpu, memory: '8Gi', pods } },
      };
    }),
  );

const podSpec = (affinity: boolean) =>
  fc.record({
    app: apps,
    requests,
    priority: fc.integer({ min: 0, max: 3 }),
    tolerations: fc.array(toleration, { maxLength: 1 }),
    spread: fc.array(spread, { maxLength: 1 }),
    podAntiAffinity: fc.option(terms, { freq: 2 }),
    podAffinity: affinity ? fc.option(terms, { freq: 2 }) : fc.constant(null),
  });

type PodSpecInput = typeof podSpec extends (affinity: boolean) => fc.Arbitrary<infer T> ? T : never;

function makePod(input: PodSpecInput, name: string, nodeName?: string): Pod {
  const { podAffinity, podAntiAffinity } = input;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: input.app } },
    spec: {
      containers: [{ name: 'app', image: 'a', resources: { requests: input.requests } }],
      priority: input.priority,
      tolerations: input.tolerations,
      topologySpreadConstraints: input.spread,
      affinity: {
        ...(podAffinity ? { podAffinity } : {}),
        ...(podAntiAffinity ? { podAntiAffinity } : {}),
      },
      ...(nodeName === undefined ? {} : { nodeName }),
    },
    status: { phase: 'Running' },
  };
}

interface World {
  readonly objects: readonly KubernetesObject[];
  readonly subject: Pod;
}

const worlds = (affinity: boolean): fc.Arbitrary<World> =>
  fc
    .tuple(
      nodes,
      fc.array(fc.tuple(podSpec(affinity), fc.nat()), { maxLength: 14 }),
      podSpec(affinity),
    )
    .map(([all, others, subject]) => ({
      objects: [
        ...all,
        ...others.map(([it, at], i) => makePod(it, `pod-${i}`, `node-${at % all.length}`)),
      ],
      subject: makePod(subject, 'subject'),
    }));

const snapshotOf = (objects: readonly KubernetesObject[]) =>
  SchedulingSnapshot.of(new ClusterSnapshot(objects));

function answer(result: SchedulingResult): unknown {
  return {
    nodes: result.perNode
      .map((it) => ({ ...it, because: undefined }))
      .sort((a, b) => (a.nodeName < b.nodeName ? -1 : 1)),
    nodeName: result.nodeName,
    message: result.message,
    nominated: result.nominatedNodeName,
    victims: result.victims.map((it) => it.metadata.name),
  };
}

describe('for any world', () => {
  test('adding a toleration never removes a feasible node', () => {
    fc.assert(
      fc.property(worlds(true), toleration, ({ objects, subject }, more) => {
        const snapshot = snapshotOf(objects);
        const tolerant = {
          ...subject,
          spec: { ...subject.spec, tolerations: [...(subject.spec.tolerations ?? []), more] },
        };
        const after = schedule(tolerant, snapshot).feasible;
        for (const it of schedule(subject, snapshot).feasible) expect(after).toContain(it);
      }),
      { numRuns: 150 },
    );
  });

  test('raising a request never adds a feasible node', () => {
    fc.assert(
      fc.property(worlds(true), ({ objects, subject }) => {
        const snapshot = snapshotOf(objects);
        const [container] = subject.spec.containers;
        // Every other request stays: one that is dropped may well add a node.
        const requests = { ...container?.resources?.requests, cpu: '2500m' };
        const hungry = {
          ...subject,
          spec: {
            ...subject.spec,
            containers: [{ ...container, name: 'app', resources: { requests } }],
          },
        };
        const before = schedule(subject, snapshot).feasible;
        for (const it of schedule(hungry, snapshot).feasible) expect(before).toContain(it);
      }),
      { numRuns: 150 },
    );
  });

  test('the order of the objects does not matter', () => {
    fc.assert(
      fc.property(
        worlds(true).chain((it) =>
          fc.tuple(
            fc.constant(it),
            fc.shuffledSubarray([...it.objects], { minLength: it.objects.length }),
          ),
        ),
        ([{ objects, subject }, shuffled]) => {
          expect(answer(schedule(subject, snapshotOf(shuffled)))).toEqual(
            answer(schedule(subject, snapshotOf(objects))),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('preemption victims suffice, and none is superfluous', () => {
    let preempted = 0;
    fc.assert(
      fc.property(worlds(false), ({ objects, subject }) => {
        const snapshot = snapshotOf(objects);
        const urgent = { ...subject, spec: { ...subject.spec, priority: 5 } };
        const { nominatedNodeName, victims } = schedule(urgent, snapshot);
        if (nominatedNodeName === undefined) return;
        preempted++;
        const without = (gone: readonly Pod[]) =>
          gone.reduce((it, victim) => it.withoutPod(victim), snapshot);
        const fits = (gone: readonly Pod[]) =>
          schedule(urgent, without(gone)).feasible.includes(nominatedNodeName);
        expect(fits(victims)).toBe(true);
        for (const spared of victims) {
          expect(fits(victims.filter((it) => it !== spared))).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
    // A property that nothing meets would hold as well.
    expect(preempted).toBeGreaterThan(20);
  });

  test('every proposed change holds, and the first of all refusals is the verdict', () => {
    let proposed = 0;
    fc.assert(
      fc.property(worlds(true), ({ objects, subject }) => {
        const snapshot = snapshotOf(objects);
        for (const { nodeName, plugin } of schedule(subject, snapshot).perNode) {
          expect(refusalsOf(subject, nodeName, snapshot)[0]?.plugin).toBe(plugin);
        }
        for (const { changes, removes, nodeName } of smallestChanges(subject, snapshot)) {
          proposed++;
          const without = removes.reduce((it, gone) => it.withoutPod(gone), snapshot);
          expect(schedule(applyChanges(subject, changes), without).nodeName).toBeDefined();
          expect(without.node(nodeName)).toBeDefined();
        }
      }),
      { numRuns: 100 },
    );
    expect(proposed).toBeGreaterThan(10);
  });

  test('a snapshot that follows a change is the snapshot made anew', () => {
    fc.assert(
      fc.property(worlds(true), worlds(true), fc.nat(), ({ objects, subject }, other, at) => {
        const changed = objects.map((it, i) =>
          it.kind === 'Pod' && i % 3 === at % 3 ? { ...it, metadata: { name: `x-${i}` } } : it,
        );
        const [first] = objects;
        const cordoned = first && ({ ...first, spec: { unschedulable: true } } as KubernetesObject);
        const previous = snapshotOf(objects);
        schedule(other.subject, previous);
        for (const next of [
          changed,
          changed.slice(0, -1),
          cordoned ? changed.with(0, cordoned) : [],
        ]) {
          const cluster = new ClusterSnapshot(next);
          expect(answer(schedule(subject, SchedulingSnapshot.of(cluster, previous)))).toEqual(
            answer(schedule(subject, SchedulingSnapshot.of(cluster))),
          );
        }
      }),
      { numRuns: 100 },
    );
  });

  test('a pod that was placed counts as one that was bound all along', () => {
    fc.assert(
      fc.property(worlds(true), podSpec(true), fc.nat(), ({ objects, subject }, input, at) => {
        const before = snapshotOf(objects);
        const name = before.nodes[at % before.nodes.length]?.name ?? '';
        const placed = before.withPod(makePod(input, 'other'), name);
        const bound = snapshotOf([...objects, makePod(input, 'other', name)]);
        expect(answer(schedule(subject, placed))).toEqual(answer(schedule(subject, bound)));
      }),
      { numRuns: 100 },
    );
  });

  test('a field that is missing never throws', () => {
    fc.assert(
      fc.property(worlds(true), fc.array(fc.nat(), { maxLength: 6 }), (it, at) => {
        const maimed = at.reduce<readonly KubernetesObject[]>(maim, [...it.objects, it.subject]);
        const subject = maimed.at(-1) as Pod;
        const snapshot = snapshotOf(maimed.slice(0, -1));
        expect(() => {
          for (const { because } of schedule(subject, snapshot).perNode) void because?.message;
          smallestChanges(subject, snapshot);
        }).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });
});

/** The objects with one field below `spec` or `status` gone; which is told by a number. */
function maim(objects: readonly KubernetesObject[], at: number): readonly KubernetesObject[] {
  const copy = structuredClone(objects) as KubernetesObject[];
  let value: unknown = copy[at % copy.length];
  for (let depth = 0, rest = at; depth < 6; depth++, rest = Math.floor(rest / 7)) {
    if (value === null || typeof value !== 'object') break;
    const keys = Object.keys(value).filter(
      (it) => !['metadata', 'kind', 'apiVersion', 'spec'].includes(it) || depth > 0,
    );
    const key = depth === 0 && 'spec' in value && rest % 2 ? 'spec' : keys[rest % keys.length];
    if (key === undefined) break;
    if (depth > 0 && (rest % 3 === 0 || depth === 5)) {
      if (Array.isArray(value)) value.splice(Number(key), 1);
      else delete (value as Record<string, unknown>)[key];
      break;
    }
    value = (value as Record<string, unknown>)[key];
  }
  return copy;
}
