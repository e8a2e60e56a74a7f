/** A cloud load balancer that goes on sending, or draining, after the pod has gone. */
import { formatSeconds } from '../../explanation/index.ts';
import {
  forgottenBy,
  type LifecycleTimeline,
  type PodContainer,
  type PodModel,
  type TrafficConsumer,
} from '../../lifecycle/index.ts';
import { field, type Citable } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED_LATE, every, OWN_POD, podOf, steadyPod, wayOf } from '../facts/clients.ts';
import { hookPlace, longerHook, raiseGrace } from '../facts/shutdown.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';
import { decisiveSteps } from '../witness.ts';

export default defineRaceRule({
  id: 'lb-deregistration-longer-than-grace',
  severity: 'warning',
  basis: 'assumption',
  summary: 'The load balancer still sends requests to a pod that has stopped.',
  why: `
    A load balancer whose targets are the pods themselves hears of the end of a pod last: a
    controller must see it, call the cloud, and the change must reach all of the load balancer. New
    requests come for many seconds; those on open connections for as long as its deregistration
    delay. A hook that is enough for kube-proxy is not enough for it.
  `,
  remedy:
    'Let preStop sleep longer than new requests can come, and set terminationGracePeriodSeconds to that plus the deregistration delay, or make the delay shorter.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  yieldsTo: ['exec-prestop-shellless', 'grace-zero-force-delete', 'prestop-fills-grace'],
  replay: {
    by: 'clients',
    lost: (story) => {
      const { consumers } = story.model.traffic;
      const balancers = consumers.filter((it) => it.clientClass === 'load-balancer');
      return story.model.mains
        .filter((it) => it.serves)
        .some((it) =>
          balancers.some(
            (consumer) =>
              isSentTooLate(story, it, consumer) || isCut(story, it, deregistrationDelay(consumer)),
          ),
        );
    },
  },
  examples: {
    racing: [
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
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  lifecycle:
                    preStop:
                      sleep:
                        seconds: 5
        #                        ^ app is told to stop after 5s, and load balancer (ALB) of shop may send new requests for 26.69s more: they end in a 502 or 504
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: shop
          annotations:
        # ^^^^^^^^^^^ related: the pods are its targets
            alb.ingress.kubernetes.io/target-type: ip
        spec:
          ingressClassName: alb
          defaultBackend: { service: { name: web, port: { number: 80 } } }
      `,
      // Long enough for new requests, not for those that drain.
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
              terminationGracePeriodSeconds: 60
        #                                    ^^ load balancer (ALB) of shop lets requests finish for 2m, and app is killed after 1m: those that take longer end in a 502
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  lifecycle: { preStop: { sleep: { seconds: 35 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: shop
          annotations:
        # ^^^^^^^^^^^ related: the delay is 2m
            alb.ingress.kubernetes.io/target-type: ip
            alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=120
        spec:
          ingressClassName: alb
          defaultBackend: { service: { name: web, port: { number: 80 } } }
      `,
    ],
    safe: [
      // The delay is the grace period: the boundary.
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
              terminationGracePeriodSeconds: 60
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  lifecycle: { preStop: { sleep: { seconds: 35 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: shop
          annotations:
            alb.ingress.kubernetes.io/target-type: ip
            alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=60
        spec:
          ingressClassName: alb
          defaultBackend: { service: { name: web, port: { number: 80 } } }
      `,
      // Through a node port it is kube-proxy that forgets the pod.
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
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  lifecycle: { preStop: { sleep: { seconds: 5 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          type: LoadBalancer
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    const shutdown = workload.shutdown('delete');
    if (!model || !shutdown || !isLongRunning(workload)) return;
    const balancers = model.traffic.consumers.filter((it) => it.clientClass === 'load-balancer');
    for (const container of model.mains.filter((it) => it.serves)) {
      for (const consumer of balancers) {
        const late = tooShort(container, consumer, workload, model, shutdown);
        const finding = late ?? cutDrain(container, consumer, model);
        if (finding) yield finding;
      }
    }
  },
});

/** New requests come after the app has been told to stop. No hook at all is another rule's. */
function tooShort(
  container: PodContainer,
  consumer: TrafficConsumer,
  workload: WorkloadPrediction,
  model: PodModel,
  shutdown: LifecycleTimeline,
): RaceFinding | undefined {
  const { name, preStop } = container;
  if (preStop.kind === 'none' || !Number.isFinite(preStop.seconds.latest)) return undefined;
  const order = shutdown.order(forgottenBy(consumer), `stops-accepting:${name}`);
  if (order.relation !== 'unordered') return undefined;
  const hook = preStop.seconds.earliest;
  const late = order.bFirst.gapSeconds;
  return {
    at: hookPlace(container),
    message: `${name} is told to stop after ${formatSeconds(hook)}, and ${consumer.label} may send new requests for ${formatSeconds(late)} more: they end in a 502 or 504`,
    certainty: 'assumed',
    restsOn: `the ${model.profile.name} profile (p.lbdereg), and that ${name} closes its listener at SIGTERM`,
    related: [{ message: 'the pods are its targets', at: targetPlace(consumer) }],
    witness: decisiveSteps(shutdown, order.bFirst),
    // Worked out when somebody asks for it: that takes longer than the rest.
    get fixes() {
      return longerHook(container, workload, model);
    },
    cause: `endpoint-race:${name}`,
  };
}

/** Requests that the load balancer still lets finish are cut by SIGKILL. */
function cutDrain(
  { name, app }: PodContainer,
  consumer: TrafficConsumer,
  model: PodModel,
): RaceFinding | undefined {
  const delay = deregistrationDelay(consumer);
  const grace = model.gracePeriodSeconds;
  if (delay === undefined || grace >= delay || app.maxRequestSeconds.declared) return undefined;
  return {
    at: field(model.pod).spec.terminationGracePeriodSeconds,
    message: `${consumer.label} lets requests finish for ${formatSeconds(delay)}, and ${name} is killed after ${formatSeconds(grace)}: those that take longer end in a 502`,
    severity: delay === 300 ? 'information' : 'warning',
    certainty: 'assumed',
    restsOn: 'requests that take as long as the load balancer allows',
    related: [{ message: `the delay is ${formatSeconds(delay)}`, at: targetPlace(consumer) }],
    witness: [
      {
        at: 0,
        text: `the pod is deleted; a request that takes ${formatSeconds(delay)} has just come`,
        moment: 'api:delete',
      },
      {
        at: grace,
        text: `SIGKILL to ${name} cuts the request, which the load balancer would have let finish`,
        moment: 'client:reset',
      },
    ],
    fixes: [{ title: `Give the pod ${delay}s to end`, changes: raiseGrace(model, delay) }],
    cause: `lb-drain:${name}`,
  };
}

/** What the annotations set; undefined where it is left to the load balancer. */
function deregistrationDelay({ route, service }: TrafficConsumer): number | undefined {
  const annotations = { ...service.metadata.annotations, ...route?.metadata.annotations };
  const text =
    annotations['alb.ingress.kubernetes.io/target-group-attributes'] ??
    annotations['service.beta.kubernetes.io/aws-load-balancer-target-group-attributes'] ??
    '';
  const found = /deregistration_delay\.timeout_seconds=(\d+)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function targetPlace({ route, service }: TrafficConsumer): Citable {
  return field(route ?? service).metadata.annotations;
}

/** New requests come through the load balancer all the time, and one of them is refused. */
function isSentTooLate(
  story: ReplayStory,
  container: PodContainer,
  consumer: TrafficConsumer,
): boolean {
  const life = story.live({ actions: DELETED_LATE });
  const asked = life.at('api:delete');
  const until = asked + 300;
  const client = {
    name: consumer.label,
    asks: every(0.25, asked - 1, until),
    way: wayOf(story.model, consumer),
    prefers: OWN_POD,
  };
  const pods = [podOf(life, container), steadyPod('another pod')];
  return story.clients({ pods, clients: [client], until }, life.entries).has('client:refused');
}

/** A request came just before the deletion, and takes as long as the load balancer allows. */
function isCut(story: ReplayStory, { name, app, ...rest }: PodContainer, delay = 0): boolean {
  if (app.maxRequestSeconds.declared) return false;
  const life = story.live({ actions: DELETED_LATE, apps: { [name]: { onTerm: 'ignore' } } });
  const asked = life.at('api:delete');
  const client = {
    name: 'the load balancer',
    asks: [asked],
    way: { by: 'kube-proxy', lagSeconds: 0 } as const,
    takesSeconds: delay,
  };
  const pods = [podOf(life, { name, app, ...rest })];
  const until = asked + delay + 1;
  return story.clients({ pods, clients: [client], until }, life.entries).has('client:reset');
}
