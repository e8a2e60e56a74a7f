/**
 * One container is restarted by its liveness or startup probe: the pod stays, its IP stays, and so
 * does its endpoint until the status says otherwise.
 * Follows pkg/kubelet/prober/worker.go and pkg/kubelet/kuberuntime/kuberuntime_manager.go.
 */
import { between, formatSeconds } from '../explanation/index.ts';
import type { EndCause } from './end-causes.ts';
import { eventId } from './lifecycle-event.ts';
import type { PodContainer, PodModel } from './lifecycle-input.ts';
import { notReadyAfter } from './probe-forms.ts';
import { addContainerEnds, type Grace } from './shutdown-containers.ts';
import { addExpectations } from './shutdown-orders.ts';
import { addTrafficRemoval } from './shutdown-traffic.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Adds the restart of the container whose probe fails; nothing where no container has one. */
export function addContainerRestart(
  builder: TimelineBuilder,
  model: PodModel,
  cause: EndCause,
  podGrace: Grace,
  name: string | undefined,
): void {
  const probe = cause === 'startup' ? 'startupProbe' : 'livenessProbe';
  const probed = [...model.mains, ...model.sidecars].filter((it) => it.container[probe]);
  const target = name === undefined ? probed[0] : probed.find((it) => it.name === name);
  if (!target) return;
  const failed = builder.event({
    kind: 'probe-failed',
    subject: target.name,
    actor: 'kubelet',
    label: `the ${cause} probe of ${target.name} fails for the last time it may`,
    message: 'the kubelet kills the container in the same step; other pods are not concerned',
    setBy: target.at[probe],
  });
  const killing = builder.event({
    kind: 'killing',
    actor: 'kubelet',
    label: `the kubelet begins to stop ${target.name}`,
    message: 'preStop and grace period count as for a delete; nobody tells the endpoints',
    setBy: target.at[probe].failureThreshold,
  });
  builder.after(failed, killing, {
    seconds: between(0, 0.05),
    certainty: 'bounded',
    parameter: 'probe.kill',
    message: 'StopContainer follows the failed probe within milliseconds',
  });
  const grace = probeGrace(target, probe, podGrace);
  const [stopped] = addContainerEnds(builder, killing, [target], [], grace);
  if (stopped === undefined) return;
  const notReady = addRestart(builder, target, stopped);
  if (notReady !== undefined) addTrafficRemoval(builder, model, notReady, undefined);
  addExpectations(builder, model);
}

/** The probe's own grace period wins; it plays no part in a delete. */
function probeGrace(
  { container, at }: PodContainer,
  probe: 'livenessProbe' | 'startupProbe',
  podGrace: Grace,
): Grace {
  const own = container[probe]?.terminationGracePeriodSeconds;
  if (own === undefined) return podGrace;
  return {
    seconds: Math.max(1, own),
    message: `the probe's terminationGracePeriodSeconds is ${formatSeconds(own)}`,
    setBy: at[probe].terminationGracePeriodSeconds,
  };
}

/** The new container, and when the pod is seen not ready; never without a readiness probe. */
function addRestart(
  builder: TimelineBuilder,
  { name, lane, at, container }: PodContainer,
  stopped: string,
): string | undefined {
  const restarted = builder.event({
    kind: 'restarted',
    subject: name,
    actor: 'runtime',
    lane,
    label: `${name} is started again`,
    message: 'in the same step as the kill, unless it crashed or was killed before (back-off)',
  });
  builder.after(stopped, restarted, {
    seconds: between(0, Infinity),
    certainty: 'bounded',
    message: 'at once for the first two restarts; then the back-off of 10s, 20s, … counts',
  });
  if (!container.readinessProbe) return undefined;
  const notReady = builder.event({
    kind: 'ready-false',
    actor: 'kubelet',
    label: 'status: Ready=False',
    message:
      'when the new container is seen, or the readiness probe has failed often enough; ' +
      'without a readiness probe Ready would not fall at all',
    setBy: at.readinessProbe,
    join: 'any',
  });
  const seen = builder.event({
    kind: 'restart-seen',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `the kubelet sees the new ${name}`,
    message: 'after the step that started it has ended',
  });
  builder.delayed(restarted, seen, 'p.pleg');
  builder.delayed(seen, notReady, 'p.status');
  const failing = builder.event({
    kind: 'readiness-failed',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `the readiness probe of ${name} has failed often enough`,
    message: 'readiness is probed on while the container stops',
    setBy: at.readinessProbe.failureThreshold,
  });
  builder.after(eventId('stops-accepting', name), failing, {
    seconds: notReadyAfter(container.readinessProbe),
    certainty: 'bounded',
    message: 'failureThreshold × periodSeconds of the readiness probe',
    setBy: at.readinessProbe.failureThreshold,
  });
  builder.delayed(failing, notReady, 'p.status');
  return notReady;
}
