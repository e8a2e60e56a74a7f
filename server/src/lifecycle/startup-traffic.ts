/**
 * From Ready to the first request: status, EndpointSlice, and everyone who routes by it.
 * Follows staging/src/k8s.io/endpointslice/utils.go (podToEndpoint) for the conditions.
 */
import { between } from '../explanation/index.ts';
import { field } from '../manifest/index.ts';
import { eventId } from './lifecycle-event.ts';
import { describeParameter } from './profile.ts';
import type { PodModel } from './lifecycle-input.ts';
import type { TrafficConsumer } from './pod-traffic.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Adds the status and the way to the first request; gives the event of Ready=True. */
export function addTraffic(
  builder: TimelineBuilder,
  model: PodModel,
  passEnded: string,
  containersReady: string,
): string {
  const { at, pod, traffic } = model;
  const ip = builder.event({
    kind: 'ip-published',
    actor: 'kubelet',
    label: 'status: podIP and the containers as running',
    message: 'the IP is published by the first status after the step that started the containers',
  });
  builder.delayed(passEnded, ip, 'p.status');
  const ready = builder.event({
    kind: 'ready',
    actor: 'kubelet',
    label: 'status: Ready=True',
    message: 'all containers are ready and every readiness gate is True',
    setBy: at.spec.readinessGates,
  });
  builder.delayed(containersReady, ready, 'p.status');
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    builder.after(passEnded, ready, {
      seconds: between(0, Infinity),
      certainty: 'assumed',
      parameter: 'readiness-gate',
      message: `the readiness gate ${conditionType} is somebody else's to set`,
      setBy: at.spec.readinessGates,
    });
  }
  for (const service of traffic.services) {
    const publishes = service.spec.publishNotReadyAddresses === true;
    addSlice(builder, service.metadata.name, publishes ? ip : ready, publishes, service);
  }
  for (const consumer of traffic.consumers) addConsumer(builder, consumer);
  addFirstRequest(builder, model);
  return ready;
}

function addSlice(
  builder: TimelineBuilder,
  name: string,
  from: string,
  publishes: boolean,
  service: PodModel['traffic']['services'][number],
): void {
  const slice = builder.event({
    kind: 'slice-ready',
    subject: name,
    actor: 'endpoint-slice-controller',
    label: `EndpointSlice of ${name}: the pod is ready`,
    message:
      'an endpoint is an IP with the ports of the Service; an EndpointSlice lists up to 100 of ' +
      'them, and the older Endpoints object all; who routes watches the slices' +
      (publishes ? '. publishNotReadyAddresses lists the pod before it is Ready' : ''),
    setBy: publishes ? field(service).spec.publishNotReadyAddresses : field(service).spec.selector,
  });
  const { 'p.watch': watch, 'p.eps': eps } = builder.profile.parameters;
  builder.after(from, slice, {
    seconds: between(
      watch.seconds.earliest + eps.seconds.earliest,
      watch.seconds.latest + eps.seconds.latest,
    ),
    certainty: eps.certainty,
    parameter: 'p.eps',
    message: `${watch.meaning}; ${describeParameter(eps)}`,
  });
}

/** The event after which a consumer may send the pod requests. */
export function reachableBy(consumer: TrafficConsumer): string {
  return eventId('reachable', consumer.id);
}

function addConsumer(builder: TimelineBuilder, consumer: TrafficConsumer): void {
  const slice = eventId('slice-ready', consumer.service.metadata.name);
  if (!builder.has(slice)) return;
  const { id, label, cites } = consumer;
  const reachable = (
    actor: 'kube-proxy' | 'mesh' | 'ingress' | 'peer' | 'load-balancer',
    message: string,
  ) =>
    builder.event({
      kind: 'reachable',
      subject: id,
      actor,
      label: `${label}: knows the pod`,
      message,
      cites,
    });
  switch (consumer.clientClass) {
    case 'cluster-ip':
      return builder.delayed(
        slice,
        reachable('kube-proxy', 'each node at its own time'),
        'p.proxy',
      );
    case 'mesh':
      return builder.delayed(slice, reachable('mesh', 'told by the control plane'), 'p.mesh');
    case 'ingress':
      return builder.delayed(slice, reachable('ingress', 'in its list of upstreams'), 'p.ingress');
    case 'headless': {
      const record = builder.event({
        kind: 'dns-ready',
        subject: id,
        actor: 'dns',
        label: 'CoreDNS answers with the pod',
        message: 'headless names list the ready endpoints; a negative answer may be cached',
        cites,
      });
      builder.delayed(slice, record, 'p.dns');
      return builder.delayed(record, reachable('peer', 'an old answer has expired'), 'p.dnscache');
    }
    case 'load-balancer': {
      const registered = builder.event({
        kind: 'target-registered',
        subject: id,
        actor: 'controller',
        label: `the controller of ${label} registers the target`,
        message: 'the controller watches the EndpointSlice and calls the cloud',
        cites,
      });
      builder.delayed(slice, registered, 'p.ctrl');
      const message = 'its health checks have passed; nothing ties a rollout to it by itself';
      return builder.delayed(registered, reachable('load-balancer', message), 'p.lbreg');
    }
  }
}

/** The first request can come by the fastest way; and the orders that a clean start needs. */
function addFirstRequest(builder: TimelineBuilder, model: PodModel): void {
  const ways = model.traffic.consumers.map(reachableBy).filter((it) => builder.has(it));
  if (ways.length > 0) {
    const first = builder.event({
      kind: 'first-traffic',
      actor: 'peer',
      label: 'the first request may arrive',
      message: 'by whichever consumer learns of the pod first',
      join: 'any',
    });
    for (const way of ways) builder.delayed(way, first, 'p.rtt');
  }
  for (const it of [...model.mains, ...model.sidecars]) {
    if (it.serves) {
      builder.expect({
        id: `serves-before-traffic:${it.name}`,
        label: `${it.name} can serve before the first request arrives`,
        first: eventId('able-to-serve', it.name),
        second: eventId('first-traffic'),
        otherwise: 'requests reach an app that does not listen yet and are refused',
        cites: [it.at.readinessProbe],
      });
    }
    builder.expect({
      id: `boots-before-kill:${it.name}`,
      label: `${it.name} answers its probe before the probe kills it`,
      first: eventId('able-to-serve', it.name),
      second: eventId('boot-kill', it.name),
      otherwise: 'the container is restarted while it boots, and may never come up',
      cites: [it.at.startupProbe, it.at.livenessProbe],
    });
  }
}
