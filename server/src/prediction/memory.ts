/**
 * What outlives one prediction to make the next one cheap. An answer is kept with all that it was
 * worked out from, and taken again only while each of these is the same.
 */
import {
  keyOfObject,
  nextEpoch,
  Read,
  type ClusterSnapshot,
  type ObjectKey,
  type PodsageConfig,
  type ReadContext,
  type Recorded,
  type SnapshotRole,
} from '../cluster/index.ts';
import type { KubernetesObject } from '../manifest/index.ts';
import { PlacementMemory, type SchedulingSnapshot } from '../scheduling/index.ts';
import type { AdmissionOutcome } from './admit.ts';
import type { Prediction } from './prediction.ts';
import { WorldMemory } from './world.ts';

/** Configurations that are kept apart; a user tries a few at the most. */
const MAX_CONFIGS = 16;

type Answers = Map<unknown, Recorded<unknown>>;

export class PredictionMemory {
  readonly world = new WorldMemory();
  scheduling: SchedulingSnapshot | undefined;
  /** The last world that pods were scheduled in. */
  schedulingCluster: ClusterSnapshot | undefined;
  #placements: PlacementMemory | undefined;
  /** Claims and classes that are supposed, by key. */
  readonly #storage = new Map<ObjectKey, KubernetesObject>();
  readonly #answers = new WeakMap<AdmissionOutcome, Answers>();
  readonly #configs = new Map<string, PodsageConfig>();
  readonly #behind: PredictionMemory | undefined;

  constructor(behind?: PredictionMemory) {
    this.#behind = behind;
    if (!behind) return;
    this.scheduling = behind.scheduling;
    this.schedulingCluster = behind.schedulingCluster;
    this.#storage = behind.#storage;
  }

  /** The last run of the queue, for another one. */
  placementMemory(now: ReadContext): PlacementMemory {
    const behind = this.#behind;
    const last = this.#placements ?? (behind && behind.#placements);
    this.#placements = new PlacementMemory(now, last);
    return this.#placements;
  }

  /** A supposed object; the same as last time where it is alike. */
  supposed(object: KubernetesObject): KubernetesObject {
    const key = keyOfObject(object);
    const known = this.#storage.get(key);
    if (known && JSON.stringify(known) === JSON.stringify(object)) return known;
    this.#storage.set(key, object);
    return object;
  }

  /** Alike configurations as one object. */
  config(config: PodsageConfig): PodsageConfig {
    if (this.#behind) return this.#behind.config(config);
    const key = JSON.stringify(config, (_, value: unknown) =>
      typeof value === 'number' ? String(value) : value,
    );
    const known = this.#configs.get(key);
    if (known) return known;
    if (this.#configs.size >= MAX_CONFIGS) this.#configs.clear();
    this.#configs.set(key, config);
    return config;
  }

  /** What is known about a workload that was admitted so, as long as it holds. */
  answer<T>(about: AdmissionOutcome, question: unknown, now: ReadContext): Recorded<T> | undefined {
    // What was kept under a question was worked out for it.
    const known = this.#answers.get(about)?.get(question) as Recorded<T> | undefined;
    if (known?.reads.holds(now)) return known;
    return this.#behind?.answer(about, question, now);
  }

  keep(about: AdmissionOutcome, question: unknown, answer: Recorded<unknown>): void {
    const answers: Answers = this.#answers.get(about) ?? new Map<unknown, Recorded<unknown>>();
    answers.set(question, answer);
    this.#answers.set(about, answers);
  }
}

/** A prediction for asking it again what an earlier one was asked. */
export class PredictionContext implements ReadContext {
  readonly epoch = nextEpoch();
  readonly prediction: Prediction;

  constructor(prediction: Prediction) {
    this.prediction = prediction;
  }

  snapshot(role: SnapshotRole): ClusterSnapshot | undefined {
    return this.prediction.snapshotOf(role);
  }
}

/** A question about a whole prediction. */
export function predictionRead(same: (now: Prediction) => boolean): Read {
  return new Read((now) => now instanceof PredictionContext && same(now.prediction));
}
