/**
 * A sleep hook on a node that does not know the action yet. An API server that does not know it
 * refuses the hook (before 1.29 as an unknown field, in 1.29 as a hook without a handler).
 */
import type { PodContainer } from '../../lifecycle/index.ts';
import { field, type Citable, type LifecycleHandler } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED, signalled, withHandler } from '../facts/replays.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** Enabled by default from here on (KEP-3960). */
const SLEEP_SINCE = 30;

export default defineRaceRule({
  id: 'sleep-action-unsupported',
  severity: 'error',
  basis: 'source',
  summary: 'A node does not know the sleep action of a hook, so there is no hook.',
  why: `
    The sleep action is alpha in 1.29 and on by default from 1.30. The kubelet carries it out, so it
    is the version of the node that counts: an older kubelet does nothing for the hook, and SIGTERM
    follows at once.
  `,
  remedy: 'Sleep with an exec hook, which needs a sleep in the image, or upgrade the nodes first.',
  upstream: [
    { path: 'pkg/features/kube_features.go' },
    { path: 'pkg/kubelet/lifecycle/handlers.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const nodes = story.prediction.snapshot.list('Node');
      const sleeping = story.model.mains.filter((it) => it.preStop.kind === 'sleep');
      // A kubelet that does not know the field sees a hook with nothing in it.
      const isOld = nodes.some((it) => kubeletMinor(it) < SLEEP_SINCE);
      const change = withHandler(isOld ? sleeping : [], 'preStop', {});
      const life = story.live({ actions: DELETED, change });
      const asked = life.at('api:delete');
      return sleeping.some(
        (it) => signalled(life, it.name) < asked + it.preStop.seconds.earliest - 0.5,
      );
    },
  },
  examples: {
    racing: [
      yaml`
        #- podsage.yaml
        kubernetesVersion: "1.31"
        cluster: [nodes.yaml]
        #- nodes.yaml
        apiVersion: v1
        kind: Node
        metadata: { name: old }
        status:
          allocatable: { cpu: "4", memory: 8Gi, pods: "110" }
          nodeInfo: { kubeletVersion: v1.29.4 }
        #                             ^^^^^^^ related: this kubelet is too old
        #- web.yaml
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                preStop:
                  sleep:
                    seconds: 10
        #                    ^^ the kubelet v1.29.4 of node old does not know the sleep action: there app has no preStop hook and gets SIGTERM at once
      `,
    ],
    safe: [
      // The first version that has it.
      yaml`
        #- podsage.yaml
        kubernetesVersion: "1.31"
        cluster: [nodes.yaml]
        #- nodes.yaml
        apiVersion: v1
        kind: Node
        metadata: { name: node }
        status:
          allocatable: { cpu: "4", memory: 8Gi, pods: "110" }
          nodeInfo: { kubeletVersion: v1.30.0 }
        #- web.yaml
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 10 } } }
      `,
      yaml`
        #- podsage.yaml
        kubernetesVersion: "1.31"
        cluster: [nodes.yaml]
        #- nodes.yaml
        apiVersion: v1
        kind: Node
        metadata: { name: node }
        status:
          allocatable: { cpu: "4", memory: 8Gi, pods: "110" }
          nodeInfo: { kubeletVersion: v1.29.4 }
        #- web.yaml
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { exec: { command: [sleep, "10"] } } }
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    for (const container of [...model.startOrder, ...model.mains]) {
      const { lifecycle } = container.container;
      const at = container.at.lifecycle;
      for (const [hook, handler, place] of [
        ['preStop', lifecycle?.preStop, at.preStop.sleep.seconds],
        ['postStart', lifecycle?.postStart, at.postStart.sleep.seconds],
      ] as const) {
        const finding = handler?.sleep && judge(workload, container, hook, handler, place);
        if (finding) yield finding;
      }
    }
  },
});

function judge(
  workload: WorkloadPrediction,
  container: PodContainer,
  hook: 'preStop' | 'postStart',
  handler: LifecycleHandler,
  at: Citable,
): RaceFinding | undefined {
  const seconds = handler.sleep?.seconds ?? 0;
  const effect = `${container.name} has no ${hook} hook${hook === 'preStop' ? ' and gets SIGTERM at once' : ''}`;
  const exec = { exec: { command: ['sleep', String(seconds)] } };
  const fixes =
    seconds > 0
      ? [
          {
            title: `Sleep ${seconds}s with a command (the image must have sleep)`,
            changes: [{ at: container.at.lifecycle[hook], value: exec }],
          },
        ]
      : [
          {
            title: `Remove the ${hook} hook of ${container.name}`,
            changes: [{ at: container.at.lifecycle[hook], value: undefined }],
          },
        ];
  const nodes = workload.prediction.snapshot.list('Node');
  const old = nodes.find((it) => kubeletMinor(it) < SLEEP_SINCE);
  if (!old) return undefined;
  const version = old.status?.nodeInfo?.kubeletVersion ?? '';
  return {
    at,
    message: `the kubelet ${version} of node ${old.metadata.name} does not know the sleep action: there ${effect}`,
    ...(nodes.every((it) => kubeletMinor(it) < SLEEP_SINCE)
      ? {}
      : { severity: 'warning', certainty: 'bounded', restsOn: 'where the pod is placed' }),
    related: [
      { message: 'this kubelet is too old', at: field(old).status.nodeInfo.kubeletVersion },
    ],
    ...(hook === 'preStop'
      ? {
          witness: [
            { at: 0, text: 'the pod is deleted', moment: 'api:delete' },
            {
              at: 0,
              text: `SIGTERM to ${container.name} instead of ${seconds}s later`,
              moment: `app:signal:${container.name}:SIGTERM`,
            },
          ],
        }
      : {}),
    fixes,
  };
}

function kubeletMinor(node: { status?: { nodeInfo?: { kubeletVersion?: string } } }): number {
  const found = /^v?1\.(\d+)/.exec(node.status?.nodeInfo?.kubeletVersion ?? '');
  return found ? Number(found[1]) : Infinity;
}
