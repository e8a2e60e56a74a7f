/**
 * One scheduling cycle a case: the world is assembled, the pod scheduled, the result written in
 * the recorder's shape.
 */
import { ClusterSnapshot } from '../../../server/src/cluster/index.ts';
import type { KubernetesObject, Pod } from '../../../server/src/manifest/index.ts';
import { schedule, SchedulingSnapshot } from '../../../server/src/scheduling/index.ts';
import type { ConformanceKind } from '../kind.ts';

interface Case {
  readonly id: string;
  readonly world: readonly KubernetesObject[];
  readonly pod: Pod;
}

interface NodeAnswer {
  readonly feasible: boolean;
  readonly plugin?: string;
  readonly code?: string;
  readonly reasons?: readonly string[];
  readonly scores?: Readonly<Record<string, number>>;
  readonly total?: number;
}

interface Answer {
  readonly nodes: Readonly<Record<string, NodeAnswer>>;
  readonly message?: string;
  readonly nominated?: string;
  readonly preFilter?: string;
  readonly gated?: string;
}

export const scheduling: ConformanceKind<Case, Answer> = {
  answer({ world, pod }): Answer {
    const snapshot = SchedulingSnapshot.of(new ClusterSnapshot(recordedWorld(world, pod)));
    const result = schedule(pod, snapshot);
    if (result.gated) {
      return { nodes: {}, gated: `${result.gated.plugin}: ${result.gated.message}` };
    }
    const nodes: Record<string, NodeAnswer> = {};
    for (const { nodeName, feasible, plugin, code, reasons, scores, total } of result.perNode) {
      nodes[nodeName] = { feasible, plugin, code, reasons, scores, total };
    }
    return {
      nodes,
      message: result.message,
      nominated: result.nominatedNodeName,
      preFilter: result.preFilter?.message,
    };
  },

  compare(expect, answer) {
    const got = (answer ?? { nodes: {} }) as Answer;
    const measures: Record<string, boolean> = {
      'feasible set': same(feasibleOf(expect), feasibleOf(got)),
      refusals: same(refusalsOf(expect), refusalsOf(got)),
      message: expect.message === got.message,
      gated: expect.gated === got.gated,
      preFilter: expect.preFilter === got.preFilter,
      nominated: (expect.nominated === undefined) === (got.nominated === undefined),
    };
    if (Object.values(expect.nodes).some((it) => it.scores)) {
      const plugins = new Set<string>();
      for (const it of [...Object.values(expect.nodes), ...Object.values(got.nodes)]) {
        for (const plugin of Object.keys(it.scores ?? {})) plugins.add(plugin);
      }
      for (const plugin of plugins) {
        measures[`score ${plugin}`] = same(scoresOf(expect, plugin), scoresOf(got, plugin));
      }
      measures['totals'] = same(totalsOf(expect), totalsOf(got));
    }
    return measures;
  },
};

/**
 * The recorder put every pod that names a node into the snapshot: finished ones, and the pod of
 * the case itself. A real scheduler sees neither, and the engine leaves finished ones out; so here
 * the phase is taken off, and the pod put in.
 */
function recordedWorld(world: readonly KubernetesObject[], pod: Pod): readonly KubernetesObject[] {
  const objects = world.map(asRecorded);
  return pod.spec.nodeName ? [...objects, pod] : objects;
}

function asRecorded(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Pod') return object;
  const pod = object as Pod;
  return (
    pod.status ? { ...pod, status: { ...pod.status, phase: 'Running' } } : pod
  ) as KubernetesObject;
}

function feasibleOf({ nodes }: Answer): unknown {
  return Object.keys(nodes)
    .filter((it) => nodes[it]?.feasible)
    .sort();
}

function refusalsOf({ nodes }: Answer): unknown {
  return Object.keys(nodes)
    .filter((it) => !nodes[it]?.feasible)
    .sort()
    .map((it) => [it, nodes[it]?.plugin, nodes[it]?.code, [...(nodes[it]?.reasons ?? [])].sort()]);
}

function scoresOf({ nodes }: Answer, plugin: string): unknown {
  return Object.keys(nodes)
    .sort()
    .map((it) => [it, nodes[it]?.scores?.[plugin]]);
}

function totalsOf({ nodes }: Answer): unknown {
  return Object.keys(nodes)
    .sort()
    .map((it) => [it, nodes[it]?.total]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
