/** The orders that a clean shutdown needs, and what happens where they do not hold. */
import { eventId } from './lifecycle-event.ts';
import type { PodContainer, PodModel } from './lifecycle-input.ts';
import { forgottenBy } from './shutdown-traffic.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Adds the orders: endpoints before listener, drain before SIGKILL, app before sidecar. */
export function addExpectations(builder: TimelineBuilder, model: PodModel): void {
  const serving = [...model.mains, ...model.sidecars].filter((it) => it.serves);
  for (const container of serving) {
    for (const consumer of model.traffic.consumers) {
      const stops = eventId('stops-accepting', container.name);
      builder.expect({
        id: `accepts-until-forgotten:${container.name}:${consumer.id}`,
        label: `${container.name} accepts until ${consumer.label} has forgotten the pod`,
        first: forgottenBy(consumer),
        second: stops,
        otherwise: 'new connections reach a closed port and are refused',
        cites: [container.preStop.setBy, ...consumer.cites],
      });
    }
    addLastRequest(builder, container, model);
  }
  for (const container of [...model.mains, ...model.sidecars]) {
    builder.expect({
      id: `exits-before-sigkill:${container.name}`,
      label: `${container.name} exits before it is killed`,
      first: eventId('exits', container.name),
      second: eventId('sigkill', container.name),
      otherwise: 'SIGKILL cuts what it has not finished',
      cites: [model.at.spec.terminationGracePeriodSeconds],
    });
  }
  for (const main of model.mains) {
    for (const sidecar of model.sidecars) {
      builder.expect({
        id: `app-before-sidecar:${main.name}:${sidecar.name}`,
        label: `${main.name} has stopped before ${sidecar.name} is told to`,
        first: eventId('stopped', main.name),
        second: eventId('sigterm', sidecar.name),
        otherwise: `${main.name} goes on without ${sidecar.name}`,
        cites: [sidecar.at.restartPolicy],
      });
    }
  }
}

/** A lost node gives no warning: who sends to its pods finds out by time-outs. */
export function expectNodeLoss(builder: TimelineBuilder, { traffic }: PodModel): void {
  for (const consumer of traffic.consumers) {
    builder.expect({
      id: `forgotten-before-lost:${consumer.id}`,
      label: `nothing is sent to the lost node by ${consumer.label}`,
      first: forgottenBy(consumer),
      second: eventId('unreachable'),
      otherwise: 'new connections go to a node that does not answer, and time out',
      cites: consumer.cites,
    });
  }
}

/** The end of the last request that can come in, before SIGKILL. */
function addLastRequest(builder: TimelineBuilder, container: PodContainer, model: PodModel): void {
  const from = eventId('no-new-traffic');
  if (!builder.has(from)) return;
  const { maxRequestSeconds } = container.app;
  const ended = builder.event({
    kind: 'last-request-ended',
    subject: container.name,
    actor: 'app',
    lane: container.lane,
    label: `${container.name} has answered the last new request`,
    message: maxRequestSeconds.because,
    cites: maxRequestSeconds.cites,
  });
  builder.after(from, ended, {
    seconds: maxRequestSeconds.value,
    certainty: maxRequestSeconds.certainty,
    parameter: maxRequestSeconds.name,
    message: maxRequestSeconds.because,
    cites: maxRequestSeconds.cites,
  });
  builder.expect({
    id: `answers-before-sigkill:${container.name}`,
    label: `${container.name} has answered all new requests before it is killed`,
    first: ended,
    second: eventId('sigkill', container.name),
    otherwise: 'requests that were accepted are cut',
    cites: [model.at.spec.terminationGracePeriodSeconds],
  });
}
