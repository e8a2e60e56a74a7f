// While someone types, objects are there in part. Nothing of that may throw.
import * as fc from 'fast-check';
import { it } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import {
  describeEndpoints,
  describePorts,
  dnsNames,
  ingressPolicies,
  nearMisses,
  reconcileEndpointSlices,
  routes,
  statefulSetPeers,
  whyNot,
} from '../../server/src/endpoints/index.ts';
import type { Node, Pod, Service, StatefulSet } from '../../server/src/manifest/index.ts';

const maybe = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined });
const some = (shape: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(shape, { requiredKeys: [] });
const word = fc.constantFrom('web', 'http', '', 'a');
const labels = fc.dictionary(word, word, { maxKeys: 2 });
const ports = fc.array(
  some({
    name: word,
    port: fc.nat(99),
    targetPort: fc.oneof(word, fc.nat(99)),
    containerPort: fc.nat(99),
  }),
  { maxLength: 2 },
);
const metadata = fc.record({ name: word, labels: maybe(labels) });
const containers = fc.array(some({ name: word, ports, restartPolicy: fc.constant('Always') }), {
  maxLength: 2,
});
const pod = fc.record({
  kind: fc.constant('Pod'),
  metadata,
  spec: maybe(
    some({
      containers,
      initContainers: containers,
      nodeName: word,
      hostname: word,
      subdomain: word,
    }),
  ),
  status: maybe(
    some({
      phase: word,
      podIPs: fc.array(some({ ip: word })),
      conditions: fc.array(some({ type: word })),
    }),
  ),
});
const service = fc.record({
  kind: fc.constant('Service'),
  metadata,
  spec: maybe(
    some({
      selector: labels,
      ports,
      type: fc.constant('ExternalName'),
      clusterIP: fc.constant('None'),
    }),
  ),
});
const backend = maybe(
  some({ service: some({ name: word, port: some({ number: fc.nat(99), name: word }) }) }),
);
const ingress = fc.record({
  kind: fc.constant('Ingress'),
  metadata,
  spec: maybe(
    some({
      defaultBackend: backend,
      rules: fc.array(some({ host: word, http: some({ paths: fc.array(some({ backend })) }) })),
    }),
  ),
});
const route = fc.record({
  kind: fc.constant('HTTPRoute'),
  metadata,
  spec: maybe(
    fc.oneof(fc.anything(), some({ rules: fc.array(fc.anything()), hostnames: fc.anything() })),
  ),
});
const policy = fc.record({
  kind: fc.constant('NetworkPolicy'),
  metadata,
  spec: maybe(some({ podSelector: some({ matchLabels: labels }) })),
});
const node = fc.record({
  kind: fc.constant('Node'),
  metadata,
  status: maybe(some({ conditions: fc.constant([]) })),
});
const set = fc.record({
  kind: fc.constant('StatefulSet'),
  metadata,
  spec: maybe(some({ serviceName: word })),
});

it('objects that are written in part have endpoints, names and routes all the same', () => {
  fc.assert(
    fc.property(service, fc.array(pod), fc.array(node), (written, pods, nodes) => {
      const of = written as unknown as Service;
      const all = pods as unknown as Pod[];
      const on = nodes as unknown as Node[];
      const slices = reconcileEndpointSlices(of, all, on);
      const reasons = whyNot(of, all, on);
      describeEndpoints(slices, reasons);
      describePorts(of, slices);
      dnsNames(of, slices);
      for (const it of all) nearMisses(it, [of], all);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(ingress, route, service, policy)),
      pod,
      set,
      (objects, of, peers) => {
        const snapshot = new ClusterSnapshot(objects as never);
        routes(snapshot);
        ingressPolicies(of as unknown as Pod, snapshot);
        statefulSetPeers(peers as unknown as StatefulSet, snapshot.list('Service'));
      },
    ),
    { numRuns: 300 },
  );
});
