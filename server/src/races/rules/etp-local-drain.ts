/** externalTrafficPolicy Local: the load balancer learns late that a node has no pod left. */
import { addWindows, formatSeconds, formatWindow } from '../../explanation/index.ts';
import type { PodModel } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { DELETED_LATE, every, OWN_POD, podOf, slowest, steadyPod } from '../facts/clients.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { graceThatFits, raiseGrace, sleepHook } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

/** From the end of a node's last ready pod until the load balancer sends nothing to the node. */
const NODE_CHECK = ['p.watch', 'p.eps', 'p.proxy', 'p.lbdereg'] as const;

export default defineRaceRule({
  id: 'etp-local-drain',
  severity: 'warning',
  basis: 'source',
  summary: 'A load balancer keeps sending to a node whose last pod has stopped.',
  why: `
    With externalTrafficPolicy Local a node serves only with its own pods, and answers the load balancer's
    health check on healthCheckNodePort. When its last ready pod is deleted the check fails, but the load
    balancer waits for several failures. Until then the terminating pod has to answer; once it has closed
    its port, the node drops what comes.
  `,
  remedy:
    "Sleep in preStop for longer than the load balancer's health check takes to fail, and spread the pods so that nodes keep one.",
  upstream: [{ path: 'pkg/proxy/healthcheck/service_health.go' }],
  replay: {
    by: 'clients',
    lost: (story) => {
      const { model, workload } = story;
      const local = workload.services.some(
        ({ spec }) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local',
      );
      // With the policy Cluster a node without pods sends to those of others.
      if (!local) return false;
      const life = story.live({ actions: DELETED_LATE });
      const way = {
        by: 'node-targets',
        lagSeconds: slowest(model, ...NODE_CHECK.slice(0, 3)),
        noticeSeconds: slowest(model, 'p.lbdereg'),
      } as const;
      const until = life.at('api:delete') + way.lagSeconds + way.noticeSeconds + 1;
      const asks = every(0.5, life.at('api:delete') - 2, until);
      return model.mains.some((it) => {
        const pods = [podOf(life, it), steadyPod('another pod')];
        const clients = [{ name: 'client', asks, way, prefers: OWN_POD }];
        const seen = story.clients({ pods, clients, until }, life.entries);
        return seen.has('client:refused') || seen.has('client:dropped');
      });
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          type: LoadBalancer
          externalTrafficPolicy: Local
        #                        ^^^^^ when the last pod of Deployment web on a node is deleted, it may stop accepting after 0.03s, and the load balancer leaves the node only after 1.08s to 33.2s
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // The hook is as long as the slowest health check.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          type: LoadBalancer
          externalTrafficPolicy: Local
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              terminationGracePeriodSeconds: 60
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 34 } } }
      `,
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          type: LoadBalancer
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const { type, externalTrafficPolicy } = service.spec;
      if (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local') continue;
      for (const workload of workloads) {
        const { model } = workload;
        const stops = workload.shutdown('rollout')?.ofKind('stops-accepting') ?? [];
        if (!model || stops.length === 0 || workload.kind.endsWith('Job')) continue;
        const { parameters } = model.profile;
        const noticed = addWindows(...NODE_CHECK.map((it) => parameters[it].seconds));
        const stop = Math.min(...stops.map((it) => it.window.earliest));
        if (stop >= noticed.latest) continue;
        // What a program of the image does in a hook, such as /wait-shutdown, nobody can see.
        const unknown = model.mains.find(
          (it) => it.serves && it.preStop.seconds.latest === Infinity,
        );
        yield {
          at: field(service).spec.externalTrafficPolicy,
          message: `when the last pod of ${nameOf(workload)} on a node is deleted, it may stop accepting after ${formatSeconds(stop)}, and the load balancer leaves the node only after ${formatWindow(noticed)}`,
          certainty: 'assumed',
          restsOn: `p.proxy and p.lbdereg of the ${model.profile.name} profile${unknown ? `, and that ${unknown.name} does not wait in its preStop hook` : ''}`,
          ...(unknown ? { severity: 'information' as const } : {}),
          fixes: sleepFixes(model, Math.ceil(noticed.latest)),
          witness: [
            { at: 0, text: 'the last pod of the node is deleted', moment: 'api:delete' },
            {
              at: stop,
              text: 'it closes its port, and requests that come to the node are lost',
              moment: 'app:signal::SIGTERM',
            },
            {
              at: noticed.latest,
              text: 'the health check has failed for long enough: the load balancer leaves the node',
              moment: 'load-balancer:removed',
            },
          ],
        };
      }
    }
  },
});

/** A hook as long as the health check takes, where no hook stands in its place. */
function sleepFixes(model: PodModel, seconds: number): readonly RaceFix[] {
  const serving = model.mains.filter((it) => it.serves);
  if (serving.length === 0 || serving.some((it) => it.preStop.kind !== 'none')) return [];
  return [
    {
      title: `Sleep ${seconds}s before SIGTERM`,
      changes: [
        ...serving.map((it) => sleepHook(it, seconds)),
        ...raiseGrace(
          model,
          graceThatFits(model, (it) => (it.serves ? seconds : 0)),
        ),
      ],
    },
  ];
}
