/** A DaemonSet that surges although its pods hold a host port on their node. */
import { field, scaledValue, type DaemonSet } from '../../manifest/index.ts';
import { hostPorts } from '../facts/host-ports.ts';
import { STUCK_ROLLOUT } from '../facts/replays.ts';
import { complaintStep } from '../facts/rollout-witness.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'daemonset-surge-hostport',
  severity: 'error',
  basis: 'source',
  summary: 'A DaemonSet starts its new pod beside the old one, and both need the same host port.',
  why: `
    With maxSurge the new pod of a node comes first, and the old one goes when it is available. The
    scheduler does not bind the new pod while the old one holds a host port, so it stays Pending and
    nothing is replaced. With hostNetwork every declared port is a host port.
  `,
  remedy: 'Use maxUnavailable instead of maxSurge, or drop the host port.',
  upstream: [{ path: 'pkg/controller/daemon/update.go' }],
  replay: STUCK_ROLLOUT,
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          updateStrategy:
            rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
        #                              ^ an update never proceeds: the new pod of a node stays Pending while the old one holds host port 9100, and the old one goes only when the new one is available
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers:
                - name: agent
                  image: registry.example/agent:1
                  ports:
                    - containerPort: 9100
                      hostPort: 9100
        #                       ^^^^ related: both need this port
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          updateStrategy:
            rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers:
                - name: agent
                  image: registry.example/agent:1
                  ports:
                    - containerPort: 9100
                      hostPort: 9100
      `,
      yaml`
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          updateStrategy:
            rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              containers:
                - name: agent
                  image: registry.example/agent:1
                  ports:
                    - containerPort: 9100
      `,
    ],
  },

  *find({ kind, object, pod }) {
    if (kind !== 'DaemonSet' || !pod) return;
    const set = object as unknown as DaemonSet;
    const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
    const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, 100, true) ?? 0;
    const [port] = hostPorts(pod);
    if (type === 'OnDelete' || surge === 0 || !port) return;
    const at = field(set).spec.updateStrategy.rollingUpdate;
    yield {
      at: at.maxSurge,
      message: `an update never proceeds: the new pod of a node stays Pending while the old one holds host port ${port.number}, and the old one goes only when the new one is available`,
      related: [{ message: 'both need this port', at: port.at }],
      fixes: [
        {
          title: 'Replace in place: maxSurge 0, maxUnavailable 1',
          changes: [{ at, value: { maxSurge: 0, maxUnavailable: 1 } }],
        },
      ],
      witness: [
        {
          at: 0,
          text: 'the new pod of the first node is created',
          moment: 'rollout:created::"of":"new"',
        },
        complaintStep({
          reason: 'FailedScheduling',
          at: 0,
          message: "node(s) didn't have free ports for the requested pod ports",
        }),
      ],
    };
  },
});
