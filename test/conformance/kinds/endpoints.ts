import { reconcileEndpointSlices, type ServiceSlice } from '../../../server/src/endpoints/index.ts';
import type { Node, Pod, Service } from '../../../server/src/manifest/index.ts';
import type { ConformanceKind } from '../kind.ts';
import { sortKeys } from '../same.ts';

interface EndpointsCase {
  readonly pods: readonly { pod: Pod; status: Pod['status']; deleting: boolean }[];
  readonly services: readonly Service[];
}

interface RecordedSlice {
  readonly service: string;
  readonly addressType: string;
  readonly headless: boolean;
  readonly ports: readonly object[];
  readonly endpoints: readonly object[];
}

function node(name: string, cpu: string, zone?: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: zone ? { 'topology.kubernetes.io/zone': zone } : {} },
    status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** The nodes of the recorded cluster, as the corpora's README gives them. */
const NODES: readonly Node[] = [
  node('n1', '8', 'z-a'),
  node('n2', '4', 'z-b'),
  node('n3', '4', 'z-b'),
  node('n4', '8'),
];

export const endpoints: ConformanceKind<EndpointsCase, readonly RecordedSlice[]> = {
  answer({ pods, services }) {
    const world: Pod[] = [];
    for (const { pod, status, deleting } of pods) {
      const stays = Boolean(pod.spec.nodeName) && !isTerminal(status);
      // A pod that no kubelet has to stop is gone as soon as it is deleted.
      if (deleting && !stays) continue;
      const metadata = deleting
        ? { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
        : pod.metadata;
      world.push({ ...pod, metadata, status });
    }
    return services
      .flatMap((it) => reconcileEndpointSlices(it, world, NODES).map(recorded))
      .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  },
  compare(expect, answer) {
    const all = (answer as RecordedSlice[]).map(canonical).toSorted();
    return { slices: JSON.stringify(expect.map(canonical).toSorted()) === JSON.stringify(all) };
  },
};

function isTerminal(status: Pod['status']): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function recorded({ service, addressType, headless, ports, endpoints }: ServiceSlice) {
  return {
    service: service.metadata.name,
    addressType,
    headless,
    ports: [...ports],
    endpoints: endpoints.map(({ pod, ...rest }) => ({ pod: pod.metadata.name, ...rest })),
  } satisfies RecordedSlice;
}

function sortKey(slice: RecordedSlice): string {
  return [slice.service, slice.addressType, JSON.stringify(slice.ports)].join(' ');
}

/** The slice as text that neither the order of keys nor that of ports changes. */
function canonical(slice: RecordedSlice): string {
  return JSON.stringify(sortKeys({ ...slice, ports: slice.ports.map(sorted).toSorted() }));
}

function sorted(value: object): string {
  return JSON.stringify(sortKeys(value));
}
