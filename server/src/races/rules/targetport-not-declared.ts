/** A numeric targetPort that no container of the pods declares. */
import { declaredPorts, protocolOf, targetPortOf } from '../../endpoints/index.ts';
import { each, field } from '../../manifest/index.ts';
import { isRefused, slicePorts } from '../facts/slice-clients.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'targetport-not-declared',
  severity: 'information',
  basis: 'source',
  summary: 'A Service sends to a port number that its pods declare nowhere.',
  why: `
    A number is taken as it is: the slice carries it, and the data plane forwards to it, whether or not a
    process listens there. Declared ports are documentation, but where they are written and this one is
    not, one of the two is often wrong.
  `,
  remedy: 'Make targetPort and containerPort agree, best by a name.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/utils.go' }],
  replay: {
    by: 'clients',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(({ service }) =>
        slicePorts(world.slices(service)).some((it) => isRefused(world, it)),
      ),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports:
            - port: 80
              targetPort: 8000
        #                 ^^^^ connections go to TCP 8000 of Pod web, which declares 8080: they are refused if nothing listens there
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
        #                              ^^^^ related: declared
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
      `,
      // A pod that declares nothing contradicts nothing.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8000 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const [workload] = workloads;
      const pods = workloads.flatMap((it) => it.pod ?? []);
      const [first] = pods;
      if (!workload || !first) continue;
      for (const [port, at] of each(field(service).spec.ports)) {
        const target = targetPortOf(port);
        const declared = [...declaredPorts(first)];
        const known = pods.some((pod) => {
          const ports = [...declaredPorts(pod)];
          return ports.length === 0 || ports.some((it) => it.port.containerPort === target);
        });
        if (typeof target !== 'number' || known) continue;
        const numbers = [...new Set(declared.map((it) => it.port.containerPort))].join(', ');
        yield {
          at: at.targetPort,
          message: `connections go to ${protocolOf(port)} ${target} of ${nameOf(workload)}, which declares ${numbers}: they are refused if nothing listens there`,
          certainty: 'assumed',
          restsOn: 'that the pods declare the ports they serve',
          related: declared
            .slice(0, 1)
            .map((it) => ({ message: 'declared', at: it.at.containerPort })),
        };
      }
    }
  },
});
