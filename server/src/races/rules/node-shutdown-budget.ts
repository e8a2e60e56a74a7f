/** A grace period longer than a graceful node shutdown leaves the pod. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { kubeletFacts, shutdownBudget, shutdownGroups } from '../facts/kubelet-config.ts';
import { isCutShort, lasting } from '../facts/replays.ts';
import { knownDrain } from '../facts/shutdown.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'node-shutdown-budget',
  severity: 'warning',
  basis: 'source',
  summary: 'A node that shuts down gives the pod less time than its grace period.',
  why: `
    At a graceful node shutdown the kubelet ends the pods of the node within its own budget:
    shutdownGracePeriod less shutdownGracePeriodCriticalPods for ordinary pods. The smaller of that
    and the pod's own grace period counts. Without a budget, the default, nothing is ended in order.
  `,
  remedy:
    "Raise the kubelet's shutdownGracePeriod, drain nodes before they go, or make the pod need less.",
  noFix:
    'how long a node may take to go is up to whoever runs the nodes, and the app needs what it needs',
  upstream: [{ path: 'pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const facts = kubeletFacts(story.prediction);
      const groups = facts ? shutdownGroups(facts) : [];
      if (groups.length === 0) return false;
      const life = story.live({
        nodeActions: [{ do: 'shutdown', when: 'ready', plus: 2, groups }],
        apps: lasting(story),
        until: 7200,
      });
      return isCutShort(story, life, life.at('node:shutdown'));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              terminationGracePeriodSeconds: 60
        #                                    ^^ a node that shuts down leaves this pod 20s of its 1m, and it is known to need 30s: what is not done by then is lost
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 30 } } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        #                 ^^^^^^^^^^^^^^ related: the budget is in this configuration of the kubelets
        data:
          kubelet: |
            shutdownGracePeriod: 30s
            shutdownGracePeriodCriticalPods: 10s
      `,
    ],
    safe: [
      // 70 less 10 are the 60 of the pod: the boundary.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              terminationGracePeriodSeconds: 60
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 30 } } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        data:
          kubelet: |
            shutdownGracePeriod: 70s
            shutdownGracePeriodCriticalPods: 10s
      `,
      // Nobody shows how the nodes shut down.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 60
          containers:
            - name: app
              image: registry.example/web:1
      `,
    ],
  },

  *find(workload, prediction) {
    const { model, pod } = workload;
    const facts = kubeletFacts(prediction);
    if (!model || !pod || !facts || !isLongRunning(workload)) return;
    const budget = shutdownBudget(facts, pod.spec.priority ?? 0);
    const grace = model.gracePeriodSeconds;
    if (budget === undefined || grace <= budget) return;
    const needs = Math.max(
      ...model.mains.map((it) => it.preStop.seconds.earliest + (knownDrain(it) ?? 0)),
    );
    // Only what is known to take longer is sure to be cut.
    const isCut = needs > budget;
    yield {
      at: field(model.pod).spec.terminationGracePeriodSeconds,
      message: `a node that shuts down leaves this pod ${formatSeconds(budget)} of its ${formatSeconds(grace)}${isCut ? `, and it is known to need ${formatSeconds(needs)}` : ''}: what is not done by then is lost`,
      ...(isCut ? {} : { severity: 'information' as const }),
      certainty: 'bounded',
      restsOn: 'nodes that are shut down without a drain before',
      related: [{ message: 'the budget is in this configuration of the kubelets', at: facts.at }],
      witness: [
        { at: 0, text: 'the node begins to shut down', moment: 'node:shutdown' },
        {
          at: budget,
          text: `its time is over, and the pod wanted ${formatSeconds(grace)}: the kubelet lets the node go`,
          moment: 'node:released',
        },
      ],
    };
  },
});
