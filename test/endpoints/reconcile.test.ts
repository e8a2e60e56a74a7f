import { describe, expect, it } from 'vitest';
import { assumeRunning, reconcileEndpointSlices } from '../../server/src/endpoints/index.ts';
import type { Node, Pod, Service } from '../../server/src/manifest/index.ts';
import { object } from '../support/objects.ts';

const nodes: Node[] = ['a', 'b', 'c'].map((name, i) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'topology.kubernetes.io/zone': i < 2 ? 'z1' : 'z2' } },
  status: { allocatable: { cpu: i < 2 ? '2' : '4' } },
}));

function pod(name: string, more: Partial<Pod['spec']> = {}, labels = { app: 'web' }): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      nodeName: 'a',
      containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...more,
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      podIPs: [{ ip: `10.0.0.${name.length}` }],
    },
  };
}

function service(
  spec: Partial<Service['spec']> = {},
  metadata: Partial<Service['metadata']> = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', ...metadata },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
  };
}

const conditionsOf = (of: Service, pods: Pod[]) =>
  reconcileEndpointSlices(of, pods, nodes).flatMap((it) => it.endpoints.map((e) => e.conditions));

describe('EndpointSlices of a Service', () => {
  it('pods that have no port of the name get a slice of their own, without ports', () => {
    const other = pod('other', { containers: [{ name: 'app' }] });
    const slices = reconcileEndpointSlices(service(), [pod('web'), other], nodes);
    expect(slices.map((it) => it.ports.map((port) => port.port))).toEqual([[], [8080]]);
  });

  it('a port of a sidecar counts, one of an ordinary init container does not', () => {
    const ports = [{ name: 'http', containerPort: 15006 }];
    const sidecar = pod('s', {
      containers: [{ name: 'app' }],
      initContainers: [{ name: 'mesh', restartPolicy: 'Always', ports }],
    });
    const init = pod('i', {
      containers: [{ name: 'app' }],
      initContainers: [{ name: 'mesh', ports }],
    });
    const slices = reconcileEndpointSlices(service(), [sidecar, init], nodes);
    const bySlice = slices.map((it) => [it.ports[0]?.port, it.endpoints[0]?.pod.metadata.name]);
    expect(bySlice).toEqual([
      [undefined, 'i'],
      [15006, 's'],
    ]);
  });

  it('a terminating pod that is Ready keeps serving and takes no new connections', () => {
    const leaving = pod('web');
    const terminating = {
      ...leaving,
      metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    expect(conditionsOf(service(), [terminating])).toEqual([
      { ready: false, serving: true, terminating: true },
    ]);
    // With publishNotReadyAddresses it stays ready until it is gone (lifecycle.md 1.9).
    expect(conditionsOf(service({ publishNotReadyAddresses: true }), [terminating])).toEqual([
      { ready: true, serving: true, terminating: true },
    ]);
  });

  it('a Service whose selector matches nothing has one empty slice for each address family', () => {
    const slices = reconcileEndpointSlices(service({ ipFamilies: ['IPv4', 'IPv6'] }), [], nodes);
    expect(slices.map((it) => [it.addressType, it.endpoints.length])).toEqual([
      ['IPv4', 0],
      ['IPv6', 0],
    ]);
  });

  it('ExternalName and selector-less Services have no slices', () => {
    expect(reconcileEndpointSlices(service({ type: 'ExternalName' }), [pod('web')], nodes)).toEqual(
      [],
    );
    expect(reconcileEndpointSlices(service({ selector: {} }), [pod('web')], nodes)).toEqual([]);
  });

  it('a pod on a node that does not exist is left out, unless all are to be published', () => {
    const lost = pod('web', { nodeName: 'gone' });
    expect(conditionsOf(service(), [lost])).toEqual([]);
    expect(conditionsOf(service({ publishNotReadyAddresses: true }), [lost])).toHaveLength(1);
  });

  it('a slice holds 100 endpoints and no more', () => {
    const pods = Array.from({ length: 201 }, (_, i) => pod(`web-${i}`));
    const slices = reconcileEndpointSlices(service(), pods, nodes);
    expect(slices.map((it) => it.endpoints.length)).toEqual([100, 100, 1]);
  });

  it('a hostname is published only by a pod whose subdomain is the Service', () => {
    const named = pod('n', { hostname: 'db-0', subdomain: 'web' });
    const other = pod('o', { hostname: 'db-1', subdomain: 'db' });
    const [slice] = reconcileEndpointSlices(service({ clusterIP: 'None' }), [named, other], nodes);
    expect(slice?.headless).toBe(true);
    expect(slice?.endpoints.map((it) => it.hostname)).toEqual(['db-0', undefined]);
  });

  it('a pod that is only declared is taken to run and be Ready', () => {
    const { status: _status, ...declared } = pod('web');
    expect(conditionsOf(service(), [declared])).toEqual([]);
    expect(conditionsOf(service(), [assumeRunning(declared)])[0]?.ready).toBe(true);
  });
});

describe('hints', () => {
  const hintsOf = (of: Service, pods: Pod[]) =>
    reconcileEndpointSlices(of, pods, nodes).flatMap((it) => it.endpoints.map((e) => e.hints));

  it.each([
    ['PreferClose', { forZones: [{ name: 'z1' }] }],
    ['PreferSameZone', { forZones: [{ name: 'z1' }] }],
    ['PreferSameNode', { forZones: [{ name: 'z1' }], forNodes: [{ name: 'a' }] }],
    ['Nearest', undefined],
  ])('trafficDistribution %s', (trafficDistribution, hints) => {
    expect(hintsOf(service({ trafficDistribution }), [pod('web')])).toEqual([hints]);
  });

  it('topology-mode Auto gives a zone endpoints of another when it has too few for its CPU', () => {
    const auto = service({}, { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } });
    const pods = ['p1', 'p2', 'p3', 'p4'].map((it) => pod(it));
    // Half of the CPU is in z2, and all four endpoints in z1.
    const zones = hintsOf(auto, pods).map((it) => it?.forZones?.[0]?.name ?? '');
    expect(zones.toSorted()).toEqual(['z1', 'z1', 'z2', 'z2']);
    // With fewer endpoints than zones there are none.
    expect(hintsOf(auto, [pod('p1')])).toEqual([undefined]);
  });
});

it('a manifest as it is written is read as the API server would default it', () => {
  const written = object<Service>(`
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`);
  const [slice] = reconcileEndpointSlices(written, [pod('web')], nodes);
  expect(slice?.ports).toEqual([{ name: '', protocol: 'TCP', port: 80 }]);
});
