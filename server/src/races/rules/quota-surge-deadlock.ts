/** A rolling update whose surge pod the quota of its namespace refuses. */
import { field } from '../../manifest/index.ts';
import { otherPods, refusalBeside, renamed } from '../../prediction/index.ts';
import { STUCK_ROLLOUT } from '../facts/replays.ts';
import { stuckWitness } from '../facts/rollout-witness.ts';
import { countOf, replaceInPlace, rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Beyond, a keystroke would wait for the answer. */
const MAX_PODS = 200;

export default defineRaceRule({
  id: 'quota-surge-deadlock',
  severity: 'error',
  basis: 'source',
  summary: 'A rollout waits for room in a ResourceQuota that its own old pods fill.',
  why: `
    A quota counts every pod that has not ended. When it is full with the old pods, the ReplicaSet's
    request for the surge pod is refused, and with maxUnavailable 0 no old pod goes to make room. A
    terminating pod still counts until it is gone or until its grace period has passed twice.
  `,
  remedy: 'Leave room for the surge in the quota, or set maxSurge 0 and maxUnavailable 1.',
  upstream: [
    { path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go' },
    { path: 'pkg/quota/v1/evaluator/core/pods.go' },
  ],
  replay: STUCK_ROLLOUT,
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec:
          replicas: 3
        #           ^ a rollout never begins: the quota compute has no room for a pod beside the 3 old ones (requested: requests.cpu=500m, used: requests.cpu=1500m, limited: requests.cpu=1900m), and with maxUnavailable 0 none of them goes first
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 500m } }
        ---
        apiVersion: v1
        kind: ResourceQuota
        metadata: { name: compute, namespace: shop }
        spec:
          hard: { requests.cpu: 1900m }
        # ^^^^ related: what is allowed
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
      `,
    ],
    safe: [
      // Just enough for the replicas and one more.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 500m } }
        ---
        apiVersion: v1
        kind: ResourceQuota
        metadata: { name: compute, namespace: shop }
        spec:
          hard: { requests.cpu: "2" }
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
      `,
      // A quota on other pods.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 500m } }
        ---
        apiVersion: v1
        kind: ResourceQuota
        metadata: { name: best-effort, namespace: shop }
        spec:
          hard: { pods: "3" }
          scopes: [BestEffort]
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
      `,
    ],
  },

  *find(workload, prediction) {
    const rolling = rollingDeployment(workload);
    const { pod, namespace } = workload;
    const quotas = prediction.snapshot.list('ResourceQuota', namespace);
    if (!rolling || !pod || quotas.length === 0 || rolling.maxUnavailable > 0) return;
    const others = otherPods(workload);
    if (others.length > MAX_PODS || rolling.replicas > MAX_PODS) return;
    const old = Array.from({ length: rolling.replicas }, (_, i) => renamed(pod, `old-${i}`));
    const surge = renamed(pod, 'surge');
    // Where not even the replicas fit, there is no rollout to speak of.
    if (refusalBeside(prediction, surge, [...others, ...old.slice(1)]) !== undefined) return;
    const message = refusalBeside(prediction, surge, [...others, ...old]);
    const text = message && /exceeded quota: (\S+), (requested: .*)$/.exec(message);
    if (!text) return;
    const quota = quotas.find((it) => it.metadata.name === text[1]);
    yield {
      at: rolling.at.spec.replicas,
      message: `a rollout never begins: the quota ${text[1]} has no room for a pod beside the ${countOf(rolling.replicas, 'old one')} (${text[2]}), and with maxUnavailable 0 none of them goes first`,
      related: quota ? [{ message: 'what is allowed', at: field(quota).spec.hard }] : [],
      fixes: [
        {
          title: 'Replace in place: maxSurge 0, maxUnavailable 1',
          changes: [replaceInPlace(rolling)],
        },
      ],
      witness: stuckWitness(rolling, {
        reason: 'FailedCreate',
        message: `exceeded quota: ${text[1]}, ${text[2]}`,
        at: 0,
      }),
    };
  },
});
