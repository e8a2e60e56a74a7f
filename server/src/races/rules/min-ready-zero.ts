/** A rollout that takes old pods away before a load balancer has the new ones. */
import { between, formatWindow } from '../../explanation/index.ts';
import type { TrafficConsumer } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { every, podsOf, toldBy, wayOf } from '../facts/clients.ts';
import { rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

export default defineRaceRule({
  id: 'min-ready-zero',
  severity: 'warning',
  basis: 'source',
  summary: 'A rollout goes on before the load balancer sends anything to the new pods.',
  why: `
    The controller deletes an old pod as soon as a new one is available: Ready, and that for
    minReadySeconds. A load balancer that targets pods registers the new one only then and checks its
    health for a while. Behind a cluster IP nothing is lost, since the new endpoint is there as soon as the
    old one goes.
  `,
  remedy:
    'Set minReadySeconds to the time the load balancer needs, or use the readiness gate of its controller.',
  upstream: [{ path: 'pkg/controller/deployment/rolling.go' }],
  replay: {
    by: 'clients',
    lost: (story) => {
      const { consumers } = story.model.traffic;
      const balancers = consumers.filter((it) => it.clientClass === 'load-balancer');
      return balancers.some((it) => hasTooFewTargets(story, it));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
        # <---- old pods go 0s after a new one is Ready, but the load balancer (NLB) of web sends to it only after 30.1s to 3m 1.7s
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations: { service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip }
        spec:
          type: LoadBalancer
        #       ^^^^^^^^^^^^ related: the load balancer
          loadBalancerClass: service.k8s.aws/nlb
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
    safe: [
      // As long as the slowest registration.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          minReadySeconds: 182
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 80 }]
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations: { service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip }
        spec:
          type: LoadBalancer
          loadBalancerClass: service.k8s.aws/nlb
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // Behind a cluster IP the handover has no gap.
      yaml`
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
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    const { model } = workload;
    if (!rolling || !model || (model.pod.spec.readinessGates ?? []).length > 0) return;
    const balancer = model.traffic.consumers.find((it) => it.clientClass === 'load-balancer');
    const minReady = rolling.deployment.spec?.minReadySeconds ?? 0;
    const registration = balancer && registrationOf(balancer, workload);
    if (!balancer || !registration || minReady >= registration.latest) return;
    const share = rolling.replicas === 1 ? 'the only old pod goes' : 'old pods go';
    yield {
      at: rolling.at.spec.minReadySeconds,
      message: `${share} ${minReady}s after a new one is Ready, but the ${balancer.label} sends to it only after ${formatWindow(registration)}`,
      certainty: 'assumed',
      restsOn: `p.lbreg of the ${model.profile.name} profile, and that no readiness gate is injected`,
      related: balancer.cites.slice(0, 1).map((it) => ({ message: 'the load balancer', at: it })),
      fixes: [
        {
          title: `Wait ${Math.ceil(registration.latest)}s before the next pod`,
          changes: [
            {
              at: field(rolling.deployment).spec.minReadySeconds,
              value: Math.ceil(registration.latest),
            },
          ],
        },
      ],
      witness: [
        { at: 0, text: 'a new pod is Ready', moment: 'rollout:ready' },
        {
          at: minReady,
          text: 'the controller deletes an old pod, and the load balancer drops it',
          moment: 'rollout:deleting',
        },
        {
          at: registration.latest,
          text: 'the load balancer finds the new target healthy',
          moment: 'load-balancer:healthy',
        },
      ],
    };
  },
});

/** From Ready to the load balancer's first request: the slice, the cloud, the health checks. */
function registrationOf(balancer: TrafficConsumer, { startup }: WorkloadPrediction) {
  const ready = startup?.ofKind('ready')[0]?.window;
  const reachable = startup?.event(`reachable:${balancer.id}`)?.window;
  if (!ready || !reachable || !Number.isFinite(reachable.latest)) return undefined;
  const seconds = (end: 'earliest' | 'latest') =>
    Math.round((reachable[end] - ready[end]) * 10) / 10;
  return between(seconds('earliest'), seconds('latest'));
}

/** At some time fewer targets are healthy than the strategy keeps pods available. */
function hasTooFewTargets(story: ReplayStory, consumer: TrafficConsumer): boolean {
  const rollout = story.rollout();
  const slow = wayOf(story.model, consumer);
  if (!rollout || slow.by !== 'pod-targets') return false;
  if (!Number.isFinite(rollout.duration.earliest)) return false;
  // New targets are found healthy late, old ones taken out soon.
  const { seconds } = story.model.profile.parameters['p.lbdereg'];
  const way = { ...slow, deregisterSeconds: seconds.earliest };
  const until = rollout.duration.earliest + way.registerSeconds + 60;
  const client = { name: consumer.label, asks: every(1, 0, until), way };
  const seen = story.clients({ pods: podsOf(rollout), clients: [client], until }, toldBy(rollout));
  let healthy = rollout.before.ready;
  return seen.entries.some(({ source, what }) => {
    if (source === 'load-balancer') healthy += what === 'healthy' ? 1 : -1;
    return healthy < rollout.capacity.minAvailable;
  });
}
