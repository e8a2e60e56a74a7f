/**
 * Endpoint removal against SIGTERM: the pod is told to stop while proxies still send it clients.
 * The order is asked of the temporal network, so hooks of any kind and the app's own delay count.
 */
import { formatSeconds } from '../../explanation/index.ts';
import type { LifecycleTimeline, PodContainer, PodModel } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml, type RaceFinding, type RaceFix } from '../race-rule.ts';
import { decisiveSteps } from '../witness.ts';

/** Kept for the requests in flight when nobody says how long they take. */
const DRAIN_SECONDS = 10;

export default defineRaceRule({
  id: 'no-prestop-endpoint-race',
  severity: 'warning',
  basis: 'source',
  summary: 'The app is told to stop while clients are still sent to it.',
  why: `
    A deletion starts two chains at once. The kubelet sends SIGTERM within milliseconds; the
    EndpointSlice controller, every kube-proxy, the ingress and the load balancer take seconds to
    forget the pod. Without a delay before SIGTERM an app that closes its listener then refuses
    the connections that are still sent to it.
  `,
  remedy:
    'Delay SIGTERM by a preStop sleep that covers the slowest of them, and raise terminationGracePeriodSeconds by as much.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'pkg/controller/endpointslice/endpointslice_controller.go' },
  ],
  yieldsTo: [],
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
        #               ^^^ app is told to stop at once, while new connections may come for 3.35s more (kube-proxy of every node for web has forgotten it)
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
    safe: [
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
                  readinessProbe: { httpGet: { path: /, port: 8080 } }
                  lifecycle: { preStop: { sleep: { seconds: 20 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
      // Nobody is sent to it.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: worker }
        spec:
          selector: { matchLabels: { app: worker } }
          template:
            metadata: { labels: { app: worker } }
            spec:
              containers:
                - name: app
                  image: registry.example/worker:1
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    const shutdown = workload.shutdown('delete');
    if (!model || !shutdown || !isLongRunning(workload)) return;
    for (const container of model.mains) {
      // A hook that is there but too short is another rule's business.
      if (!container.serves || container.preStop.kind !== 'none') continue;
      const finding = raceOf(container, model, shutdown, workload.replicas);
      if (finding) yield finding;
    }
  },
});

function isLongRunning({ kind, pod }: WorkloadPrediction): boolean {
  return kind === 'Pod' ? pod?.spec.restartPolicy === 'Always' : !/^(?:Cron)?Job$/.test(kind);
}

function raceOf(
  container: PodContainer,
  model: PodModel,
  shutdown: LifecycleTimeline,
  replicas: number,
): RaceFinding | undefined {
  const stops = `stops-accepting:${container.name}`;
  // The consumer that forgets the pod last is the one to wait for.
  const races = shutdown
    .ofKind('forgotten')
    .map((forgotten) => ({ forgotten, order: shutdown.order(forgotten.id, stops) }))
    .filter(({ order }) => order.relation === 'unordered' || order.relation === 'after')
    .sort((a, b) => b.forgotten.window.latest - a.forgotten.window.latest);
  const [worst] = races;
  if (!worst) return undefined;
  const { forgotten, order } = worst;
  const late = forgotten.window.latest;
  const witness = order.relation === 'unordered' ? decisiveSteps(shutdown, order.bFirst) : [];
  return {
    at: container.at.name,
    message: `${container.name} is told to stop at once, while new connections may come for ${formatSeconds(late)} more (${forgotten.label})`,
    certainty: 'assumed',
    restsOn: `the ${model.profile.name} profile, and that the app closes its listener at SIGTERM`,
    // With nobody else to serve, the request fails in any case.
    ...(replicas < 2 ? { severity: 'information' as const } : {}),
    witness,
    fixes: [addSleep(container, model, Math.ceil(late))],
    cause: `endpoint-race:${container.name}`,
  };
}

function addSleep(container: PodContainer, model: PodModel, seconds: number): RaceFix {
  const drain = container.app.drainSeconds.value.latest;
  const grace = seconds + Math.ceil(Number.isFinite(drain) ? drain : DRAIN_SECONDS) + 5;
  return {
    title: `Sleep ${seconds}s before SIGTERM`,
    changes: [
      { at: container.at.lifecycle.preStop, value: { sleep: { seconds } } },
      ...(model.gracePeriodSeconds < grace
        ? [{ at: field(model.pod).spec.terminationGracePeriodSeconds, value: grace }]
        : []),
    ],
  };
}
