/** Services and Ingresses: whom they select, who is behind a port, and who is not. */
import {
  describeEndpoints,
  describePorts,
  dnsNames,
  nearMisses,
  routes,
  routesTo,
  serviceSelects,
  type Route,
  type WhyNot,
} from '../../endpoints/index.ts';
import type { HorizontalPodAutoscaler, Service } from '../../manifest/index.ts';
import { autoscalerBounds } from '../../workloads/index.ts';
import type { Prediction } from '../../prediction/index.ts';
import { endpointsOf } from '../endpoints-texts.ts';
import type { ObjectConsequence, ObjectContext, PodConsequence } from './consequence.ts';
import { sentence } from '../text-style.ts';

export const TRAFFIC_CONSEQUENCES: readonly ObjectConsequence[] = [
  { kinds: ['Service'], field: 'spec.selector', tell: selectorText },
  { kinds: ['Service'], field: 'spec.ports', tell: portsText },
  { kinds: ['Service'], field: 'metadata.name', tell: reachText },
  { kinds: ['Service'], field: 'spec.type', tell: reachText },
  {
    kinds: ['Service'],
    field: 'spec.clusterIP',
    tell: ({ object }) =>
      (object as unknown as Service).spec.clusterIP === 'None'
        ? 'Headless: DNS answers with the addresses of the pods themselves; clients that keep an answer keep a dead pod.'
        : undefined,
  },
  {
    kinds: ['Service'],
    field: 'spec.publishNotReadyAddresses',
    tell: ({ object }) =>
      (object as unknown as Service).spec.publishNotReadyAddresses
        ? 'Pods that are not Ready are published too: clients reach pods that start and pods that stop.'
        : undefined,
  },
  { kinds: ['Ingress'], field: 'spec.rules', tell: ingressText },
  { kinds: ['Ingress'], field: 'spec.defaultBackend', tell: ingressText },
  { kinds: ['HorizontalPodAutoscaler'], field: 'spec', tell: autoscalerText },
];

/** What the labels of a pod decide, and the Services that come near. */
export const LABEL_CONSEQUENCES: readonly PodConsequence[] = [
  {
    field: 'metadata.labels',
    tell({ workload, prediction }) {
      const { pod, services, namespace } = workload;
      if (!pod) return undefined;
      const names = services.map((it) => `\`${it.metadata.name}\``);
      const near = nearMisses(
        pod,
        prediction.snapshot.list('Service', namespace),
        prediction.runningPods,
      );
      return [
        names.length > 0
          ? `Selected by Service ${names.join(', ')}.`
          : 'No Service of the declared world selects this pod.',
        ...near.map((it) => `- Service ${it.message}`),
      ].join('\n');
    },
  },
  {
    field: 'spec.containers[*].ports',
    tell({ workload }) {
      const lines = workload.services.flatMap((service) =>
        describePorts(service, workload.slices).map(
          (it) => `- Service \`${service.metadata.name}\`: ${it}`,
        ),
      );
      return lines.length > 0 ? lines.join('\n') : undefined;
    },
  },
];

/** Whom the Service selects, and what keeps others out. */
function selectorText({ object, prediction }: ObjectContext): string {
  const service = object as unknown as Service;
  const { slices, reasons } = endpointsOf(service, prediction);
  const selected = prediction.workloads.filter((it) => it.pod && serviceSelects(service, it.pod));
  if (selected.length === 0) return sentence(describeEndpoints(slices, reasons));
  return [
    'Selects:',
    ...selected.map((it) => `- ${it.kind} \`${it.name}\` (${podCount(it.pods.length)})`),
    ...faultLines(reasons),
  ].join('\n');
}

/** Where each port leads, and why it leads nowhere. */
function portsText({ object, prediction, path }: ObjectContext): string | undefined {
  const service = object as unknown as Service;
  const { slices, reasons } = endpointsOf(service, prediction);
  const ports = describePorts(service, slices);
  const own = typeof path[2] === 'number' ? ports.slice(path[2], path[2] + 1) : ports;
  const about = reasons.filter((it) => it.code.startsWith('port-'));
  const ready = new Set(
    slices.flatMap((it) => it.endpoints.filter((x) => x.conditions.ready).map((x) => x.pod)),
  );
  const lines = own.map((it) => `- ${it} of ${podCount(ready.size)}`);
  return lines.length > 0 ? [...lines, ...faultLines(about)].join('\n') : undefined;
}

/** DNS names and the ways in from outside. */
function reachText({ object, prediction }: ObjectContext): string | undefined {
  const service = object as unknown as Service;
  const { slices } = endpointsOf(service, prediction);
  const names = dnsNames(service, slices).slice(0, 4);
  return [
    ...names.map((it) => `- \`${it.name}\``),
    ...routesTo(service, prediction.snapshot).map((it) => `- ${sentence(it.message)}`),
  ].join('\n');
}

/** Who answers behind each rule. */
function ingressText({ object, prediction }: ObjectContext): string | undefined {
  const own = routes(prediction.snapshot).filter(
    (it) =>
      it.via === 'Ingress' &&
      it.object.metadata.name === object.metadata.name &&
      (it.object.metadata.namespace || 'default') === (object.metadata.namespace || 'default'),
  );
  const lines = own.map((it) => `- ${it.message}: ${behind(it, prediction)}`);
  return lines.length > 0 ? lines.join('\n') : undefined;
}

function behind({ service, namespace }: Route, prediction: Prediction): string {
  const found = prediction.snapshot.get('Service', namespace, service);
  if (!found) return 'no such Service is declared';
  const { slices, reasons } = endpointsOf(found, prediction);
  const ready = slices.flatMap((it) => it.endpoints).filter((it) => it.conditions.ready).length;
  return ready > 0
    ? `${podCount(ready)} answer${ready === 1 ? 's' : ''}`
    : describeEndpoints(slices, reasons);
}

/** From and to how many replicas. */
function autoscalerText({ object, prediction }: ObjectContext): string | undefined {
  const autoscaler = object as unknown as HorizontalPodAutoscaler;
  const { kind, name } = autoscaler.spec?.scaleTargetRef ?? {};
  const target = prediction.workloads.find(
    (it) =>
      it.kind === kind &&
      it.name === name &&
      it.namespace === (autoscaler.metadata.namespace || 'default'),
  );
  const { because } = autoscalerBounds(autoscaler, target?.object);
  return because.map((it) => sentence(it.message)).join(' ');
}

function faultLines(reasons: readonly WhyNot[]): readonly string[] {
  return reasons.filter((it) => it.weight === 'fault').map((it) => `- ${sentence(it.message)}`);
}

function podCount(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}
