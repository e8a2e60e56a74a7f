/** All that follows from a world. Never changes; a change of a manifest makes another. */
import {
  ClusterSnapshot,
  EVERYTHING,
  noteRead,
  record,
  templatePath,
  unrecorded,
  type PodsageConfig,
  type Read,
  type Recorded,
  type SnapshotRole,
} from '../cluster/index.ts';
import {
  DATA_PLANE_NAMES,
  environmentProfile,
  PROFILE_NAMES,
  type EnvironmentProfile,
} from '../lifecycle/index.ts';
import {
  LIMITS,
  type KubernetesObject,
  type Manifest,
  type Node,
  type Pod,
} from '../manifest/index.ts';
import {
  placeAll,
  placedShape,
  SchedulingSnapshot,
  type SchedulingResult,
} from '../scheduling/index.ts';
import type { DrainedPod } from '../workloads/index.ts';
import { lazy } from './lazy.ts';
import { PredictionContext, PredictionMemory, predictionRead } from './memory.ts';
import { supposedStorage } from './supposed-storage.ts';
import { WorkloadPrediction } from './workload-prediction.ts';
import { watchedWorld } from './watched-world.ts';
import { makeWorld, type AdmittedManifest, type World } from './world.ts';

export class Prediction {
  /** All objects as stored. */
  readonly snapshot: ClusterSnapshot;
  /** For asking this prediction what an earlier one was asked. */
  readonly context: PredictionContext;
  readonly #world: World;
  readonly #watched: World;
  readonly #config: PodsageConfig;
  readonly #profile: EnvironmentProfile;
  readonly #workloads: readonly WorkloadPrediction[];
  readonly #memory: PredictionMemory;
  readonly #answers = new Map<unknown, Recorded<unknown>>();
  readonly #configRead: Read;
  readonly #scheduling: () => SchedulingSnapshot;
  readonly #placements: () => ReadonlyMap<Pod, SchedulingResult>;
  readonly #declared: () => readonly WorkloadPrediction[];
  readonly #running: () => readonly DrainedPod[];
  readonly #runningPods: () => readonly Pod[];
  readonly #byPlace: () => ReadonlyMap<string, WorkloadPrediction>;

  constructor(world: World, memory: PredictionMemory) {
    this.context = new PredictionContext(this);
    this.#world = world;
    this.#watched = watchedWorld(world);
    this.#config = memory.config(world.config);
    this.#configRead = configRead(this.#config);
    this.snapshot = world.snapshot;
    this.#memory = memory;
    this.#profile = profileOf(this.#config);
    this.#workloads = world.admitted
      .filter((it) => templatePath(it.manifest.kind) !== undefined)
      .map((it) => new WorkloadPrediction(it, this, memory));
    this.#scheduling = shared(() => this.#schedulingSnapshot());
    this.#placements = shared(() => this.#placeAll());
    this.#declared = lazy(() => firstOfEach(this.#workloads));
    this.#running = shared(() => this.#declared().flatMap((it) => it.runningPods));
    this.#runningPods = lazy(() => this.#running().map((it) => it.pod));
    this.#byPlace = lazy(() => new Map(this.#workloads.map((it) => [placeOf(it.manifest), it])));
  }

  get world(): World {
    return this.#watched;
  }

  get config(): PodsageConfig {
    noteRead(this.#configRead);
    return this.#config;
  }

  get profile(): EnvironmentProfile {
    noteRead(this.#configRead);
    return this.#profile;
  }

  /** Everything that makes pods, in the order it was written. */
  get workloads(): readonly WorkloadPrediction[] {
    noteRead(EVERYTHING);
    return this.#workloads;
  }

  /** What `make` gives, worked out once for this prediction. `question` tells such answers apart. */
  remembered<T>(question: unknown, make: () => T): T {
    // What was kept under a question was worked out for it.
    const known = this.#answers.get(question) as Recorded<T> | undefined;
    if (known) {
      noteRead(known.reads);
      return known.value;
    }
    const made = record(make);
    this.#answers.set(question, made);
    return made.value;
  }

  /** One of the worlds that questions are put to. */
  snapshotOf(role: SnapshotRole): ClusterSnapshot {
    if (role === 'declared') return this.#world.declared.snapshot;
    return role === 'stored' ? this.snapshot : this.#scheduling().cluster;
  }

  /** The workloads that are really there: of several with one name the first. */
  get declaredWorkloads(): readonly WorkloadPrediction[] {
    noteRead(EVERYTHING);
    return this.#declared();
  }

  /** Nodes and bound pods, before anything of this prediction is placed. */
  get schedulingSnapshot(): SchedulingSnapshot {
    const found = this.#scheduling();
    noteRead(predictionRead((now) => now.#scheduling().seesTheSameNodes(found)));
    return found;
  }

  /** Where a pod of this prediction lands, the queue before it taken into account. */
  placementOf(pod: Pod): SchedulingResult | undefined {
    const found = this.#placements().get(pod);
    noteRead(predictionRead((now) => now.#placements().get(pod) === found));
    return found;
  }

  /** Every pod of the world where it was placed, running and ready. */
  get runningPods(): readonly Pod[] {
    noteRead(EVERYTHING);
    return this.#runningPods();
  }

  /** The same, each with the workload it belongs to. */
  get runningWithOwners(): readonly DrainedPod[] {
    noteRead(EVERYTHING);
    return this.#running();
  }

  /** The nodes with every placed pod of this prediction but these. */
  placedBesides(left: ReadonlySet<Pod>): SchedulingSnapshot {
    const placed = this.#placedBesides(left);
    noteRead(predictionRead((now) => arePlacedAlike(now.#placedBesides(left), placed)));
    return placed.reduce((all, [pod, node]) => all.withPod(pod, node), this.schedulingSnapshot);
  }

  /** The workload that a manifest of this prediction's documents describes. */
  workloadOf(manifest: Manifest): WorkloadPrediction | undefined {
    noteRead(EVERYTHING);
    return this.#byPlace().get(placeOf(manifest));
  }

  /** The same world with one workload changed: what a what-if asks. */
  withWorkload(changed: AdmittedManifest, config: PodsageConfig): Prediction {
    const admitted = this.#world.admitted.map((it) =>
      it.manifest === changed.manifest ? changed : it,
    );
    return new Prediction({ ...this.#world, config, admitted }, new PredictionMemory(this.#memory));
  }

  /** The same world once a node has been lost: tainted as the node lifecycle controller does it. */
  withoutNode(name: string): Prediction {
    const { declared, snapshot } = this.#world;
    const lose = (objects: ClusterSnapshot, role: SnapshotRole) => {
      const all = [...objects.objects()].map((it) =>
        it.kind === 'Node' && it.metadata.name === name ? unreachable(it) : it,
      );
      return new ClusterSnapshot(all, { role });
    };
    const world = {
      ...this.#world,
      declared: { ...declared, snapshot: lose(declared.snapshot, 'declared') },
      snapshot: lose(snapshot, 'stored'),
      lostNode: name,
    };
    return new Prediction(world, new PredictionMemory(this.#memory));
  }

  /** The node that a what-if takes away. */
  get lostNode(): string | undefined {
    return this.#world.lostNode;
  }

  #placedBesides(left: ReadonlySet<Pod>): readonly Placed[] {
    return [...this.#placements()].flatMap(([pod, { nodeName }]) =>
      nodeName === undefined || left.has(pod) ? [] : [[pod, nodeName] as const],
    );
  }

  #schedulingSnapshot(): SchedulingSnapshot {
    const memory = this.#memory;
    const cluster = this.#withStorage();
    const made = SchedulingSnapshot.of(cluster, memory.scheduling);
    memory.scheduling = made;
    memory.schedulingCluster = cluster;
    return made;
  }

  #withStorage(): ClusterSnapshot {
    const pods = this.#workloads.flatMap((it) =>
      it.pods.map(({ pod }) => ({ pod, owner: it.object })),
    );
    const storage = supposedStorage(pods, this.snapshot, this.#config.world === 'closed');
    const place = { role: 'scheduling', previous: this.#memory.schedulingCluster } as const;
    return new ClusterSnapshot(
      [...this.snapshot.objects(), ...storage.map((it) => this.#memory.supposed(it))],
      place,
    );
  }

  /**
   * The workloads that are there together: all that are declared, once each. Nobody runs
   * everything on the three assumed nodes, so there each workload is alone.
   */
  #placeAll(): ReadonlyMap<Pod, SchedulingResult> {
    const together = this.#world.declared.usesDefaultNodes ? [] : this.#declared();
    const isTogether = new Set(together);
    const alone = this.#workloads.filter((it) => !isTogether.has(it));
    const results = new Map<Pod, SchedulingResult>();
    const memory = this.#memory.placementMemory(this.context);
    const plan = placeAll(queueOf(together), this.#scheduling(), memory);
    for (const { pod, result } of plan.placements) results.set(pod, result);
    for (const workload of alone) {
      const placements = workload.remembered(
        'placed alone',
        () => placeAll(queueOf([workload]), this.schedulingSnapshot).placements,
      );
      for (const { pod, result } of placements) results.set(pod, result);
    }
    return results;
  }
}

type Placed = readonly [Pod, string];

function firstOfEach(workloads: readonly WorkloadPrediction[]): readonly WorkloadPrediction[] {
  const first = new Map(workloads.toReversed().map((it) => [it.subject, it]));
  return workloads.filter((it) => first.get(it.subject) === it);
}

/** Pods that wait for a node, as many as are placed one by one. */
function queueOf(workloads: readonly WorkloadPrediction[]): readonly Pod[] {
  return workloads
    .flatMap((it) => it.pods.map(({ pod }) => pod))
    .filter((pod) => !pod.spec.nodeName)
    .slice(0, LIMITS.replicas);
}

/** Whether the same nodes are taken by pods that nobody else can tell from the ones before. */
function arePlacedAlike(a: readonly Placed[], b: readonly Placed[]): boolean {
  return (
    a.length === b.length &&
    a.every(([pod, node], i) => {
      const [otherPod, otherNode] = b[i] ?? [];
      if (node !== otherNode || !otherPod) return false;
      return pod === otherPod || placedShape(pod) === placedShape(otherPod);
    })
  );
}

/** Worked out once and for everybody: what it asks is nobody's question in particular. */
function shared<T>(make: () => T): () => T {
  return lazy(() => unrecorded(make));
}

/** A node whose kubelet is silent. */
function unreachable(node: KubernetesObject): KubernetesObject {
  const key = 'node.kubernetes.io/unreachable';
  const { spec } = node as Partial<Node>;
  const taints = ['NoSchedule', 'NoExecute'].map((effect) => ({ key, effect }));
  const lost = { ...node, spec: { ...spec, taints: [...(spec?.taints ?? []), ...taints] } };
  return lost;
}

function configRead(config: PodsageConfig): Read {
  return predictionRead((now) => now.config === config);
}

function placeOf({ document, at }: Manifest): string {
  return [document.file.uri, document.index, ...at].join('\u0000');
}

/** Predicts everything from the manifests of a workspace. */
export function predict(
  manifests: readonly Manifest[],
  config: PodsageConfig,
  memory = new PredictionMemory(),
): Prediction {
  return new Prediction(makeWorld(manifests, config, memory.world), memory);
}

function profileOf(config: PodsageConfig): EnvironmentProfile {
  return environmentProfile({
    profile: PROFILE_NAMES.find((it) => it === config.profile) ?? 'default',
    dataPlanes: DATA_PLANE_NAMES.filter((it) => it === config.dataPlane),
    parameters: Object.fromEntries(
      Object.entries(config.parameters).map(([name, [low, high]]) => [name, `${low}-${high}`]),
    ),
  });
}
