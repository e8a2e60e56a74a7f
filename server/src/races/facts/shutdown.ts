/** What rules about a pod's end share: who runs on, how long the end takes, what would fit it. */
import {
  adviseShutdown,
  type PodContainer,
  type PodModel,
  type ShutdownAdvice,
} from '../../lifecycle/index.ts';
import { field, type Citable, type Json } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { FieldChange, RaceFix } from '../race-rule.ts';

/** Added to every advised grace period: room for what arithmetic does not know. */
export const SPARE_SECONDS = 5;

/** The seconds an app is known to need after SIGTERM; undefined where nobody says. */
export function knownDrain({ app }: PodContainer): number | undefined {
  const { value } = app.drainSeconds;
  return Number.isFinite(value.latest) ? value.latest : undefined;
}

/** What a container needs after SIGTERM, the longest request where the drain is not known. */
export function drainOrRequest(container: PodContainer): number {
  return Math.max(knownDrain(container) ?? 0, container.app.maxRequestSeconds.value.latest);
}

/** The least terminationGracePeriodSeconds in which each hook and drain fits, sidecars after it. */
export function graceThatFits(model: PodModel, hookOf: (it: PodContainer) => number): number {
  const mains = model.mains.map((it) => hookOf(it) + drainOrRequest(it));
  const sidecars = model.sidecars.reduce((sum, it) => sum + (knownDrain(it) ?? 2), 0);
  return Math.ceil(Math.max(0, ...mains) + sidecars) + SPARE_SECONDS;
}

/** Writes the grace period; nothing where the pod has as much already. */
export function raiseGrace(model: PodModel, seconds: number): readonly FieldChange[] {
  if (model.gracePeriodSeconds >= seconds) return [];
  return [{ at: field(model.pod).spec.terminationGracePeriodSeconds, value: seconds }];
}

/** A sleep of the kubelet in place of whatever the hook was. */
export function sleepHook(container: PodContainer, seconds: number): FieldChange {
  return { at: container.at.lifecycle.preStop, value: { sleep: { seconds } } satisfies Json };
}

/** The place that says how long a hook takes, or the container's name where there is none. */
export function hookPlace({ at, preStop }: PodContainer): Citable {
  return preStop.kind === 'none' ? at.name : preStop.setBy;
}

/** The minor of the version that is predicted: 36. */
export function minorVersion({ prediction }: WorkloadPrediction): number {
  return Number(prediction.config.kubernetesVersion.split('.')[1] ?? 36);
}

/** The hook and the grace period that the calculator proves safe, as a fix; none where nothing is. */
export function longerHook(
  container: PodContainer,
  workload: WorkloadPrediction,
  model: PodModel,
): readonly RaceFix[] {
  const advice = adviceOf(workload);
  if (!advice) return [];
  const { preStopSeconds, gracePeriodSeconds } = advice;
  const changes = [sleepHook(container, preStopSeconds), ...raiseGrace(model, gracePeriodSeconds)];
  return [{ title: `Sleep ${preStopSeconds}s before SIGTERM`, changes }];
}

/** The calculator predicts several shutdowns: it is asked once, and only for a fix that is wanted. */
function adviceOf(workload: WorkloadPrediction): ShutdownAdvice | undefined {
  return workload.remembered(adviceOf, () => {
    const input = workload.lifecycleInput;
    if (!input) return undefined;
    const asked = { ...input, workload: workload.object };
    // A Service that publishes what is not ready never forgets the pod: no hook is long enough.
    const forgetting = (workload.model?.traffic.consumers ?? []).filter(
      (it) => it.service.spec.publishNotReadyAddresses !== true,
    );
    const classes = forgetting.map((it) => it.clientClass);
    return adviseShutdown(asked) ?? adviseShutdown({ ...asked, classes });
  });
}
