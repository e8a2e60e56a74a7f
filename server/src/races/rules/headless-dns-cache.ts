/** A workload that looks a headless Service up, and may keep an address that is gone. */
import { isHeadless } from '../../endpoints/index.ts';
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { hostPattern, mentions } from '../facts/mentions.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** What CoreDNS' kubernetes plugin gives by default in most installations, seconds. */
const TTL_SECONDS = 30;

export default defineRaceRule({
  id: 'headless-dns-cache',
  severity: 'information',
  basis: 'documentation',
  summary: 'Clients of a headless Service may use the address of a pod that has stopped.',
  why: `
    A headless name resolves to the addresses of ready pods. A client that has resolved it uses the answer
    for its time to live, 30 seconds as a rule, and some runtimes much longer. A pod that closes its port
    sooner than that refuses those clients.
  `,
  remedy:
    "Sleep in preStop for longer than the record's time to live, use a Service with a cluster IP, or let clients resolve again when a connection fails.",
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/reconciler.go' }],
  yieldsTo: ['no-prestop-endpoint-race'],
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
        #            ^^^^ related: the Service is headless
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 2
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  lifecycle: { preStop: { sleep: { seconds: 5 } } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: app, labels: { app: app } }
        spec:
          containers:
            - name: app
              image: registry.example/app:1
              env:
                - name: DATABASE_URL
                  value: postgres://app@db:5432/app
        #                ^^^^^^^^^^^^^^^^^^^^^^^^^^ Pod app may use the address of a pod of StatefulSet db for 30s after it is deleted, and the pod may stop accepting after 5.03s
      `,
    ],
    safe: [
      // The hook is as long as the record lives.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 2
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 60
              containers:
                - name: db
                  image: registry.example/db:1
                  lifecycle: { preStop: { sleep: { seconds: 30 } } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: app, labels: { app: app } }
        spec:
          containers:
            - name: app
              image: registry.example/app:1
              env:
                - name: DATABASE_URL
                  value: postgres://app@db:5432/app
      `,
      // Nobody is seen to look it up.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 5432 }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers: [{ name: db, image: "registry.example/db:1" }]
      `,
    ],
  },

  *find(workload, prediction) {
    const stops = workload.shutdown('rollout')?.ofKind('stops-accepting') ?? [];
    const stop = Math.min(...stops.map((it) => it.window.earliest));
    if (stops.length === 0 || stop >= TTL_SECONDS) return;
    for (const service of workload.services.filter(isHeadless)) {
      const host = hostPattern(service.metadata.name, workload.namespace);
      const clients = prediction.workloads.filter(
        (it) => it !== workload && it.namespace === workload.namespace,
      );
      for (const client of clients) {
        const [mention] = client.model ? mentions(client.model, host) : [];
        if (!mention) continue;
        yield {
          at: mention.at,
          message: `${nameOf(client)} may use the address of a pod of ${nameOf(workload)} for ${TTL_SECONDS}s after it is deleted, and the pod may stop accepting after ${formatSeconds(stop)}`,
          certainty: 'assumed',
          restsOn: `that DNS answers live ${TTL_SECONDS}s, as CoreDNS is set up in most clusters`,
          related: [{ message: 'the Service is headless', at: field(service).spec.clusterIP }],
        };
        break;
      }
    }
  },
});
