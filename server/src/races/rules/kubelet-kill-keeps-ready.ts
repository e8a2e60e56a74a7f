/** Evictions and node shutdowns: the pod is stopped first and leaves its Services afterwards. */
import { formatSeconds } from '../../explanation/index.ts';
import { MINIMUM_GRACE_SECONDS } from '../../lifecycle/index.ts';
import { each, field, type Citable, type Pod } from '../../manifest/index.ts';
import { kubeletFacts, shutdownBudget } from '../facts/kubelet-config.ts';
import { endedByKubelet, lasting } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** What a pod is left that is evicted for what the node lacks now. */
const HARD_EVICTION_SECONDS = 1;

export default defineRaceRule({
  id: 'kubelet-kill-keeps-ready',
  severity: 'information',
  basis: 'source',
  summary:
    'When the kubelet itself ends the pod, clients are sent to it until its containers have stopped.',
  why: `
    A node under pressure and a node that shuts down end pods without deleting them: there is no
    deletionTimestamp, readiness is probed no more, and the endpoint stays ready until the
    containers have stopped and the kubelet reports it. A preStop sleep helps only while the app
    still serves; it does not take the pod out of its Services.
  `,
  remedy:
    'Request as much memory as the limit allows, so that the pod is evicted last, drain nodes before they shut down, and let clients retry.',
  upstream: [
    { path: 'pkg/kubelet/eviction/eviction_manager.go' },
    { path: 'pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const facts = kubeletFacts(story.prediction);
      const pod = story.workload.pod;
      const budget = facts && shutdownBudget(facts, pod?.spec.priority ?? 0);
      if (!pod || (budget === undefined && !pressure(pod))) return false;
      const given = Math.min(story.model.gracePeriodSeconds, budget ?? HARD_EVICTION_SECONDS);
      const apps = lasting(story, Infinity);
      const life = story.live({ actions: endedByKubelet(given), apps });
      const stops = life.at('app:signal::SIGTERM');
      const left = life.after(stops, 'endpoints:endpoint::"ready":false');
      const gone = life.after(stops, 'endpoints:endpoint-removed');
      return stops + 0.9 < (Number.isNaN(left) ? gone : left);
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
                  resources:
                    requests: { cpu: 100m, memory: 128Mi }
        #                                          ^^^^^ a pod that uses more than the 128Mi it requests is evicted first when the node runs out of memory: web still sends clients to the pod while it is stopped, for 2s and the time to report it
                    limits: { memory: 512Mi }
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
      // What it may use is what it asks for.
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
                  resources:
                    requests: { cpu: 100m, memory: 512Mi }
                    limits: { memory: 512Mi }
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
        apiVersion: v1
        kind: Pod
        metadata: { name: worker }
        spec:
          containers:
            - name: app
              image: registry.example/worker:1
              resources: { requests: { memory: 128Mi }, limits: { memory: 512Mi } }
      `,
    ],
  },

  *find(workload, prediction) {
    const { model, pod, services } = workload;
    const [service] = services;
    if (!model || !pod || !service || !isLongRunning(workload)) return;
    if ((pod.spec.priority ?? 0) >= 2_000_000_000) return;
    const facts = kubeletFacts(prediction);
    const budget = facts && shutdownBudget(facts, pod.spec.priority ?? 0);
    const cause = budget === undefined ? pressure(pod) : undefined;
    if (budget === undefined && !cause) return;
    const given = Math.min(model.gracePeriodSeconds, budget ?? HARD_EVICTION_SECONDS);
    const [main] = model.mains;
    const hook = Math.min(main?.preStop.seconds.earliest ?? 0, given);
    const grace = Math.max(given, hook + MINIMUM_GRACE_SECONDS);
    yield {
      at: cause?.at ?? field(model.pod).spec.containers,
      message: `${cause?.words ?? 'the nodes end their pods themselves when they shut down'}: ${service.metadata.name} still sends clients to the pod while it is stopped, for ${formatSeconds(grace)} and the time to report it`,
      ...(budget === undefined ? {} : { severity: 'warning' as const }),
      certainty: 'assumed',
      restsOn: budget === undefined ? 'a node under pressure' : 'a node that is not drained before',
      ...(facts && budget !== undefined
        ? { related: [{ message: 'graceful node shutdown is on', at: facts.at }] }
        : {}),
      witness: [
        {
          at: 0,
          text: 'the kubelet decides to end the pod; no deletionTimestamp',
          moment: 'kubelet:ends-pod',
        },
        {
          at: hook,
          text: 'SIGTERM; the endpoint is still ready, the app accepts no more',
          moment: `app:signal:${main?.name ?? ''}:SIGTERM`,
        },
        {
          at: grace,
          text: 'an app that is not done is killed: only now the pod leaves its Services',
          moment: 'endpoints:endpoint-removed',
        },
      ],
    };
  },
});

/** Why this pod is among the first to be evicted. */
function pressure(pod: Pod): { readonly at: Citable; readonly words: string } | undefined {
  for (const [container, at] of each(field(pod).spec.containers)) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    if (limits['ephemeral-storage'] !== undefined) {
      const words = `more than ${limits['ephemeral-storage']} on disk gets the pod evicted`;
      return { at: at.resources.limits['ephemeral-storage'] ?? at.resources.limits, words };
    }
    const { memory } = requests;
    if (memory === undefined || memory === limits['memory']) continue;
    const words = `a pod that uses more than the ${memory} it requests is evicted first when the node runs out of memory`;
    return { at: at.resources.requests['memory'] ?? at.resources.requests, words };
  }
  return undefined;
}
