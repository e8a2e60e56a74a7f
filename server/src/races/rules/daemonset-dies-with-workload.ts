/** A log agent that a node shutdown ends together with the apps it serves. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer } from '../../lifecycle/index.ts';
import { each, field, type Citable, type Pod } from '../../manifest/index.ts';
import { kubeletFacts, shutdownBudget, shutdownGroups } from '../facts/kubelet-config.ts';
import { exited } from '../facts/replays.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const CRITICAL = 2_000_000_000;

/** The replay's choice: an ordinary pod on the node that goes on for as long as it may. */
const NEIGHBOUR = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'neighbour', namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 3600,
    containers: [{ name: 'neighbour', image: 'registry.example/app:1' }],
  },
} as Pod;

export default defineRaceRule({
  id: 'daemonset-dies-with-workload',
  severity: 'information',
  basis: 'source',
  summary: 'At a node shutdown the agent stops while the apps it collects from still run.',
  why: `
    A graceful node shutdown ends pods by priority: all ordinary pods together, critical ones after
    them. An agent of ordinary priority goes with the apps, and the last lines of those that drain
    are not collected.
  `,
  remedy: 'Give the agent priorityClassName: system-node-critical.',
  upstream: [{ path: 'pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const facts = kubeletFacts(story.prediction);
      const groups = facts ? shutdownGroups(facts) : [];
      const [agent] = story.model.mains;
      if (story.workload.kind !== 'DaemonSet' || !agent || groups.length === 0) return false;
      const life = story.live({
        nodeActions: [{ do: 'shutdown', when: 'ready', plus: 2, groups }],
        others: [{ name: 'neighbour', after: 0, pod: NEIGHBOUR }],
        apps: { neighbour: { onTerm: 'ignore' } },
        until: 900,
      });
      // The neighbour writes to its end.
      return exited(life, agent.name) < exited(life, 'neighbour/neighbour') - 1;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: logs }
        spec:
          selector: { matchLabels: { app: logs } }
          template:
            metadata: { labels: { app: logs } }
            spec:
              containers:
                - name: agent
                  image: registry.example/fluent-bit:3
                  volumeMounts: [{ name: log, mountPath: /var/log }]
              volumes:
                - name: log
                  hostPath:
                    path: /var/log
        #                 ^^^^^^^^ at a node shutdown logs is stopped at once, with the pods whose logs it reads, which may run for 40s more: those lines are lost
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        #                 ^^^^^^^^^^^^^^ related: graceful node shutdown is on
        data:
          kubelet: |
            shutdownGracePeriod: 60s
            shutdownGracePeriodCriticalPods: 20s
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: logs, namespace: kube-system }
        spec:
          selector: { matchLabels: { app: logs } }
          template:
            metadata: { labels: { app: logs } }
            spec:
              priorityClassName: system-node-critical
              containers:
                - name: agent
                  image: registry.example/fluent-bit:3
                  volumeMounts: [{ name: log, mountPath: /var/log }]
              volumes:
                - name: log
                  hostPath: { path: /var/log }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kubelet-config, namespace: kube-system }
        data:
          kubelet: |
            shutdownGracePeriod: 60s
            shutdownGracePeriodCriticalPods: 20s
      `,
      // Graceful node shutdown is off unless it is configured.
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: logs }
        spec:
          selector: { matchLabels: { app: logs } }
          template:
            metadata: { labels: { app: logs } }
            spec:
              containers:
                - name: agent
                  image: registry.example/fluent-bit:3
                  volumeMounts: [{ name: log, mountPath: /var/log }]
              volumes:
                - name: log
                  hostPath: { path: /var/log }
      `,
    ],
  },

  *find({ kind, name, pod, model }, prediction) {
    const [agent] = model?.mains ?? [];
    const facts = kubeletFacts(prediction);
    if (kind !== 'DaemonSet' || !pod || !facts) return;
    const priority = pod.spec.priority ?? 0;
    const budget = shutdownBudget(facts, priority);
    const at = logVolume(pod);
    // With groups of one's own a priority above that of ordinary pods is enough.
    const isLater = facts.byPriority.length > 0 ? priority > 0 : priority >= CRITICAL;
    if (budget === undefined || !at || isLater) return;
    yield {
      at,
      message: `at a node shutdown ${name} is stopped at once, with the pods whose logs it reads, which may run for ${formatSeconds(budget)} more: those lines are lost`,
      certainty: 'bounded',
      restsOn: 'a node that is shut down without a drain before',
      related: [{ message: 'graceful node shutdown is on', at: facts.at }],
      witness: [
        {
          at: 0,
          text: `the node shuts down: SIGTERM to ${name} and to all ordinary pods`,
          moment: 'node:shutdown',
        },
        {
          at: agent ? needed(agent) : 0,
          text: `${name} has stopped`,
          moment: `app:exit:${agent?.name}`,
        },
        {
          at: budget,
          text: 'a pod that uses its time ends: nobody has read its last lines',
          moment: 'app:exit:neighbour/neighbour',
        },
      ],
    };
  },
});

/** How long a container takes from the request to its end. */
function needed({ preStop, app }: PodContainer): number {
  const { value, declared } = app.drainSeconds;
  return preStop.seconds.earliest + (declared ? value.latest : value.earliest);
}

/** The host's logs, where the pod mounts them. */
function logVolume(pod: Pod): Citable | undefined {
  for (const [volume, at] of each(field(pod).spec.volumes)) {
    if (/^\/var\/(?:log|lib\/docker\/containers)(?:\/|$)/.test(volume.hostPath?.path ?? '')) {
      return at.hostPath.path;
    }
  }
  return undefined;
}
