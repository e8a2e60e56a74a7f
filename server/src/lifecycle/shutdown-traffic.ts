/**
 * How the world forgets a pod: the EndpointSlice, and behind it everyone who routes by it.
 * Nothing here waits for the kubelet, and the kubelet waits for nothing of it: the two chains share
 * only the deletion. What the EndpointSlice controller does follows
 * staging/src/k8s.io/endpointslice/utils.go; what others do is theirs and assumed.
 */
import { field } from '../manifest/index.ts';
import { eventId } from './lifecycle-event.ts';
import { describeParameter } from './profile.ts';
import type { PodModel } from './lifecycle-input.ts';
import type { TrafficConsumer } from './pod-traffic.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** The event after which a consumer sends the pod nothing new. */
export function forgottenBy(consumer: TrafficConsumer): string {
  return eventId('forgotten', consumer.id);
}

/**
 * Adds the removal from every Service, from the event that changes the endpoints. Services that
 * publish not-ready addresses keep the pod until `terminal`.
 */
export function addTrafficRemoval(
  builder: TimelineBuilder,
  { traffic }: PodModel,
  changed: string,
  terminal: string | undefined,
): void {
  for (const service of traffic.services) {
    const { name } = service.metadata;
    const publishes = service.spec.publishNotReadyAddresses === true;
    const setBy = field(service).spec.publishNotReadyAddresses;
    const cause = publishes ? terminal : changed;
    if (cause === undefined) continue;
    const slice = builder.event({
      kind: 'slice-updated',
      subject: name,
      actor: 'endpoint-slice-controller',
      label: `EndpointSlice of ${name}: the pod is no longer ready`,
      message: publishes
        ? 'publishNotReadyAddresses keeps the endpoint ready until the containers have stopped'
        : 'the controller hears of the pod at the same time as the kubelet, and waits for nobody',
      ...(publishes ? { setBy } : {}),
    });
    // The write and the way to the controller are one delay each, as for every watcher.
    addWatched(builder, cause, slice, 'p.eps');
  }
  for (const consumer of traffic.consumers) {
    addConsumer(builder, consumer);
    const forgotten = forgottenBy(consumer);
    const publishes = consumer.service.spec.publishNotReadyAddresses === true;
    const cause = publishes ? terminal : changed;
    if (cause === undefined || !builder.has(forgotten)) continue;
    const message = 'it still knows the pod, and sends it new connections';
    const why = { message, cites: consumer.cites };
    builder.span('propagation', cause, forgotten, 'still sends traffic', why);
  }
  addNoNewTraffic(builder, traffic.consumers);
}

/** A change is committed, seen by a watcher, and acted on. */
function addWatched(
  builder: TimelineBuilder,
  from: string,
  to: string,
  delay: 'p.eps' | 'p.ctrl',
): void {
  const watch = builder.profile.parameters['p.watch'];
  const act = builder.profile.parameters[delay];
  builder.after(from, to, {
    seconds: {
      earliest: watch.seconds.earliest + act.seconds.earliest,
      latest: watch.seconds.latest + act.seconds.latest,
    },
    certainty: act.certainty,
    parameter: delay,
    message: `${watch.meaning}; ${describeParameter(act)}`,
  });
}

function addConsumer(builder: TimelineBuilder, consumer: TrafficConsumer): void {
  const slice = eventId('slice-updated', consumer.service.metadata.name);
  if (!builder.has(slice)) return;
  const { id, label, cites } = consumer;
  switch (consumer.clientClass) {
    case 'cluster-ip': {
      const message = 'new connections go elsewhere; established ones stay in conntrack';
      const forgotten = builder.event(
        forgetting(consumer, 'kube-proxy', `${label} has forgotten it`, message),
      );
      return builder.delayed(slice, forgotten, 'p.proxy');
    }
    case 'mesh': {
      const message = 'the proxies of the callers balance among the others';
      const forgotten = builder.event(
        forgetting(consumer, 'mesh', `${label} have forgotten it`, message),
      );
      return builder.delayed(slice, forgotten, 'p.mesh');
    }
    case 'ingress': {
      const message = 'new requests go elsewhere; its idle connections to the pod stay open';
      const forgotten = builder.event(
        forgetting(consumer, 'ingress', `${label} has forgotten it`, message),
      );
      return builder.delayed(slice, forgotten, 'p.ingress');
    }
    case 'headless': {
      const record = builder.event({
        kind: 'dns-updated',
        subject: id,
        actor: 'dns',
        label: `CoreDNS no longer answers with the pod`,
        message: 'headless names list the ready endpoints',
        cites,
      });
      builder.delayed(slice, record, 'p.dns');
      const message = 'a name that was resolved before is used until the answer has expired';
      const forgotten = builder.event(
        forgetting(consumer, 'peer', `${label} have forgotten it`, message),
      );
      return builder.delayed(record, forgotten, 'p.dnscache');
    }
    case 'load-balancer': {
      const deregistered = builder.event({
        kind: 'target-deregistered',
        subject: id,
        actor: 'controller',
        label: `the controller of ${label} deregisters the target`,
        message: 'the controller watches the EndpointSlice and calls the cloud',
        cites,
      });
      builder.delayed(slice, deregistered, 'p.ctrl');
      const message = 'new requests may still come for a while after the target is deregistered';
      const forgotten = builder.event(
        forgetting(consumer, 'load-balancer', `${label} has forgotten it`, message),
      );
      return builder.delayed(deregistered, forgotten, 'p.lbdereg');
    }
  }
}

function forgetting(
  consumer: TrafficConsumer,
  actor: 'kube-proxy' | 'mesh' | 'ingress' | 'peer' | 'load-balancer',
  label: string,
  message: string,
) {
  return { kind: 'forgotten', subject: consumer.id, actor, label, message, cites: consumer.cites };
}

/** The last of all: from here on only connections that were open before bring requests. */
function addNoNewTraffic(builder: TimelineBuilder, consumers: readonly TrafficConsumer[]): void {
  const known = consumers.map(forgottenBy).filter((it) => builder.has(it));
  if (known.length === 0) return;
  const last = builder.event({
    kind: 'no-new-traffic',
    actor: 'peer',
    label: 'nobody opens new connections to the pod',
    message:
      'the last of its consumers has forgotten it; connections that were open before, ' +
      'keep-alive, gRPC and websockets, last until the client or the app closes them',
  });
  for (const it of known) builder.atOnce(it, last, 'everyone must have heard of it');
}
