/** A Service that names a container port which its pods do not have. */
import { findPort, whyNot } from '../../endpoints/index.ts';
import type { Citable, Pod } from '../../manifest/index.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'named-targetport-missing',
  severity: 'error',
  basis: 'source',
  summary: 'A Service sends traffic to a port name that its pods do not have.',
  why: `
    The EndpointSlice controller looks a named targetPort up in the containers of each pod, sidecars
    included, with name and protocol. Where it finds none, it leaves the port out of the slice: the
    pods are Ready, and connections to that port of the Service go nowhere.
  `,
  remedy:
    'Give the container port that name and protocol, or target it by the name it has or by number.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/utils.go' }],
  replay: {
    by: 'endpoints',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(
        ({ service, workloads }) =>
          workloads.length > 0 &&
          world
            .slices(service)
            .every((it) => (it.ports ?? []).length < (service.spec.ports ?? []).length),
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
              targetPort: http
        #                 ^^^^ no pod has a TCP port named http; web has web (8080), so the port is left out of the slices
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports:
                - { name: web, containerPort: 8080 }
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports:
            - port: 80
              targetPort: http
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports:
                - { name: http, containerPort: 8080 }
      `,
      // A number needs no declared port.
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
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      for (const workload of workloads) {
        const { pod } = workload;
        if (!pod) continue;
        const missing = whyNot(service, [pod], []).filter(
          (it) => it.code === 'port-name-not-found',
        );
        for (const { message, cites } of missing) {
          const [at] = cites;
          if (!at) continue;
          const others = workloads.filter((it) => it !== workload && it.pod);
          const partly = others.some((it) =>
            (service.spec.ports ?? []).some(
              (port) => it.pod && findPort(it.pod, port) !== undefined,
            ),
          );
          const loss = partly ? `; the pods of ${nameOf(workload)} are left out` : '';
          yield { at, message: `${message}${loss}`, fixes: onlyPort(pod, at) };
        }
      }
    }
  },
});

/** Where the pod has one named port only, that is the one that is meant. */
function onlyPort({ spec }: Pod, targetPort: Citable): readonly RaceFix[] {
  const names = spec.containers.flatMap((it) => (it.ports ?? []).flatMap(({ name }) => name ?? []));
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) return [];
  return [{ title: `Send to the port ${name}`, changes: [{ at: targetPort, value: name }] }];
}
