/** An Ingress or route that leads to a Service, or a port of one, that is not there. */
import { routes } from '../../endpoints/index.ts';
import { fieldAt, toFieldRef, type Citable, type Service } from '../../manifest/index.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'ingress-backend-race',
  severity: 'error',
  basis: 'source',
  summary: 'An Ingress leads to a Service or port that is not there.',
  why: `
    An ingress controller answers 503 for a backend it cannot find, until the Service has the port that
    is named. A rename of a Service port reaches the controller at another time than the rename in the
    Ingress does.
  `,
  remedy:
    'Name a Service and a port of it that exist; keep the old port until the Ingress has changed.',
  upstream: [{ path: 'staging/src/k8s.io/api/networking/v1/types.go' }],
  replay: {
    by: 'endpoints',
    lostInWorld: (world) =>
      routes(world.prediction.snapshot).some(({ service, namespace, port }) => {
        const found = world.prediction.snapshot.get('Service', namespace, service);
        if (!found) return world.prediction.config.world === 'closed';
        const known = (found.spec.ports ?? []).filter((it) => it.port === port || it.name === port);
        const names = known.map((it) => it.name ?? '');
        const slices = world.slices(found).filter((it) => it.endpoints.length > 0);
        const leads =
          slices.length === 0 ||
          slices.some((it) => it.ports.some(({ name }) => names.includes(name)));
        return known.length === 0 || !leads;
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: { name: web }
        spec:
          rules:
            - http:
                paths:
                  - path: /
                    pathType: Prefix
                    backend: { service: { name: web, port: { name: http } } }
        #                      ^^^^^^^ web has no port http, but 80 (web)
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ name: web, port: 80 }]
        # ^^^^^ related: its ports
      `,
    ],
    safe: [
      yaml`
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: { name: web }
        spec:
          defaultBackend: { service: { name: web, port: { number: 80 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ name: web, port: 80 }]
      `,
    ],
  },

  *findInWorld(prediction) {
    const { snapshot, config } = prediction;
    for (const { via, broken, service, namespace } of routes(snapshot)) {
      const [at, ...more] = broken?.cites ?? [];
      if (!broken || !at) continue;
      const found = snapshot.get('Service', namespace, service);
      const related = more.map((it) => ({ message: 'its ports', at: it }));
      // In an open world the Service may be declared where we do not look.
      yield found || config.world === 'closed'
        ? {
            at,
            message: broken.message,
            related,
            fixes: found && via === 'Ingress' ? onlyPort(found, at) : [],
          }
        : {
            at,
            message: broken.message,
            severity: 'information',
            certainty: 'assumed',
            restsOn: 'that all Services of the namespace are declared',
          };
    }
  },
});

/** Where a Service has one port only, that is the one that is meant. */
function onlyPort({ metadata, spec }: Service, backend: Citable): readonly RaceFix[] {
  const [port, ...others] = spec.ports ?? [];
  if (!port || others.length > 0) return [];
  const { root, path } = toFieldRef(backend);
  return [
    {
      title: `Send to ${port.port}, the port of ${metadata.name}`,
      changes: [{ at: fieldAt(root, [...path, 'port']), value: { number: port.port } }],
    },
  ];
}
