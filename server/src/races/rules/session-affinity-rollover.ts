/** Sessions by client address, and what a rollout does to them. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { countOf } from '../facts/rollouts.ts';
import { servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'session-affinity-rollover',
  severity: 'information',
  basis: 'source',
  summary: 'A rollout moves every client to another pod, whatever the session affinity.',
  why: `
    ClientIP affinity is a note of each node: this address goes to that pod. It ends with the endpoint, so
    a rollout breaks every session that lives in a pod's memory. Clients behind one address, such as an
    ingress controller or a NAT, all go to one pod.
  `,
  remedy:
    'Keep sessions outside the pods, or use cookie affinity in the ingress; leave the field out for stateless apps.',
  upstream: [{ path: 'pkg/proxy/iptables/proxier.go' }],
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          sessionAffinity: ClientIP
        #                  ^^^^^^^^ each node ties a client's address to one of 3 pods until it pauses for 3h; a rollout ends that, and with it sessions in memory
          selector: { app: shop }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              containers: [{ name: app, image: "registry.example/shop:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              containers: [{ name: app, image: "registry.example/shop:1" }]
      `,
      // With one pod there is nothing to choose.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          sessionAffinity: ClientIP
          selector: { app: shop }
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: shop, labels: { app: shop } }
        spec:
          containers: [{ name: app, image: "registry.example/shop:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const { sessionAffinity, sessionAffinityConfig } = service.spec;
      const pods = workloads.reduce((sum, it) => sum + it.replicas, 0);
      if (sessionAffinity !== 'ClientIP' || pods < 2) continue;
      const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
      yield {
        at: field(service).spec.sessionAffinity,
        message: `each node ties a client's address to one of ${countOf(pods, 'pod')} until it pauses for ${formatSeconds(seconds)}; a rollout ends that, and with it sessions in memory`,
        certainty: 'assumed',
        restsOn: 'that the pods keep something of a session',
      };
    }
  },
});
