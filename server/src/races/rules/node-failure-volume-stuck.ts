/** The only replica of a disk's data, and how long it is away when its node is lost. */
import { formatSeconds } from '../../explanation/index.ts';
import { each, field, type Citable, type StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { lossOf } from '../facts/node-events.ts';
import { replicaRange } from '../facts/replicas.ts';
import { toleratedSeconds, UNNOTICED_SECONDS } from '../facts/tolerations.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The attach/detach controller's patience with a node that does not unmount. */
const DETACH_SECONDS = 360;
/** The replay's choice: the node is away for an hour, and an outage of ten minutes is one. */
const AWAY_SECONDS = 3600;
const OUTAGE_SECONDS = 600;

export default defineRaceRule({
  id: 'node-failure-volume-stuck',
  severity: 'information',
  basis: 'source',
  summary: 'When a node is lost its disk stays attached, and the only replica stays away.',
  why: `
    Nobody can tell whether a node that is silent still writes. The pod is deleted after its tolerations
    run out, but its object stays until the node is back or tainted out-of-service, and the volume stays
    attached as long as the object is there. A StatefulSet makes no other pod meanwhile. A Deployment
    does, and that one waits for the volume. Where somebody deletes the old pod by force, the volume is
    detached 6 minutes later.
  `,
  remedy:
    'Run replicas with volumes of their own, or automate the taint node.kubernetes.io/out-of-service.',
  upstream: [
    { path: 'pkg/controller/volume/attachdetach/reconciler/reconciler.go' },
    { path: 'pkg/controller/volume/attachdetach/populator/desired_state_of_world_populator.go' },
    { path: 'pkg/controller/podgc/gc_controller.go' },
  ],
  replay: {
    by: 'disruption',
    lost: (story) => {
      const lost = story.disrupted({ events: ([node]) => lossOf(node, 0), until: AWAY_SECONDS });
      return lost && lost.longestOutage > OUTAGE_SECONDS;
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
        #                       ^^^^ when its node is lost the only replica is deleted after about 5m 50s, and there is no other until the node is back or tainted out-of-service, or somebody deletes the pod by force
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
        #                                             ^^^^ when its node is lost the next pod comes after about 5m 50s and waits for the volume until the node is back or tainted out-of-service, or for 6m after somebody deletes the old pod by force
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
          ? `when its node is lost the only replica is deleted after about ${formatSeconds(deleted)}, and there is no other until the node is back or tainted out-of-service, or somebody deletes the pod by force`
          : `when its node is lost the next pod comes after about ${formatSeconds(deleted)} and waits for the volume until the node is back or tainted out-of-service, or for ${formatSeconds(DETACH_SECONDS)} after somebody deletes the old pod by force`,
      witness: [
        {
          at: 0,
          text: "the node's kubelet renews its lease for the last time",
          moment: 'kubelet:lease',
        },
        {
          at: UNNOTICED_SECONDS,
          text: 'the node is tainted, its pods are NotReady',
          moment: 'node:taint',
        },
        {
          at: deleted,
          text: 'the pod is deleted, and its object stays',
          moment: 'taint-eviction:delete',
        },
        ...(kind === 'StatefulSet'
          ? []
          : [
              {
                at: deleted,
                text: 'the next pod waits: the volume is attached to the lost node',
                moment: 'volume:multi-attach-error',
              },
            ]),
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
