/** A Service's endpoints in one line, for lenses, hovers and the command line. */
import type { Explanation } from '../explanation/index.ts';
import { fieldAt, type Pod, type Service } from '../manifest/index.ts';
import type { ServiceSlice } from './endpoint-slice.ts';
import { targetPortOf } from './find-port.ts';
import { labelMismatches } from './label-distance.ts';
import { hasManagedSlices, serviceSelects } from './reconcile.ts';
import type { WhyNot } from './why-not.ts';

/** Names that fit in a line. */
const MAX_NAMES = 3;

/** `3 endpoints: web-0, web-1, web-2`, or why there are none. */
export function describeEndpoints(
  slices: readonly ServiceSlice[],
  reasons: readonly WhyNot[],
): string {
  const all = slices.flatMap((it) => it.endpoints);
  const pods = new Map(all.map((it) => [it.pod.metadata.name, it]));
  if (pods.size === 0) {
    const [first] = reasons;
    return first ? `no endpoints: ${first.message}` : 'no endpoints';
  }
  const names = [...pods.keys()];
  const shown = names.slice(0, MAX_NAMES).join(', ');
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  const waiting = [...pods.values()].filter((it) => !it.conditions.ready).length;
  const notReady = waiting > 0 ? `, ${waiting} not ready` : '';
  const firstFault = reasons.find((it) => it.weight === 'fault');
  const fault = firstFault ? `; ${firstFault.message}` : '';
  const count = pods.size === 1 ? '1 endpoint' : `${pods.size} endpoints`;
  return `${count}: ${shown}${more}${notReady}${fault}`;
}

/** `80 → http (8080)` for each port of a Service, as the slices have it. */
export function describePorts(service: Service, slices: readonly ServiceSlice[]): string[] {
  return (service.spec?.ports ?? []).map((port) => {
    const target = targetPortOf(port);
    const found = new Set(
      slices
        .filter((it) => it.endpoints.length > 0)
        .flatMap((it) => it.ports)
        .filter((it) => it.name === (port.name ?? ''))
        .map((it) => it.port),
    );
    const numbers = found.size > 0 ? [...found].join(' or ') : 'nowhere';
    return `${port.port} → ${typeof target === 'string' ? `${target} (${numbers})` : target}`;
  });
}

/** The Services that select nothing, and would select this pod were one label another. */
export function nearMisses(
  pod: Pod,
  services: readonly Service[],
  pods: readonly Pod[],
): (Explanation & { readonly service: Service })[] {
  const found: (Explanation & { readonly service: Service })[] = [];
  for (const service of services) {
    if ((service.metadata.namespace || 'default') !== (pod.metadata.namespace || 'default'))
      continue;
    if (!hasManagedSlices(service) || pods.some((it) => serviceSelects(service, it))) continue;
    const [mismatch, second] = labelMismatches(service.spec?.selector ?? {}, pod.metadata.labels);
    if (!mismatch || second) continue;
    const { key, wanted, found: has } = mismatch;
    found.push({
      service,
      message:
        `${service.metadata.name} selects no pod; it asks for ${key}: ${wanted},` +
        ' and this pod has ' +
        (has === undefined ? 'no such label' : has),
      cites: [
        fieldAt(service, ['spec', 'selector', key]),
        fieldAt(pod, ['metadata', 'labels', key]),
      ],
    });
  }
  return found;
}
