/** What Services send the pod traffic, on which ports, and who reaches them. */
import { dnsNames, findPort, routesTo, whyNot } from '../../endpoints/index.ts';
import type { Pod, Service } from '../../manifest/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { EndpointsView } from '../../protocol/index.ts';
import { placeOf } from '../places.ts';

export function endpointsView(workload: WorkloadPrediction): EndpointsView {
  const { pod, model, prediction } = workload;
  if (!pod || !model) return { services: [], slices: [], nearMisses: [] };
  const selecting = model.traffic.services;
  return {
    services: selecting.map((it) => serviceView(it, pod, workload)),
    slices: workload.slices.map((slice) => ({
      service: slice.service.metadata.name,
      addressType: slice.addressType,
      ports: slice.ports
        .map((it) => `${it.name ? `${it.name} ` : ''}${it.port}/${it.protocol}`)
        .join(', '),
      endpoints: slice.endpoints.map((it) => ({
        pod: it.pod.metadata.name,
        node: it.nodeName ?? null,
        zone: it.zone ?? null,
        ready: it.conditions.ready,
        serving: it.conditions.serving,
        terminating: it.conditions.terminating,
      })),
    })),
    nearMisses: prediction.snapshot
      .list('Service', workload.namespace)
      .filter((it) => !selecting.includes(it))
      // A Service that selects other pods of the world is none of this one's business.
      .flatMap((it) => whyNot(it, prediction.runningPods, []))
      .filter((it) => it.code === 'selector-matches-nothing')
      .filter((it) => it.message.includes(`nearest is ${pod.metadata.name}:`))
      .map((it) => ({ message: it.message, place: placeOf(it.cites[0]) })),
  };
}

function serviceView(
  service: Service,
  pod: Pod,
  workload: WorkloadPrediction,
): EndpointsView['services'][number] {
  const headless = service.spec.clusterIP === 'None';
  const ownSlices = workload.slices.filter((it) => it.service === service);
  return {
    name: service.metadata.name,
    type: headless ? 'headless' : (service.spec.type ?? 'ClusterIP'),
    place: placeOf(field(service).metadata.name),
    ports: (service.spec.ports ?? []).map((port) => {
      const target = findPort(pod, port);
      const where = target === undefined ? 'nowhere' : String(target);
      return `${port.name ? `${port.name} ` : ''}${port.port} → ${where}/${port.protocol ?? 'TCP'}`;
    }),
    message: whyNot(service, [pod], [])
      .filter((it) => it.weight === 'fault' && it.code !== 'pod-without-address')
      .map((it) => it.message)
      .join('; '),
    dns: dnsNames(service, ownSlices).map((it) => it.name),
    reachedBy: routesTo(service, workload.prediction.snapshot).map((it) => it.message),
  };
}
