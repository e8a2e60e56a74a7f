/** The only replica of a disk's data, and how long it is away when its node is lost. */
import { formatSeconds } from '../../explanation/index.ts';
import { each, field, type Citable, type StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { replicaRange } from '../facts/replicas.ts';
import { toleratedSeconds, UNNOTICED_SECONDS } from '../facts/tolerations.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The attach/detach controller's patience with a node that does not unmount. */
const DETACH_SECONDS = 360;

export default defineRaceRule({
  id: 'node-failure-volume-stuck',
  severity: 'information',
  basis: 'source',
  summary: 'When a node is lost its disk stays attached, and the only replica stays away.',
  why: `
    Nobody can tell whether a node that is silent still writes. The pod is deleted after its tolerations
    run out, but its object and its volume stay. A StatefulSet waits for the node to come back, to be
    deleted or to be tainted out-of-service. A Deployment starts another pod, which waits 6 minutes more
    until the volume is detached by force.
  `,
  remedy:
    'Run replicas with volumes of their own, or automate the taint node.kubernetes.io/out-of-service.',
  upstream: [
    { path: 'pkg/controller/volume/attachdetach/reconciler/reconciler.go' },
    { path: 'pkg/controller/podgc/gc_controller.go' },
  ],
  examples: {
    racing: [
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
                  volumeMounts: [{ name: data, mountPath: /data }]
          volumeClaimTemplates:
            - metadata: { name: data }
        #                       ^^^^ when its node is lost the only replica is deleted after about 5m 50s, and there is no other until the node is back, removed or tainted out-of-service
              spec:
                accessModes: [ReadWriteOnce]
                resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 5432 }]
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: db }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: data }
        #                                             ^^^^ when its node is lost the next pod comes after about 5m 50s and waits 6m more for the volume: 11m 50s without a replica
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          selector: { app: db }
          ports: [{ port: 5432 }]
      `,
    ],
    safe: [
      // Every replica has its own volume, so one may be away.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          replicas: 2
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
                  volumeMounts: [{ name: data, mountPath: /data }]
          volumeClaimTemplates:
            - metadata: { name: data }
              spec:
                accessModes: [ReadWriteOnce]
                resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: db }
        spec:
          clusterIP: None
          selector: { app: db }
          ports: [{ port: 5432 }]
      `,
    ],
  },

  *find(workload) {
    const { pod, kind, services } = workload;
    if (!pod || services.length === 0 || replicaRange(workload).most !== 1) return;
    if (kind !== 'Deployment' && kind !== 'StatefulSet') return;
    const disk = diskOf(workload);
    const tolerated = toleratedSeconds(pod, 'node.kubernetes.io/unreachable');
    if (!disk || tolerated === undefined) return;
    const deleted = UNNOTICED_SECONDS + tolerated;
    yield {
      at: disk,
      message:
        kind === 'StatefulSet'
          ? `when its node is lost the only replica is deleted after about ${formatSeconds(deleted)}, and there is no other until the node is back, removed or tainted out-of-service`
          : `when its node is lost the next pod comes after about ${formatSeconds(deleted)} and waits ${formatSeconds(DETACH_SECONDS)} more for the volume: ${formatSeconds(deleted + DETACH_SECONDS)} without a replica`,
      witness: [
        { at: 0, text: 'the node is lost' },
        { at: UNNOTICED_SECONDS, text: 'it is tainted, its pods are NotReady' },
        { at: deleted, text: 'the pod is deleted' },
        ...(kind === 'StatefulSet'
          ? []
          : [{ at: deleted + DETACH_SECONDS, text: 'the volume is detached by force' }]),
      ],
      certainty: 'assumed',
      restsOn: `the node controller's default of ${UNNOTICED_SECONDS}s, and that the volume is attached`,
    };
  },
});

function diskOf(workload: WorkloadPrediction): Citable | undefined {
  const mounted = mountedClaims(workload).find((it) => it.sharing !== 'many' && it.attached);
  if (mounted || workload.kind !== 'StatefulSet') return mounted?.at;
  const { spec } = field(workload.object as unknown as StatefulSet);
  for (const [claim, at] of each(spec.volumeClaimTemplates)) {
    const modes = claim.spec?.accessModes ?? [];
    const local = /local|host-?path|nfs|efs/i.test(claim.spec?.storageClassName ?? '');
    if (!local && modes.length > 0 && modes.every((it) => it.startsWith('ReadWriteOnce'))) {
      return at.metadata.name;
    }
  }
  return undefined;
}
