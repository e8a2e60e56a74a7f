/** Several pods that want one disk, which one node has at a time. */
import { field } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { mountedClaims, type MountedClaim } from '../facts/claims.ts';
import { isPinnedToNode } from '../facts/pinning.ts';
import { replicaRange } from '../facts/replicas.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'rwo-shared-by-replicas',
  severity: 'error',
  basis: 'source',
  summary: 'Several pods mount one ReadWriteOnce claim, which one node has at a time.',
  why: `
    A ReadWriteOnce volume is attached to one node. A pod on another node stays in ContainerCreating with a
    Multi-Attach error as long as the first pod lives. Pods on the same node start, and write to the
    same files. With ReadWriteOncePod the second pod is not even scheduled.
  `,
  remedy:
    'Give every replica its own claim (volumeClaimTemplates of a StatefulSet), or use ReadWriteMany.',
  upstream: [{ path: 'pkg/controller/volume/attachdetach/reconciler/reconciler.go' }],
  replay: {
    by: 'scheduling',
    // Somebody waits for the disk, or for a node since the claim is in use.
    lost: (story) =>
      story.placements().some((it) => it.nodeName === undefined) ||
      story.attachments().some((it) => it.error !== undefined),
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
              containers:
                - name: app
                  image: registry.example/web:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: data }
        #                                             ^^^^ 2 replicas share data, which one node has at a time: those on another node wait with a Multi-Attach error, those on the same write to the same files
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
        # ^^^^^^^^^^^ related: its access modes
          resources: { requests: { storage: 1Gi } }
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: db }
        spec:
          nodeSelector: { kubernetes.io/hostname: a }
          containers: [{ name: db, image: "registry.example/db:1" }]
          volumes:
            - name: data
              persistentVolumeClaim: { claimName: data }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: backup }
        spec:
          nodeSelector: { kubernetes.io/hostname: b }
          containers: [{ name: backup, image: "registry.example/backup:1" }]
          volumes:
            - name: data
              persistentVolumeClaim: { claimName: data }
        #                                         ^^^^ Pod db uses data, too, and its pod goes to a, this one to b: the later one waits with a Multi-Attach error
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
        # ^^^^^^^^^^^ related: its access modes
          resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: a, labels: { kubernetes.io/hostname: a } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: b, labels: { kubernetes.io/hostname: b } }
        status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
      `,
    ],
    safe: [
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
              containers:
                - name: app
                  image: registry.example/web:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: data }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteMany]
          resources: { requests: { storage: 1Gi } }
      `,
      // One replica that is stopped before the next one starts.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          strategy: { type: Recreate }
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: data }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
    ],
  },

  *find(workload, prediction) {
    if (!['Deployment', 'ReplicaSet', 'StatefulSet'].includes(workload.kind)) return;
    const { least, most } = replicaRange(workload);
    if (most < 2 || isPinnedToNode(workload)) return;
    for (const claim of mountedClaims(workload)) {
      // The controller's own claims are one for each pod, and not in the files.
      if (claim.sharing === 'many' || (claim.sharing === 'one-node' && !claim.attached)) continue;
      const replicas = least < 2 ? `up to ${most}` : String(least);
      yield {
        at: claim.at,
        message: `${replicas} replicas share ${claim.name}, which ${effectOf(claim)}`,
        ...severityOf(workload, prediction, claim, least),
        related: [{ message: 'its access modes', at: field(claim.claim).spec.accessModes }],
        witness: witnessOf(claim),
        fixes: [
          {
            title: 'Ask for ReadWriteMany, where the storage class has it',
            changes: [{ at: field(claim.claim).spec.accessModes, value: ['ReadWriteMany'] }],
          },
        ],
        cause: `claim:${claim.name}`,
      };
    }
  },

  *findInWorld(prediction) {
    // On assumed nodes nobody knows what runs beside each other.
    if (prediction.world.declared.usesDefaultNodes) return;
    const users = new Map<string, { workload: WorkloadPrediction; node: string }>();
    for (const workload of prediction.workloads) {
      const { pod } = workload;
      const node = pod && (prediction.placementOf(pod)?.nodeName ?? pod.spec.nodeName);
      if (!node) continue;
      for (const claim of mountedClaims(workload)) {
        if (claim.sharing !== 'one-node' || !claim.attached) continue;
        const key = `${workload.namespace}/${claim.name}`;
        const first = users.get(key);
        if (!first) users.set(key, { workload, node });
        if (!first || first.workload.subject === workload.subject || first.node === node) continue;
        yield {
          at: claim.at,
          message: `${nameOf(first.workload)} uses ${claim.name}, too, and its pod goes to ${first.node}, this one to ${node}: the later one waits with a Multi-Attach error`,
          severity: 'warning',
          related: [{ message: 'its access modes', at: field(claim.claim).spec.accessModes }],
        };
      }
    }
  },
});

function witnessOf({ sharing, name }: MountedClaim): readonly WitnessStep[] {
  if (sharing === 'one-pod') {
    return [
      { at: 0, text: `the first pod is bound, with ${name}`, moment: 'scheduler:bound' },
      {
        at: 0,
        text: 'the second one is not scheduled: the claim is in use',
        moment: 'scheduler:unschedulable',
      },
    ];
  }
  return [
    { at: 0, text: `${name} is attached for the first pod`, moment: 'attach:attached' },
    {
      at: 0,
      text: 'FailedAttachVolume for the second one, on another node, as long as the first lives',
      moment: 'attach:FailedAttachVolume',
    },
  ];
}

function effectOf({ sharing }: MountedClaim): string {
  return sharing === 'one-pod'
    ? 'one pod may use at a time: the others stay Pending'
    : 'one node has at a time: those on another node wait with a Multi-Attach error, those on the same write to the same files';
}

/** Certain where one pod may use it, or where declared nodes take the pods apart. */
function severityOf(
  workload: WorkloadPrediction,
  prediction: Prediction,
  { sharing }: MountedClaim,
  least: number,
): Partial<RaceFinding> {
  if (least < 2) return { severity: 'warning' };
  if (sharing === 'one-pod') return {};
  if (prediction.world.declared.usesDefaultNodes) {
    return {
      severity: 'warning',
      certainty: 'assumed',
      restsOn: `that ${nameOf(workload)} may use more than one node, and that the volume is attached`,
    };
  }
  const nodes = new Set(
    workload.pods.map(({ pod }) => prediction.placementOf(pod)?.nodeName ?? pod.spec.nodeName),
  );
  return nodes.size > 1 ? {} : { severity: 'warning' };
}
