/** A Service with its slices, as JSON and as text: what `podsage endpoints` prints. */
import {
  describePorts,
  dnsNames,
  ingressPolicies,
  isHeadless,
  routesTo,
  type Endpoint,
  type ServiceSlice,
} from '../../endpoints/index.ts';
import { namespaceOf } from '../../cluster/index.ts';
import { field, locate, type Service } from '../../manifest/index.ts';
import type { Prediction } from '../../prediction/index.ts';
import type { Place } from '../../protocol/index.ts';
import { endpointsOf } from '../endpoints-texts.ts';
import { placeOf } from '../places.ts';
import { fit, indented, placeText, PLAIN, type Style } from '../text-style.ts';

/** One pod behind a Service. */
interface EndpointView {
  readonly pod: string;
  readonly addresses: readonly string[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string | null;
  readonly zone: string | null;
  readonly hostname: string | null;
  /** Zones and nodes whose traffic it is for; empty where it is for everybody's. */
  readonly hints: readonly string[];
}

export interface ServiceView {
  readonly service: string;
  readonly type: string;
  readonly place: Place | null;
  readonly ports: readonly string[];
  readonly slices: readonly {
    readonly addressType: string;
    readonly ports: string;
    readonly endpoints: readonly EndpointView[];
  }[];
  /** What keeps pods or ports out, or that nothing is to be expected. */
  readonly reasons: readonly { readonly message: string; readonly fault: boolean }[];
  readonly dns: readonly string[];
  readonly reachedBy: readonly string[];
  /** Network policies of the pods behind it. */
  readonly policies: readonly string[];
}

export function serviceView(service: Service, prediction: Prediction): ServiceView {
  const { slices, reasons } = endpointsOf(service, prediction);
  const { type = 'ClusterIP', externalName } = service.spec ?? {};
  return {
    service: `${namespaceOf(service)}/${service.metadata.name}`,
    type: externalName === undefined && isHeadless(service) ? 'headless' : type,
    place: placeOf(field(service).metadata.name),
    // What has no slices has no ports to lead anywhere.
    ports: slices.length === 0 ? [] : describePorts(service, slices),
    slices: slices.map(sliceView),
    reasons: reasons.map(({ message, weight }) => ({ message, fault: weight === 'fault' })),
    dns: dnsNames(withoutAllocated(service), slices).map((it) => it.message),
    reachedBy: routesTo(service, prediction.snapshot).map(({ message, broken }) =>
      broken ? `${message}, which leads nowhere: ${broken.message}` : message,
    ),
    policies: policiesOf(slices, prediction),
  };
}

/** The address that a server picks is only known once it did. */
function withoutAllocated(service: Service): Service {
  const { clusterIP } = service.spec ?? {};
  if (clusterIP === 'None' || locate(field(service).spec.clusterIP)?.writtenHere) return service;
  return { ...service, spec: { ...service.spec, clusterIP: undefined } };
}

/** Each policy once, with the pods it selects. */
function policiesOf(slices: readonly ServiceSlice[], { snapshot }: Prediction): readonly string[] {
  const pods = new Set(slices.flatMap((it) => it.endpoints).map((it) => it.pod));
  const selected = new Map<string, string[]>();
  for (const pod of pods) {
    const { name } = pod.metadata;
    for (const { message } of ingressPolicies(pod, snapshot)) {
      const words = message.replace(` selects ${name} `, ' selects … ');
      selected.set(words, [...(selected.get(words) ?? []), name]);
    }
  }
  return [...selected].map(([words, names]) => {
    const who = names.length === pods.size ? 'all of these pods' : names.join(', ');
    return words.replace('…', who);
  });
}

function sliceView({ addressType, ports, endpoints }: ServiceSlice): ServiceView['slices'][number] {
  const port = ({ name, port: number, protocol, appProtocol }: ServiceSlice['ports'][number]) =>
    `${name ? `${name} ` : ''}${number}/${protocol}${appProtocol ? ` (${appProtocol})` : ''}`;
  return { addressType, ports: ports.map(port).join(', '), endpoints: endpoints.map(endpointView) };
}

function endpointView({ pod, conditions, hints, ...it }: Endpoint): EndpointView {
  return {
    pod: pod.metadata.name,
    addresses: it.addresses,
    ...conditions,
    node: it.nodeName ?? null,
    zone: it.zone ?? null,
    hostname: it.hostname ?? null,
    hints: [...(hints?.forZones ?? []), ...(hints?.forNodes ?? [])].map(({ name }) => name),
  };
}

/** Endpoints and names shown of each slice and Service; the JSON has all. */
const MAX_ROWS = 20;

/** The Service for a terminal. */
export function serviceText(view: ServiceView, style: Style = PLAIN): string {
  const place = view.place ? style('dim', placeText(view.place)) : '';
  const lines = [`${style('heading', `Service ${view.service}`)} (${view.type})  ${place}`];
  for (const it of view.ports) lines.push(`  port ${it}`);
  for (const slice of view.slices) {
    const { addressType, endpoints } = slice;
    const count = endpoints.length === 1 ? '1 endpoint' : `${endpoints.length} endpoints`;
    const ports = endpoints.length > 0 ? `, ${slice.ports || 'no ports'}` : '';
    lines.push(`  ${style('strong', `EndpointSlice ${addressType}${ports}`)}: ${count}`);
    const width = Math.max(...endpoints.map((it) => it.pod.length));
    lines.push(...shown(endpoints.map((it) => `    ${endpointText(it, width, style)}`)));
  }
  for (const { message, fault } of view.reasons) {
    lines.push(...indented(message, 2, style, fault ? 'why not: ' : 'note: '));
  }
  lines.push(...shown(view.dns.flatMap((it) => indented(it, 2, style, 'DNS: '))));
  for (const it of view.reachedBy) lines.push(...indented(it, 2, style, 'reached by: '));
  lines.push(...shown(view.policies.flatMap((it) => indented(it, 2, style, 'policy: '))));
  return `${lines.join('\n')}\n`;
}

function endpointText(endpoint: EndpointView, width: number, style: Style): string {
  const { ready, serving, terminating, hints } = endpoint;
  const where = [endpoint.node ?? 'no node', endpoint.zone ?? ''].filter(Boolean).join(', ');
  let state = ready ? style('good', 'ready') : style('warning', 'not ready');
  if (terminating) state += serving ? ', terminating but still serving' : ', terminating';
  else if (ready && !serving) state += ', published though the pod is not Ready';
  const name = endpoint.hostname ? `, as ${endpoint.hostname}` : '';
  const preferred = hints.length > 0 ? `, preferred by ${hints.join(' and ')}` : '';
  return `${fit(endpoint.pod, width)} ${fit(where, 24)} ${state}${name}${preferred}`;
}

function shown(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_ROWS) return lines;
  return [...lines.slice(0, MAX_ROWS), `    … ${lines.length - MAX_ROWS} more lines`];
}
