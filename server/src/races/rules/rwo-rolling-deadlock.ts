/** A rolling update whose new pod waits for a volume that the old pod keeps on another node. */
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { mountedClaims, type MountedClaim } from '../facts/claims.ts';
import {
  nodesAreAssumed,
  recreate,
  rollingDeployment,
  type RollingDeployment,
} from '../facts/rollouts.ts';
import { stuckWitness } from '../facts/rollout-witness.ts';
import { surgePlacement } from '../facts/surge.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** From the creation over the binding to the next look of the attach/detach controller. */
const ATTACHES_AFTER_SECONDS = 0.1;
const ZONE = 'topology.kubernetes.io/zone';

export default defineRaceRule({
  id: 'rwo-rolling-deadlock',
  severity: 'error',
  basis: 'source',
  summary: 'A rolling update waits for a ReadWriteOnce volume that the old pod keeps.',
  why: `
    A ReadWriteOnce volume is attached to one node at a time. A rolling update starts the new pod first;
    on another node it stays in ContainerCreating with a Multi-Attach error until the old pod is gone, and
    the old pod goes only when the new one is Ready. On the same node both write to the volume at once.
  `,
  remedy:
    'Use the strategy Recreate, a StatefulSet with volumeClaimTemplates, or a volume that many nodes can write.',
  upstream: [{ path: 'pkg/controller/volume/attachdetach/reconciler/reconciler.go' }],
  replay: {
    by: 'rollout',
    lost: (story) => story.rollout({ disks: 'assumed' })?.outcome === 'stuck',
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: blog }
        spec:
          selector: { matchLabels: { app: blog } }
          template:
            metadata: { labels: { app: blog } }
            spec:
              containers:
                - name: app
                  image: registry.example/blog:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: blog }
        #                                             ^^^^ a rollout never ends: the new pod lands on another node and waits for blog, which the old pod keeps, and with maxUnavailable 0 the old pod waits for the new one
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: blog }
        spec:
          storageClassName: disk
          accessModes: [ReadWriteOnce]
        # ^^^^^^^^^^^ related: one node at a time
          resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: disk }
        provisioner: pd.csi.storage.gke.io
        volumeBindingMode: WaitForFirstConsumer
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
      // Nobody declares the nodes.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: blog }
        spec:
          selector: { matchLabels: { app: blog } }
          template:
            metadata: { labels: { app: blog } }
            spec:
              containers:
                - name: app
                  image: registry.example/blog:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: blog }
        #                                             ^^^^ a rollout never ends if the new pod lands on another node: it waits for blog, which the old pod keeps, and with maxUnavailable 0 the old pod waits for the new one
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: blog }
        spec:
          accessModes: [ReadWriteOnce]
        # ^^^^^^^^^^^ related: one node at a time
          resources: { requests: { storage: 1Gi } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: blog }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: blog } }
          template:
            metadata: { labels: { app: blog } }
            spec:
              containers:
                - name: app
                  image: registry.example/blog:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: blog }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: blog }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
      // The old pod may go first: the new one waits, but not for ever.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: blog }
        spec:
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
          selector: { matchLabels: { app: blog } }
          template:
            metadata: { labels: { app: blog } }
            spec:
              containers:
                - name: app
                  image: registry.example/blog:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: blog }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: blog }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    // Several replicas share the claim at all times: that is another rule's finding.
    if (!rolling || rolling.replicas > 1 || rolling.maxSurge === 0) return;
    for (const claim of mountedClaims(workload)) {
      if (claim.sharing !== 'one-node' || !claim.attached) continue;
      const finding = findingOf(workload, rolling, claim);
      if (finding) yield finding;
    }
  },
});

function findingOf(
  workload: WorkloadPrediction,
  rolling: RollingDeployment,
  { name, claim, at, attachmentAssumed }: MountedClaim,
): RaceFinding | undefined {
  const placed = surgePlacement(workload, rolling);
  if (!placed) return undefined;
  const { oldNodes, result } = placed;
  const others = result.feasible.filter((it) => !oldNodes.includes(it));
  const surely = result.tied.length > 0 && result.tied.every((it) => others.includes(it));
  const sameZone = others.some((it) => sharesZone(it, oldNodes[0] ?? '', workload));
  const common = {
    at,
    related: [{ message: 'one node at a time', at: field(claim).spec.accessModes }],
    fixes: [{ title: 'Use the strategy Recreate', changes: [recreate(rolling.at)] }],
    cause: `claim:${name}`,
  };
  if (others.length === 0) {
    if (result.feasible.length === 0) return undefined;
    return {
      ...common,
      severity: 'information',
      message: `during a rollout the old and the new pod write to ${name} at the same time: both run on ${oldNodes[0] ?? 'one node'}`,
    };
  }
  if (rolling.maxUnavailable > 0) {
    return {
      ...common,
      severity: 'information',
      message: `a new pod on another node waits for ${name} until the old pod is gone`,
    };
  }
  const certainty = severityOf(surely, { attachmentAssumed, sameZone }, workload);
  const lands =
    certainty.severity === undefined
      ? 'never ends: the new pod lands on another node and'
      : 'never ends if the new pod lands on another node: it';
  return {
    ...common,
    ...certainty,
    message: `a rollout ${lands} waits for ${name}, which the old pod keeps, and with maxUnavailable 0 the old pod waits for the new one`,
    witness: stuckWitness(rolling, {
      reason: 'FailedAttachVolume',
      message: `Multi-Attach error for the volume of ${name}`,
      at: ATTACHES_AFTER_SECONDS,
    }),
  };
}

/** Certain where the scheduler would choose another node in any case, and the volume is a disk. */
function severityOf(
  surely: boolean,
  { attachmentAssumed, sameZone }: { attachmentAssumed: boolean; sameZone: boolean },
  { prediction }: WorkloadPrediction,
): Partial<RaceFinding> {
  const assumed = [
    ...(nodesAreAssumed(prediction) ? ['that there are several nodes'] : []),
    ...(sameZone
      ? []
      : ['that the volume does not keep the pod in its zone, where no other node is']),
    ...(attachmentAssumed ? ['that its storage class provides disks of one node'] : []),
  ];
  if (assumed.length > 0) {
    return { severity: 'warning', certainty: 'assumed', restsOn: assumed.join(', and ') };
  }
  return surely ? {} : { severity: 'warning' };
}

/** Most clouds' disks go to nodes of their zone only; of assumed nodes nobody knows the zones. */
function sharesZone(a: string, b: string, { prediction }: WorkloadPrediction): boolean {
  if (nodesAreAssumed(prediction)) return true;
  const [first, second] = [a, b].map(
    (it) => prediction.snapshot.get('Node', '', it)?.metadata.labels?.[ZONE],
  );
  return first === second;
}
