/** A Service that forwards one protocol to a port that its pods serve with another. */
import { declaredPorts, protocolOf, targetPortOf } from '../../endpoints/index.ts';
import { each, field, type Pod, type Service } from '../../manifest/index.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { isRefused, slicePorts } from '../facts/slice-clients.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'service-protocol-mismatch',
  severity: 'warning',
  basis: 'source',
  summary: 'A Service forwards TCP where its pods serve UDP, or the other way round.',
  why: `
    The protocol of a Service port is TCP unless it says otherwise, and nobody takes it from the pods. By
    name the EndpointSlice controller finds no port of that protocol and leaves it out; by number the data
    plane forwards to a port on which nothing listens with that protocol.
  `,
  remedy:
    'Write the same protocol in both places; for both protocols use two ports of the Service.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/utils.go' }],
  replay: {
    by: 'clients',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(({ service, workloads }) => {
        if (workloads.length === 0) return false;
        const slices = world.slices(service);
        // A port that no slice has leads to nobody.
        const ports = [...each(field(service).spec.ports)].map(
          ([port]) =>
            slicePorts(
              slices.map((it) => ({
                ...it,
                ports: it.ports.filter(({ name }) => name === (port.name ?? '')),
              })),
            )[0] ?? { port: '', pods: [] },
        );
        return ports.some((it) => isRefused(world, it));
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: dns }
        spec:
          selector: { app: dns }
          ports:
            - port: 53
        #     ^^^^ TCP to port 53 goes to TCP 5353 of Pod dns, which declares UDP 5353
              targetPort: 5353
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: dns, labels: { app: dns } }
        spec:
          containers:
            - name: dns
              image: registry.example/dns:1
              ports: [{ containerPort: 5353, protocol: UDP }]
        #                                              ^^^ related: declared as UDP
      `,
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: syslog }
        spec:
          selector: { app: syslog }
          ports:
            - port: 514
              protocol: TCP
        #               ^^^ TCP port 514 has no endpoint in Pod syslog: its port syslog is UDP
              targetPort: syslog
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: syslog, labels: { app: syslog } }
        spec:
          containers:
            - name: syslog
              image: registry.example/syslog:1
              ports: [{ name: syslog, containerPort: 1514, protocol: UDP }]
        #                                                            ^^^ related: declared as UDP
      `,
    ],
    safe: [
      // Both are served.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: dns }
        spec:
          selector: { app: dns }
          ports:
            - { name: tcp, port: 53, targetPort: 5353 }
            - { name: udp, port: 53, targetPort: 5353, protocol: UDP }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: dns, labels: { app: dns } }
        spec:
          containers:
            - name: dns
              image: registry.example/dns:1
              ports:
                - { containerPort: 5353, protocol: UDP }
                - { containerPort: 5353, protocol: TCP }
      `,
      // Nothing is declared, so nothing is known.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: dns }
        spec:
          selector: { app: dns }
          ports: [{ port: 53, targetPort: 5353 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: dns, labels: { app: dns } }
        spec:
          containers: [{ name: dns, image: "registry.example/dns:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      for (const workload of workloads) {
        if (workload.pod) yield* mismatches(service, workload.pod, nameOf(workload));
      }
    }
  },
});

function* mismatches(service: Service, pod: Pod, name: string): Generator<RaceFinding> {
  for (const [port, at] of each(field(service).spec.ports)) {
    const target = targetPortOf(port);
    const protocol = protocolOf(port);
    const same = [...declaredPorts(pod)].filter(
      (it) => it.port.name === target || it.port.containerPort === target,
    );
    const [other] = same;
    if (!other || same.some((it) => protocolOf(it.port) === protocol)) continue;
    const served = protocolOf(other.port);
    const byName = typeof target === 'string';
    yield {
      at: at.protocol,
      severity: byName ? 'error' : 'warning',
      message: byName
        ? `${protocol} port ${port.port} has no endpoint in ${name}: its port ${target} is ${served}`
        : `${protocol} to port ${port.port} goes to ${protocol} ${target} of ${name}, which declares ${served} ${target}`,
      ...(byName
        ? {}
        : { certainty: 'assumed' as const, restsOn: 'that a port is served as it is declared' }),
      related: [{ message: `declared as ${served}`, at: other.at.protocol }],
      fixes: [{ title: `Forward ${served}`, changes: [{ at: at.protocol, value: served }] }],
    };
  }
}
