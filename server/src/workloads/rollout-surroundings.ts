/**
 * A rollout in a declared world: its pods as objects, so that scheduling and admission can be
 * asked. Both come in as functions, since the simulations do not know each other.
 */
import type { Explanation } from '../explanation/index.ts';
import type { Node, Pod } from '../manifest/index.ts';
import { daemonSetNodes, daemonSetPod } from './daemon-set.ts';
import { deploymentPod, replicaSetPod } from './replica-set.ts';
import type { Held, RolloutPod, RolloutSurroundings, RolloutWorkload } from './rollout-model.ts';
import { statefulSetPod } from './stateful-set.ts';

/** What the rollout happens in. */
export interface RolloutWorld {
  readonly nodes: readonly Node[];
  /** Bound pods of everything else. */
  readonly others: readonly Pod[];
  /** The nodes of the best score for a pod besides bound ones, or why there is none. */
  readonly schedule: (
    pod: Pod,
    bound: readonly Pod[],
    of: RolloutPod,
  ) => { readonly nodes: readonly string[] } | { readonly because: Explanation };
  /** What admission makes of a pod of the template, such as defaulted requests. */
  readonly prepare?: (pod: Pod) => Pod;
  /** Why a pod is refused besides those that exist, as by a quota; undefined: it is not. */
  readonly refuse?: (pod: Pod, existing: readonly Pod[]) => string | undefined;
  /** What keeps a bound pod from starting beside other bound ones; undefined: nothing. */
  readonly hold?: (pod: Pod, bound: readonly Pod[]) => Held | undefined;
  /** Decides what is left to chance. */
  readonly seed?: number;
  readonly observeSeconds?: number;
}

/** Stands for the hash of the template before the change. */
const OLD_HASH = 'yyyyyyyyyy';
/** Stands for any moment in which a pod was deleted. */
const DELETED = '1970-01-01T00:00:00Z';

/** The surroundings of a workload's rollout in a world. */
export function surroundingsOf(
  workload: RolloutWorkload,
  world: RolloutWorld,
): RolloutSurroundings {
  const { others, schedule, refuse, hold } = world;
  const toPod = podMaker(workload, world.prepare ?? ((pod) => pod));
  const bound = (besides: readonly RolloutPod[]) => [
    ...others,
    ...besides.filter((it) => it.bound).map(toPod),
  ];
  const nodes =
    workload.kind === 'DaemonSet'
      ? daemonSetNodes(workload, world.nodes).on.map((it) => it.metadata.name)
      : [];
  return {
    nodes,
    observeSeconds: world.observeSeconds,
    place: (pod, besides, choose) => {
      const answer = schedule(toPod({ ...pod, bound: false }), bound(besides), pod);
      return 'nodes' in answer ? answer.nodes[choose(answer.nodes.length)] : undefined;
    },
    whyNotPlaced: (pod, besides) => {
      const answer = schedule(toPod({ ...pod, bound: false }), bound(besides), pod);
      return 'because' in answer ? answer.because : undefined;
    },
    seed: world.seed,
    ...(hold ? { hold: (pod, besides) => hold(toPod(pod), bound(besides)) } : {}),
    ...(refuse
      ? { refuse: (pod, besides) => refuse(toPod(pod), [...others, ...besides.map(toPod)]) }
      : {}),
  };
}

/**
 * Makes the object of a rollout's pod; what it is made of is prepared once for each kind of pod.
 */
function podMaker(workload: RolloutWorkload, prepare: (pod: Pod) => Pod): (pod: RolloutPod) => Pod {
  const prepared = new Map<string, Pod>();
  return ({ name, isNew, ordinal, node, bound, deletedAt }) => {
    const pinned = workload.kind === 'DaemonSet' ? (node ?? '') : '';
    const key = `${isNew} ${ordinal ?? ''} ${pinned}`;
    let pod = prepared.get(key);
    if (!pod) prepared.set(key, (pod = prepare(build(workload, isNew, ordinal ?? 0, pinned))));
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        name,
        ...(deletedAt === undefined ? {} : { deletionTimestamp: DELETED }),
      },
      spec: bound ? { ...pod.spec, nodeName: node } : pod.spec,
    };
  };
}

function build(workload: RolloutWorkload, isNew: boolean, ordinal: number, node: string): Pod {
  switch (workload.kind) {
    case 'StatefulSet':
      return statefulSetPod(workload, ordinal).pod;
    case 'DaemonSet':
      return daemonSetPod(workload, node, 0).pod;
    case 'ReplicaSet':
      return replicaSetPod(workload, 0).pod;
    default: {
      const { pod } = deploymentPod(workload, 0);
      if (isNew) return pod;
      // Spread constraints may tell old pods from new ones by this label (matchLabelKeys).
      const labels = { ...pod.metadata.labels, 'pod-template-hash': OLD_HASH };
      return { ...pod, metadata: { ...pod.metadata, labels } };
    }
  }
}
