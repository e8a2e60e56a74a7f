/** A StatefulSet whose pods cannot become Ready: the corrected template does not reach them. */
import { field, fieldAt, type StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { nodesAreAssumed, readyWindow } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

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
  upstream: [
    { path: 'pkg/controller/statefulset/stateful_set_control.go' },
    { path: 'staging/src/k8s.io/api/apps/v1/types.go' },
  ],
  replay: {
    by: 'scheduling',
    lost: (story) =>
      isOrdered(story.workload) && story.placements().some((it) => it.nodeName === undefined),
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
    };
  },
});

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
