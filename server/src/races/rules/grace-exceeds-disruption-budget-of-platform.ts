/** A grace period longer than the platform waits before it takes the node away. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { platformCaps } from '../facts/platform-caps.ts';
import { DELETED, lasting } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'grace-exceeds-disruption-budget-of-platform',
  severity: 'information',
  basis: 'documentation',
  summary: 'The platform takes the node away before the grace period is over.',
  why: `
    A drain asks for the pod's own grace period, but who asks may not wait so long: the cluster
    autoscaler waits 600 seconds by default, Karpenter the terminationGracePeriod of the node pool,
    and a spot instance goes after its notice, 30 seconds to 2 minutes.
  `,
  remedy:
    'Save the work in pieces, raise the limit of the platform, or keep such pods on nodes that stay.',
  upstream: [{ path: 'pkg/kubelet/pod_workers.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { pod } = story.workload;
      const [cap] = pod ? platformCaps(pod, story.prediction) : [];
      if (!cap) return false;
      const plan = { actions: DELETED, apps: lasting(story, Infinity), until: 36_000 };
      const undisturbed = story.live(plan).at('app:exit');
      const life = story.live({
        ...plan,
        nodeActions: [{ do: 'power-off', when: 'api:delete', plus: cap.seconds }],
      });
      // A second or so is lost in the rounding of who counts from when.
      return life.at('node:power-off') < undisturbed - 1;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: encoder }
        spec:
          selector: { matchLabels: { app: encoder } }
          template:
            metadata: { labels: { app: encoder } }
            spec:
              terminationGracePeriodSeconds: 900
        #                                    ^^^ the pod may take 15m to end, and an EC2 spot instance is taken back after 2m: what it does after that is lost
              nodeSelector:
                eks.amazonaws.com/capacityType: SPOT
        #                                       ^^^^ related: the limit of 2m
              containers:
                - name: app
                  image: registry.example/encoder:1
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          terminationGracePeriodSeconds: 3600
        #                                ^^^^ the pod may take 1h to end, and the cluster autoscaler, by default, removes a node after 10m: what it does after that is lost
          containers:
            - name: app
              image: registry.example/encoder:1
      `,
    ],
    safe: [
      // As long as the cluster autoscaler waits: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: encoder }
        spec:
          terminationGracePeriodSeconds: 600
          containers:
            - name: app
              image: registry.example/encoder:1
      `,
      // The cluster autoscaler leaves its node alone.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: encoder
          annotations: { cluster-autoscaler.kubernetes.io/safe-to-evict: "false" }
        spec:
          terminationGracePeriodSeconds: 3600
          containers:
            - name: app
              image: registry.example/encoder:1
      `,
    ],
  },

  *find(workload, prediction) {
    const { model, pod } = workload;
    if (!model || !pod || !isLongRunning(workload)) return;
    const grace = model.gracePeriodSeconds;
    const cap = platformCaps(pod, prediction).find((it) => it.seconds < grace);
    if (!cap) return;
    yield {
      at: field(model.pod).spec.terminationGracePeriodSeconds,
      message: `the pod may take ${formatSeconds(grace)} to end, and ${cap.who} ${formatSeconds(cap.seconds)}: what it does after that is lost`,
      // Only what the pod itself asks for is sure.
      ...(cap.declared ? { severity: 'warning' as const } : {}),
      certainty: 'assumed',
      restsOn: cap.declared
        ? 'that the pod uses its grace period'
        : 'that this limit concerns the pod, and that it uses its grace period',
      related: cap.at
        ? [{ message: `the limit of ${formatSeconds(cap.seconds)}`, at: cap.at }]
        : [],
      witness: [
        { at: 0, text: 'the pod is evicted', moment: 'api:delete' },
        {
          at: cap.seconds,
          text: `the node goes, with what still runs: the pod had ${formatSeconds(grace - cap.seconds)} left`,
          moment: 'node:power-off',
        },
      ],
    };
  },
});
