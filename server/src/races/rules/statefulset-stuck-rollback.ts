/** A StatefulSet whose pods cannot become Ready: the corrected template does not reach them. */
import { field, fieldAt, type StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { slowestPods } from '../facts/replays.ts';
import { goneWindow, nodesAreAssumed, readyWindow } from '../facts/rollouts.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

/** When somebody takes the broken template back. */
const REVERTED_AT_SECONDS = 600;

export default defineRaceRule({
  id: 'statefulset-stuck-rollback',
  severity: 'warning',
  basis: 'source',
  summary: 'A broken revision of a StatefulSet stays where it is after the template is corrected.',
  why: `
    With OrderedReady the controller replaces the next pod only when all pods are Ready, and it waits for a
    broken pod rather than replace it, even when the template has been corrected since. Somebody has to
    delete the pod.
  `,
  remedy:
    'Correct what keeps the pods from being Ready before the template is applied; afterwards delete the broken pod by hand.',
  noFix:
    'what keeps the pods from being Ready cannot be given up without knowing why it is asked for',
  upstream: [
    { path: 'pkg/controller/statefulset/stateful_set_control.go' },
    { path: 'staging/src/k8s.io/api/apps/v1/types.go' },
  ],
  replay: {
    by: 'rollout',
    // The template is applied over one that runs, and taken back.
    lost: (story) => {
      const { earliest } = story.network('startup')?.ofKind('ready')[0]?.window ?? { earliest: 0 };
      const { pods } = slowestPods(story);
      const rollout = story.rollout({
        change: { kind: 'revert', at: REVERTED_AT_SECONDS },
        pods: { ...pods, newNeverReady: earliest === Infinity },
      });
      return rollout?.outcome === 'stuck';
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          replicas: 3
        #           ^ related: one pod after the other
          selector: { matchLabels: { app: db } }
          template:
        # ^^^^^^^^ an update to this template stops at db-2, which never becomes Ready (0/1 nodes are available: 1 Insufficient memory), and a corrected one does not replace it: it has to be deleted by hand
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { memory: 64Gi } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
    ],
    safe: [
      // As much as the node has.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { memory: 8Gi } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
      // Whoever deletes the pods one by one gets the new template.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          updateStrategy: { type: OnDelete }
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  resources: { requests: { memory: 64Gi } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
    ],
  },

  *find(workload) {
    if (!isOrdered(workload)) return;
    const { spec } = workload.object as unknown as StatefulSet;
    const why = whyNeverReady(workload);
    if (why === undefined) return;
    const last = (spec?.ordinals?.start ?? 0) + workload.replicas - 1;
    const pod = `${workload.name}-${last}`;
    yield {
      at: fieldAt(workload.object, ['spec', 'template']),
      message: `an update to this template stops at ${pod}, which never becomes Ready (${why}), and a corrected one does not replace it: it has to be deleted by hand`,
      related: [
        {
          message: 'one pod after the other',
          at: field(workload.object as unknown as StatefulSet).spec.replicas,
        },
      ],
      witness: witnessOf(workload, pod),
    };
  },
});

/** Its pod goes, its successor does not come up, and the old template changes nothing about that. */
function witnessOf(workload: WorkloadPrediction, pod: string): readonly WitnessStep[] {
  const gone = goneWindow(workload);
  if (!gone || gone.latest >= REVERTED_AT_SECONDS) return [];
  return [
    { at: 0, text: `${pod} is deleted for the new template`, moment: `rollout:deleting:${pod}` },
    {
      at: gone.latest,
      text: 'its successor is created, and never becomes Ready',
      moment: `rollout:created:${pod}`,
    },
    {
      at: REVERTED_AT_SECONDS,
      text: `the template is taken back, and ${pod} stays as it is`,
      moment: 'rollout:TemplateReverted',
    },
  ];
}

/** It replaces its pods by itself, each when the one before is Ready. */
function isOrdered({ kind, replicas, object }: WorkloadPrediction): boolean {
  const { podManagementPolicy, updateStrategy } = (object as unknown as StatefulSet).spec ?? {};
  return (
    kind === 'StatefulSet' &&
    replicas > 0 &&
    podManagementPolicy !== 'Parallel' &&
    updateStrategy?.type !== 'OnDelete'
  );
}

/** Only what the declared nodes or the pod's own fields decide. */
function whyNeverReady(workload: WorkloadPrediction): string | undefined {
  const ready = readyWindow(workload);
  if (ready?.earliest === Infinity) return 'nothing in it can make it so';
  const { scheduling, prediction } = workload;
  if (!scheduling || nodesAreAssumed(prediction)) return undefined;
  if (scheduling.nodeName !== undefined || scheduling.nominatedNodeName !== undefined) {
    return undefined;
  }
  const { message } = scheduling;
  return message?.replace(/[.,] (?:no new claims|preemption: ).*$/, '').replace(/\.$/, '');
}
