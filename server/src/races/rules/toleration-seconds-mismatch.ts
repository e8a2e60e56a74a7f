/** How long pods stay on a node that is lost: by their tolerations. */
import { formatSeconds } from '../../explanation/index.ts';
import { field, type Toleration } from '../../manifest/index.ts';
import { lossOf } from '../facts/node-events.ts';
import { isScalable } from '../facts/replicas.ts';
import { toleratedSeconds, tolerates, UNNOTICED_SECONDS } from '../facts/tolerations.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

/** The replay's choices: a short break of the network, and how long anybody waits for a replacement. */
const BREAK_SECONDS = 62;
const PATIENCE_SECONDS = 360;
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;
/** Nodes are NotReady for as long in the ordinary course of a kubelet's restart. */
const HASTY_SECONDS = 10;
/** What admission adds where nothing is written: not worth a word at every workload. */
const DEFAULT_SECONDS = 300;

export default defineRaceRule({
  id: 'toleration-seconds-mismatch',
  severity: 'information',
  basis: 'source',
  summary: 'Pods stay for too long on a node that is lost, or leave it at the first hiccup.',
  why: `
    A node that is silent for about 50 seconds is tainted. Its pods are deleted after tolerationSeconds:
    300 by default, never where a toleration gives no number. A few seconds make every restart of a
    kubelet an eviction.
  `,
  remedy: 'For stateless pods tolerate not-ready and unreachable for 30 to 60 seconds.',
  upstream: [
    { path: 'pkg/controller/tainteviction/taint_eviction.go' },
    { path: 'plugin/pkg/admission/defaulttolerationseconds/admission.go' },
  ],
  replay: {
    by: 'disruption',
    lost: (story) => {
      // The node is gone for good: how long until something runs in place of its pod?
      const gone = story.disrupted({ events: ([node]) => lossOf(node, 0), until: 1800 });
      // The network is back before anybody would want to move.
      const broken = story.disrupted({
        events: ([node]) => lossOf(node, 0, BREAK_SECONDS),
        until: 600,
      });
      if (!gone || !broken) return undefined;
      const isSlow = !(gone.at('pod:created') <= PATIENCE_SECONDS);
      return broken.has('taint-eviction:delete') || isSlow;
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
              tolerations: [{ operator: Exists }]
        #                               ^^^^^^ the pods are never taken off a node that is lost: no replacement starts until the node is back or deleted
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
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
              tolerations:
                - key: node.kubernetes.io/unreachable
                  operator: Exists
                  effect: NoExecute
                  tolerationSeconds: 5
        #                            ^ a node that is not heard of for 50s loses its pods 5s later: a short break of the network stops them all
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
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
              tolerations:
                - key: node.kubernetes.io/unreachable
                  operator: Exists
                  effect: NoExecute
                  tolerationSeconds: 600
        #                            ^^^ the replacement of a pod on a node that is lost comes after about 10m 50s: 50s until it is noticed, then the 600s that the pod tolerates it
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              tolerations:
                - key: node.kubernetes.io/unreachable
                  operator: Exists
                  effect: NoExecute
                  tolerationSeconds: 30
                - key: node.kubernetes.io/not-ready
                  operator: Exists
                  effect: NoExecute
                  tolerationSeconds: 30
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // DaemonSets tolerate by design.
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              tolerations: [{ operator: Exists }]
              containers: [{ name: app, image: "registry.example/agent:1" }]
      `,
    ],
  },

  *find(workload) {
    const { pod } = workload;
    if (!pod || !isScalable(workload)) return;
    const places = field(pod).spec.tolerations as unknown as Record<number, object>;
    for (const key of KEYS) {
      const seconds = toleratedSeconds(pod, key);
      const index = (pod.spec.tolerations ?? []).findIndex((it) => tolerates(it, key));
      const at = (places[index] ?? field(pod).spec.tolerations) as ReturnType<
        typeof field<Toleration>
      >;
      if (seconds === undefined) {
        yield {
          at: at.operator,
          message:
            'the pods are never taken off a node that is lost: no replacement starts until the node is back or deleted',
          witness: lossSteps(),
        };
        return;
      }
      if (seconds <= HASTY_SECONDS) {
        yield {
          at: at.tolerationSeconds,
          message: `a node that is not heard of for ${UNNOTICED_SECONDS}s loses its pods ${seconds}s later: a short break of the network stops them all`,
          witness: [
            ...lossSteps(seconds),
            {
              at: BREAK_SECONDS,
              text: 'the node is back: its pods are told to stop',
              moment: 'node:back',
            },
          ],
          fixes: [
            {
              title: 'Tolerate the lost node for 30s',
              changes: [{ at: at.tolerationSeconds, value: 30 }],
            },
          ],
        };
        return;
      }
      if (seconds > DEFAULT_SECONDS && workload.kind !== 'StatefulSet') {
        const late = formatSeconds(UNNOTICED_SECONDS + seconds);
        yield {
          at: at.tolerationSeconds,
          message: `the replacement of a pod on a node that is lost comes after about ${late}: ${UNNOTICED_SECONDS}s until it is noticed, then the ${seconds}s that the pod tolerates it`,
          witness: [
            ...lossSteps(seconds),
            {
              at: UNNOTICED_SECONDS + seconds,
              text: 'its controller makes another',
              moment: 'pod:created',
            },
          ],
          fixes: [
            {
              title: 'Tolerate the lost node for 60s',
              changes: [{ at: at.tolerationSeconds, value: 60 }],
            },
          ],
        };
        return;
      }
    }
  },
});

/** What comes of a node that is lost; without seconds nothing is deleted. */
function lossSteps(seconds?: number): readonly WitnessStep[] {
  const lost = {
    at: 0,
    text: "the node's kubelet renews its lease for the last time",
    moment: 'kubelet:lease',
  };
  const tainted = {
    at: UNNOTICED_SECONDS,
    text: 'the node is tainted unreachable, its pods are NotReady',
    moment: 'node:taint',
  };
  if (seconds === undefined) return [lost, tainted];
  const at = UNNOTICED_SECONDS + seconds;
  const deleted = { at, text: 'its pods are deleted', moment: 'taint-eviction:delete' };
  return [lost, tainted, deleted];
}
