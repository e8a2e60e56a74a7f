/** All that follows for one workload; every part is worked out when it is first asked for. */
import { namespaceOf, templatePath } from '../cluster/index.ts';
import { reconcileEndpointSlices, type ServiceSlice } from '../endpoints/index.ts';
import {
  podModel,
  predictShutdown,
  predictStartup,
  type LifecycleTimeline,
  type PodModel,
  type EndCause,
} from '../lifecycle/index.ts';
import {
  originFromTemplate,
  type Deployment,
  type FieldPath,
  type KubernetesObject,
  type Manifest,
  type Pod,
  type PodDisruptionBudget,
  type Service,
  selectorMatches,
} from '../manifest/index.ts';
import type { SchedulingResult } from '../scheduling/index.ts';
import { expandWorkload, isWorkload, type Rollout } from '../workloads/index.ts';
import { admit, type AdmissionOutcome } from './admit.ts';
import { lazy } from './lazy.ts';
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
  'liveness',
];

export class WorkloadPrediction {
  readonly manifest: Manifest;
  /** As stored. Fields of the workload itself are cited here, fields of its pods in `pod`. */
  readonly object: KubernetesObject;
  readonly admission: AdmissionOutcome;
  readonly prediction: Prediction;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** From the workload's root to its pod template; empty for a Pod. */
  readonly templatePath: FieldPath;
  readonly #pods: () => readonly PredictedPod[];
  readonly #model: () => PodModel | undefined;
  readonly #startup: () => LifecycleTimeline | undefined;
  readonly #rollout: () => Rollout | undefined;
  readonly #shutdowns = new Map<EndCause, LifecycleTimeline | undefined>();

  constructor({ manifest, admission, stored }: AdmittedManifest, prediction: Prediction) {
    this.manifest = manifest;
    this.object = stored;
    this.admission = admission;
    this.prediction = prediction;
    this.kind = stored.kind ?? '';
    this.name = stored.metadata.name || stored.metadata.generateName || '(no name)';
    this.namespace = namespaceOf(stored);
    this.templatePath = templatePath(this.kind) ?? [];
    this.#pods = lazy(() => this.#makePods());
    this.#model = lazy(() => this.#makeModel());
    this.#rollout = lazy(() => predictRollout(this));
    this.#startup = lazy(() => {
      const input = this.lifecycleInput;
      const { minReadySeconds } = (this.object as Partial<Deployment>).spec ?? {};
      return input && predictStartup({ ...input, minReadySeconds });
    });
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

  /** The first pod: what most statements are about. */
  get pod(): Pod | undefined {
    return this.#pods()[0]?.pod;
  }

  /** The pod read and understood: containers, traffic, environment. */
  get model(): PodModel | undefined {
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
    return this.#startup();
  }

  /** From a cause of its end to the object's removal. */
  shutdown(cause: EndCause): LifecycleTimeline | undefined {
    if (!this.#shutdowns.has(cause)) {
      const input = this.lifecycleInput;
      this.#shutdowns.set(cause, input && predictShutdown(input, cause));
    }
    return this.#shutdowns.get(cause);
  }

  /** How a change of its pod template goes; undefined for kinds that do not roll. */
  get rollout(): Rollout | undefined {
    return this.#rollout();
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

  #makePods(): readonly PredictedPod[] {
    const { snapshot, config } = this.prediction;
    if (this.kind === 'Pod') {
      return [{ pod: this.object as unknown as Pod, admission: this.admission }];
    }
    if (!isWorkload(this.object)) return [];
    const version = config.kubernetesVersion;
    return expandWorkload(this.object, snapshot.list('Node')).pods.map((built) => {
      const object = built.pod as unknown as KubernetesObject;
      const admission = admit({ written: object, object, snapshot, version });
      const stored = admission.object as unknown as Pod;
      return { pod: originFromTemplate(stored, this.object, built.templatePath), admission };
    });
  }

  #makeModel(): PodModel | undefined {
    const input = this.lifecycleInput;
    return input && podModel(input);
  }
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
