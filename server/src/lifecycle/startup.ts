/**
 * A pod's creation, from the manifest to the first request, over every run the profile allows.
 * The container steps follow the kubelet of v1.36.2; delays of the environment are the profile's.
 * Left out: image volumes, DRA, crash loops (`restartBackOff` gives their waits).
 */
import { exactly } from '../explanation/index.ts';
import type { LifecycleTimeline } from './lifecycle-event.ts';
import { podModel, type LifecycleInput, type PodModel } from './lifecycle-input.ts';
import { addContainers, type ImagePresence } from './startup-containers.ts';
import { addNodeSetup } from './startup-node.ts';
import { addCreation, addScheduledCreation, addScheduling } from './startup-request.ts';
import { addTraffic } from './startup-traffic.ts';
import { TimelineBuilder } from './timeline-builder.ts';

/** The creation that is asked about. */
export interface StartupInput extends LifecycleInput {
  /** What `podModel` makes of this input, where that is known already. */
  readonly model?: PodModel;
  /** Whether the node has an image; unknown where it is left out. */
  readonly imagePresent?: ImagePresence;
  /** Of the Deployment or StatefulSet, where the pod belongs to one. */
  readonly minReadySeconds?: number;
  /** A CronJob's pods come of its schedule, not of a request; `client` where it is left out. */
  readonly startedBy?: 'client' | 'schedule';
}

/** The pod's creation. */
export function predictStartup(input: StartupInput): LifecycleTimeline {
  const model = input.model ?? podModel(input);
  const builder = new TimelineBuilder(model.profile);
  const bySchedule = input.startedBy === 'schedule';
  const stored = bySchedule ? addScheduledCreation(builder, model) : addCreation(builder, model);
  const seen = addScheduling(builder, model, stored);
  const sandbox = addNodeSetup(builder, model, seen);
  const { passEnded, ready: containersReady } = addContainers(
    builder,
    model,
    sandbox,
    input.imagePresent ?? (() => undefined),
  );
  const ready = addTraffic(builder, model, passEnded, containersReady);
  const owner = model.pod.metadata.ownerReferences?.find((it) => it.controller);
  // A Job neither counts available pods nor rolls.
  if (owner && owner.kind !== 'Job') {
    addAvailable(builder, ready, input.minReadySeconds ?? 0);
  }
  return builder.build(bySchedule ? 'the schedule is due' : 'the manifest is submitted');
}

/** A rollout goes on once the pod is available. */
function addAvailable(builder: TimelineBuilder, ready: string, minReadySeconds: number): void {
  const available = builder.event({
    kind: 'available',
    actor: 'controller',
    label: 'the pod counts as available',
    message: 'Ready for minReadySeconds; a rollout may take an old pod away now',
  });
  builder.after(ready, available, {
    seconds: exactly(minReadySeconds),
    message: `minReadySeconds is ${minReadySeconds}`,
  });
  const next = builder.event({
    kind: 'rollout-continues',
    actor: 'controller',
    label: 'the controller goes on with the rollout',
    message: 'it does not wait for load balancers or proxies, unless a readiness gate does',
  });
  builder.delayed(available, next, 'p.ctrl');
}
