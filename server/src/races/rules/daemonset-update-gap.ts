/** A node agent that is gone from its node between delete and Ready. */
import { addWindows, formatWindow } from '../../explanation/index.ts';
import { field, scaledValue, type DaemonSet } from '../../manifest/index.ts';
import { hostPorts } from '../facts/host-ports.ts';
import { goneWindow, readyWindow } from '../facts/rollouts.ts';
import { slowestPods } from '../facts/replays.ts';
import { gapWitness } from '../facts/rollout-witness.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'daemonset-update-gap',
  severity: 'information',
  basis: 'source',
  summary: 'During an update a node is without its agent until the new pod is Ready.',
  why: `
    Without surge a DaemonSet deletes the old pod of a node, waits until it is gone, and only then creates
    the new one. Clients of that node which need the agent fail in between.
  `,
  remedy:
    'Set maxSurge 1 and maxUnavailable 0 where the pods hold no host port, and let clients buffer or retry.',
  upstream: [{ path: 'pkg/controller/daemon/update.go' }],
  replay: {
    by: 'rollout',
    // Some node has no pod at all for a while; what no client calls is not missed.
    lost: (story) => {
      const rollout =
        hostPorts(story.model.pod).length > 0 ? story.rollout(slowestPods(story)) : undefined;
      return rollout?.steps.some((it) => it.total < rollout.before.total);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          updateStrategy:
        # ^^^^^^^^^^^^^^ an update leaves each node without port 4317 for 1.18s to 1m 40.6s: the old pod is gone before the new one is made
            rollingUpdate: { maxUnavailable: 1 }
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers:
                - name: agent
                  image: registry.example/agent:1
                  ports:
                    - containerPort: 4317
                      hostPort: 4317
        #                       ^^^^ related: clients of the node use it here
      `,
    ],
    safe: [
      // Nobody calls it.
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: cleaner }
        spec:
          selector: { matchLabels: { app: cleaner } }
          template:
            metadata: { labels: { app: cleaner } }
            spec:
              containers: [{ name: cleaner, image: "registry.example/cleaner:1" }]
      `,
      // It is replaced by hand.
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          updateStrategy: { type: OnDelete }
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers:
                - name: agent
                  image: registry.example/agent:1
                  ports: [{ containerPort: 4317, hostPort: 4317 }]
      `,
    ],
  },

  *find(workload) {
    const { kind, object, pod, model } = workload;
    // What a distribution runs in kube-system is updated with it.
    if (kind !== 'DaemonSet' || !pod || !model || workload.namespace === 'kube-system') return;
    const set = object as unknown as DaemonSet;
    const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
    if (type === 'OnDelete' || scaledValue(rollingUpdate?.maxSurge ?? 0, 100, true) !== 0) return;
    const [port] = hostPorts(pod);
    const gone = goneWindow(workload);
    const ready = readyWindow(workload);
    // Through a Service with internalTrafficPolicy Local it is another rule's finding.
    if (!port || !gone || !ready) return;
    yield {
      at: field(set).spec.updateStrategy,
      message: `an update leaves each node without port ${port.number} for ${formatWindow(addWindows(gone, ready))}: the old pod is gone before the new one is made`,
      certainty: 'bounded',
      restsOn: `the ${model.profile.name} profile`,
      witness: gapWitness({ gone, ready }, 'the old pod of the first node'),
      related: [{ message: 'clients of the node use it here', at: port.at }],
    };
  },
});
