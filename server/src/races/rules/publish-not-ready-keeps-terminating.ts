/** A client-facing Service that also hands out pods which are not ready. */
import { isHeadless, routesTo } from '../../endpoints/index.ts';
import { field } from '../../manifest/index.ts';
import { DELETED, lasting, leaves } from '../facts/replays.ts';
import { servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'publish-not-ready-keeps-terminating',
  severity: 'warning',
  basis: 'source',
  summary: 'A Service with clients publishes pods that are starting or stopping.',
  why: `
    With publishNotReadyAddresses an endpoint is ready from its first address to its very end: before the
    app listens, and while it shuts down. Readiness probes, preStop hooks and grace periods cannot take it
    out of the rotation.
  `,
  remedy:
    'Use two Services: a headless one for the peers with the setting, and one for clients without it.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/utils.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      // Peers of a headless Service are meant to be found before they are ready.
      const open = story.workload.services.some((it) => !isHeadless(it));
      const life = story.live({ boot: 'latest', actions: DELETED, apps: lasting(story, 3) });
      const stops = life.at('app:signal::SIGTERM');
      return open && !(leaves(life) < stops + 2);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          publishNotReadyAddresses: true
        #                           ^^^^ clients of web are sent to pods that do not listen yet, and to pods that shut down
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // Peers look each other up before they are ready.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: peers }
        spec:
          clusterIP: None
          publishNotReadyAddresses: true
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: db, labels: { app: db } }
        spec:
          containers: [{ name: app, image: "registry.example/db:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const { publishNotReadyAddresses } = service.spec;
      const routed = routesTo(service, prediction.snapshot).length > 0;
      if (publishNotReadyAddresses !== true || workloads.length === 0) continue;
      if (isHeadless(service) && !routed) continue;
      const at = field(service).spec.publishNotReadyAddresses;
      yield {
        at,
        message: `clients of ${service.metadata.name} are sent to pods that do not listen yet, and to pods that shut down`,
        fixes: [{ title: 'Publish only ready pods', changes: [{ at, value: false }] }],
      };
    }
  },
});
