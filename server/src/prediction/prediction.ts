/** All that follows from a world. Never changes; a change of a manifest makes another. */
import { ClusterSnapshot, templatePath, type PodsageConfig } from '../cluster/index.ts';
import { assumeRunning } from '../endpoints/index.ts';
import {
  DATA_PLANE_NAMES,
  environmentProfile,
  PROFILE_NAMES,
  type EnvironmentProfile,
} from '../lifecycle/index.ts';
import { LIMITS, type Manifest, type Pod } from '../manifest/index.ts';
import { placeAll, SchedulingSnapshot, type SchedulingResult } from '../scheduling/index.ts';
import type { DrainedPod } from '../workloads/index.ts';
import { lazy } from './lazy.ts';
import { supposedStorage } from './supposed-storage.ts';
import { WorkloadPrediction } from './workload-prediction.ts';
import { AdmissionMemory, makeWorld, type AdmittedManifest, type World } from './world.ts';

/** What outlives one prediction to make the next one cheap. */
export class PredictionMemory {
  readonly admission = new AdmissionMemory();
  scheduling: SchedulingSnapshot | undefined;
}

export class Prediction {
  readonly world: World;
  readonly config: PodsageConfig;
  /** All objects as stored. */
  readonly snapshot: ClusterSnapshot;
  readonly profile: EnvironmentProfile;
  /** Everything that makes pods, in the order it was written. */
  readonly workloads: readonly WorkloadPrediction[];
  readonly #memory: PredictionMemory;
  readonly #scheduling: () => SchedulingSnapshot;
  readonly #placements: () => ReadonlyMap<Pod, SchedulingResult>;
  readonly #declared: () => readonly WorkloadPrediction[];
  readonly #running: () => readonly DrainedPod[];

  constructor(world: World, memory: PredictionMemory) {
    this.world = world;
    this.config = world.config;
    this.snapshot = world.snapshot;
    this.#memory = memory;
    this.profile = profileOf(world.config);
    this.workloads = world.admitted
      .filter((it) => templatePath(it.manifest.kind) !== undefined)
      .map((it) => new WorkloadPrediction(it, this));
    this.#scheduling = lazy(() => {
      const made = SchedulingSnapshot.of(this.#withStorage(), memory.scheduling);
      memory.scheduling = made;
      return made;
    });
    this.#placements = lazy(() => this.#placeAll());
    this.#declared = lazy(() => {
      const first = new Map(this.workloads.toReversed().map((it) => [it.subject, it]));
      return this.workloads.filter((it) => first.get(it.subject) === it);
    });
    this.#running = lazy(() => this.#placedPods());
  }

  /** The workloads that are really there: of several with one name the first. */
  get declaredWorkloads(): readonly WorkloadPrediction[] {
    return this.#declared();
  }

  /** Nodes and bound pods, before anything of this prediction is placed. */
  get schedulingSnapshot(): SchedulingSnapshot {
    return this.#scheduling();
  }

  /** Where a pod of this prediction lands, the queue before it taken into account. */
  placementOf(pod: Pod): SchedulingResult | undefined {
    return this.#placements().get(pod);
  }

  /** Every pod of the world where it was placed, running and ready. */
  get runningPods(): readonly Pod[] {
    return this.#running().map((it) => it.pod);
  }

  /** The same, each with the workload it belongs to. */
  get runningWithOwners(): readonly DrainedPod[] {
    return this.#running();
  }

  /** The nodes with every placed pod of this prediction but these. */
  placedBesides(left: ReadonlySet<Pod>): SchedulingSnapshot {
    let snapshot = this.schedulingSnapshot;
    for (const [pod, { nodeName }] of this.#placements()) {
      if (nodeName !== undefined && !left.has(pod)) snapshot = snapshot.withPod(pod, nodeName);
    }
    return snapshot;
  }

  workloadOf(manifest: Manifest): WorkloadPrediction | undefined {
    return this.workloads.find(
      (it) =>
        it.manifest.document.file.uri === manifest.document.file.uri &&
        it.manifest.document.index === manifest.document.index &&
        it.manifest.at.join('/') === manifest.at.join('/'),
    );
  }

  /** The same world with one workload changed: what a what-if asks. */
  withWorkload(changed: AdmittedManifest, config: PodsageConfig): Prediction {
    const admitted = this.world.admitted.map((it) =>
      it.manifest === changed.manifest ? changed : it,
    );
    return new Prediction({ ...this.world, config, admitted }, this.#memory);
  }

  #withStorage(): ClusterSnapshot {
    const pods = this.workloads.flatMap((it) =>
      it.pods.map(({ pod }) => ({ pod, owner: it.object })),
    );
    const storage = supposedStorage(pods, this.snapshot, this.config.world === 'closed');
    return storage.length === 0
      ? this.snapshot
      : new ClusterSnapshot([...this.snapshot.objects(), ...storage]);
  }

  /**
   * The workloads that are there together: all that are declared, once each. Nobody runs
   * everything on the three assumed nodes, so there each workload is alone.
   */
  #placeAll(): ReadonlyMap<Pod, SchedulingResult> {
    const together = this.world.declared.usesDefaultNodes ? [] : this.declaredWorkloads;
    const alone = this.workloads.filter((it) => !together.includes(it));
    const results = new Map<Pod, SchedulingResult>();
    for (const group of [together, ...alone.map((it) => [it])]) {
      const waiting = group.flatMap((it) => it.pods.map(({ pod }) => pod));
      const queue = waiting.filter((pod) => !pod.spec.nodeName).slice(0, LIMITS.replicas);
      const { placements } = placeAll(queue, this.schedulingSnapshot);
      for (const { pod, result } of placements) results.set(pod, result);
    }
    return results;
  }

  #placedPods(): readonly DrainedPod[] {
    return this.declaredWorkloads.flatMap((workload) =>
      workload.pods
        .filter(({ admission }) => admission.allowed)
        .map(({ pod }) => {
          const nodeName = pod.spec.nodeName ?? this.placementOf(pod)?.nodeName;
          const spec = nodeName ? { ...pod.spec, nodeName } : pod.spec;
          // The status that admission gives is that of a new pod; one that was written stays.
          const written = 'status' in workload.manifest.object;
          const status = workload.kind === 'Pod' && written ? pod.status : undefined;
          const running = assumeRunning({ ...pod, spec, status });
          return workload.kind === 'Pod'
            ? { pod: running }
            : { pod: running, owner: workload.object };
        }),
    );
  }
}

/** Predicts everything from the manifests of a workspace. */
export function predict(
  manifests: readonly Manifest[],
  config: PodsageConfig,
  memory = new PredictionMemory(),
): Prediction {
  return new Prediction(makeWorld(manifests, config, memory.admission), memory);
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
