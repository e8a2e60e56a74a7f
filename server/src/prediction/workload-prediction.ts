/** All that follows for one workload; every part is worked out when it is first asked for. */
import {
  EVERYTHING,
  namespaceOf,
  noteRead,
  record,
  templatePath,
  type Recorded,
} from '../cluster/index.ts';
import { assumeRunning, reconcileEndpointSlices, type ServiceSlice } from '../endpoints/index.ts';
import {
  podModel,
  RestartBackOff,
  predictShutdown,
  predictStartup,
  type LifecycleTimeline,
  type PodModel,
  type EndCause,
} from '../lifecycle/index.ts';
import {
  originFromTemplate,
  type CronJob,
  type Deployment,
  type FieldPath,
  type Job,
  type KubernetesObject,
  type Manifest,
  type Pod,
  type PodDisruptionBudget,
  type Service,
  selectorMatches,
} from '../manifest/index.ts';
import type { SchedulingResult } from '../scheduling/index.ts';
import {
  autoscaledReplicas,
  expandWorkload,
  isWorkload,
  jobRetries,
  namedAs,
  podRequest,
  type DrainedPod,
  type JobRetries,
  type Rollout,
} from '../workloads/index.ts';
import { admit, type AdmissionOutcome } from './admit.ts';
import { lazy } from './lazy.ts';
import type { PredictionMemory } from './memory.ts';
import type { Prediction } from './prediction.ts';
import { predictRollout } from './rollout-prediction.ts';
import type { AdmittedManifest } from './world.ts';

/** A pod of the workload and what the API server made of it. */
export interface PredictedPod {
  /** As stored; its fields are cited in the workload's template. */
  readonly pod: Pod;
  readonly admission: AdmissionOutcome;
}

/** The causes of a pod's end that every view offers. */
export const SHUTDOWN_CAUSES: readonly EndCause[] = [
  'delete',
  'rollout',
  'drain',
  'eviction',
  'node-shutdown',
  'node-failure',
  'liveness',
];

export class WorkloadPrediction {
  /** As stored. Fields of the workload itself are cited here, fields of its pods in `pod`. */
  readonly object: KubernetesObject;
  readonly admission: AdmissionOutcome;
  readonly prediction: Prediction;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** From the workload's root to its pod template; empty for a Pod. */
  readonly templatePath: FieldPath;
  readonly #manifest: Manifest;
  readonly #memory: PredictionMemory;
  readonly #model: () => PodModel | undefined;
  /** Asked for again and again, so they are at hand. */
  #knownPods: Recorded<readonly PredictedPod[]> | undefined;

  constructor(
    { manifest, admission, stored }: AdmittedManifest,
    prediction: Prediction,
    memory: PredictionMemory,
  ) {
    this.#manifest = manifest;
    this.#memory = memory;
    this.object = stored;
    this.admission = admission;
    this.prediction = prediction;
    this.kind = stored.kind ?? '';
    this.name = nameOf(stored.metadata);
    this.namespace = namespaceOf(stored);
    this.templatePath = templatePath(this.kind) ?? [];
    this.#model = lazy(() => {
      const model = this.remembered('model', () => this.#makeModel());
      return model && { ...model, snapshot: prediction.snapshot };
    });
  }

  /** As written. Where it stands changes with every edit of its file. */
  get manifest(): Manifest {
    noteRead(EVERYTHING);
    return this.#manifest;
  }

  /**
   * What `make` gives, worked out only where something it asks has another answer than when it was
   * asked for the workload last. `question` tells such answers apart.
   */
  remembered<T>(question: unknown, make: () => T): T {
    return this.#answer(question, make).value;
  }

  #answer<T>(question: unknown, make: () => T): Recorded<T> {
    const { context } = this.prediction;
    const known = this.#memory.answer<T>(this.admission, question, context);
    if (known) {
      noteRead(known.reads);
      return known;
    }
    const made = record(make);
    this.#memory.keep(this.admission, question, made);
    return made;
  }

  /** `Deployment/shop/web`. */
  get subject(): string {
    return `${this.kind}/${this.namespace}/${this.name}`;
  }

  /** How many pods are wanted at once; DaemonSets: one a node. */
  get replicas(): number {
    const spec = (this.object as Partial<Deployment>).spec;
    if (this.kind === 'DaemonSet') return this.prediction.snapshot.list('Node').length;
    if (this.kind === 'Pod') return 1;
    return typeof spec?.replicas === 'number' ? spec.replicas : 1;
  }

  /** The pods its controller makes, through admission each; of many replicas the first ones. */
  get pods(): readonly PredictedPod[] {
    return this.#pods();
  }

  /** Its pods where they were placed, running and ready. */
  get runningPods(): readonly DrainedPod[] {
    return this.remembered('running', () => this.#makeRunning());
  }

  /** The first pod: what most statements are about. */
  get pod(): Pod | undefined {
    return this.#pods()[0]?.pod;
  }

  /** The pod read and understood: containers, traffic, environment. */
  get model(): PodModel | undefined {
    // Asked again for whoever is recording.
    this.remembered('model', () => this.#makeModel());
    return this.#model();
  }

  get lifecycleInput() {
    const { pod } = this;
    if (!pod || !isUsable(pod)) return undefined;
    const { snapshot, profile, config } = this.prediction;
    return { pod, snapshot, profile, apps: config.app };
  }

  /** From the client's request to the first traffic. */
  get startup(): LifecycleTimeline | undefined {
    return this.remembered('startup', () => {
      const input = this.lifecycleInput;
      const { minReadySeconds } = (this.object as Partial<Deployment>).spec ?? {};
      const { model } = this;
      const startedBy = this.kind === 'CronJob' ? 'schedule' : 'client';
      return input && predictStartup({ ...input, model, minReadySeconds, startedBy });
    });
  }

  /** From a cause of its end to the object's removal. */
  shutdown(cause: EndCause): LifecycleTimeline | undefined {
    return this.remembered(`shutdown: ${cause}`, () => {
      const input = this.lifecycleInput;
      return input && predictShutdown({ ...input, model: this.model }, cause);
    });
  }

  /** How a change of its pod template goes; undefined for kinds that do not roll. */
  get rollout(): Rollout | undefined {
    return this.remembered('rollout', () => predictRollout(this));
  }

  /** How soon the Job that it is or makes gives up; undefined for other kinds. */
  get retries(): JobRetries | undefined {
    return this.remembered('retries', () => {
      // What is refused makes no pods, and may lack anything.
      const spec = this.admission.allowed ? this.#jobSpec() : undefined;
      return spec && jobRetries(spec, () => new RestartBackOff());
    });
  }

  /** The Services that select its pods. */
  get services(): readonly Service[] {
    return this.model?.traffic.services ?? [];
  }

  /** The budgets that count its pods. */
  get budgets(): readonly PodDisruptionBudget[] {
    const { pod } = this;
    if (!pod) return [];
    return this.prediction.snapshot
      .list('PodDisruptionBudget', this.namespace)
      .filter((it) => selectorMatches(it.spec.selector, pod.metadata.labels));
  }

  /** Where its first pod lands, as it is placed in the queue with all others. */
  get scheduling(): SchedulingResult | undefined {
    const { pod } = this;
    return pod && this.prediction.placementOf(pod);
  }

  /** The slices of its Services, with all its pods running and ready. */
  get slices(): readonly ServiceSlice[] {
    const { runningPods, snapshot } = this.prediction;
    return this.services.flatMap((it) =>
      reconcileEndpointSlices(it, runningPods, snapshot.list('Node')),
    );
  }

  #pods(): readonly PredictedPod[] {
    const known = this.#knownPods;
    if (known) {
      noteRead(known.reads);
      return known.value;
    }
    const made = this.#answer('pods', () => this.#makePods());
    this.#knownPods = made;
    if (this.kind !== 'Pod') {
      // The text may have moved since the pods were made.
      for (const { pod } of made.value) originFromTemplate(pod, this.object, this.templatePath);
    }
    return made.value;
  }

  #jobSpec(): Job['spec'] | undefined {
    if (this.kind === 'Job') return (this.object as unknown as Job).spec;
    if (this.kind !== 'CronJob') return undefined;
    return (this.object as unknown as CronJob).spec.jobTemplate.spec;
  }

  #makeRunning(): readonly DrainedPod[] {
    const isPod = this.kind === 'Pod';
    const { snapshot } = this.prediction;
    const autoscalers = snapshot.list('HorizontalPodAutoscaler', this.namespace);
    const replicas = autoscaledReplicas(this.object, autoscalers);
    return this.pods
      .filter(({ admission }) => admission.allowed)
      .map(({ pod }) => {
        const nodeName = pod.spec.nodeName ?? this.prediction.placementOf(pod)?.nodeName;
        const spec = nodeName ? { ...pod.spec, nodeName } : pod.spec;
        // The status that admission gives is that of a new pod; one that was written stays.
        const written = isPod && 'status' in this.#manifest.object;
        const status = written ? pod.status : nodeName ? undefined : UNSCHEDULED;
        const running = assumeRunning({ ...pod, spec, status });
        return isPod ? { pod: running } : { pod: running, owner: this.object, replicas };
      });
  }

  #makePods(): readonly PredictedPod[] {
    const { snapshot, config } = this.prediction;
    if (this.kind === 'Pod') {
      return [{ pod: this.object as unknown as Pod, admission: this.admission }];
    }
    if (!isWorkload(this.object)) return [];
    const version = config.kubernetesVersion;
    const autoscalers = snapshot.list('HorizontalPodAutoscaler', this.namespace);
    return expandWorkload(this.object, snapshot.list('Node'), autoscalers).pods.map((built) => {
      const object = podRequest(built) as unknown as KubernetesObject;
      const admission = admit({ written: object, object, snapshot, version });
      const stored = namedAs(built, admission.object as unknown as Pod);
      return { pod: originFromTemplate(stored, this.object, built.templatePath), admission };
    });
  }

  #makeModel(): PodModel | undefined {
    const input = this.lifecycleInput;
    return input && podModel(input);
  }
}

/** The status of a pod that the scheduler found no node for: it has no address. */
const UNSCHEDULED: Pod['status'] = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
};

/** What an object is called, also while it has no name yet. */
export function nameOf(metadata: Partial<KubernetesObject['metadata']> | undefined): string {
  return metadata?.name || metadata?.generateName || '(no name)';
}

/** A pod that was refused for its faults may lack what the simulations take for granted. */
function isUsable(pod: Pod): boolean {
  const { containers } = pod.spec;
  return (
    Array.isArray(containers) &&
    containers.length > 0 &&
    containers.every((it) => typeof it?.name === 'string')
  );
}
