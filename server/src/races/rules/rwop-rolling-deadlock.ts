/** A rolling update of a pod with a ReadWriteOncePod claim: the second pod is not even scheduled. */
import { field } from '../../manifest/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { STUCK_ROLLOUT } from '../facts/replays.ts';
import { stuckWitness } from '../facts/rollout-witness.ts';
import { recreate, rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'rwop-rolling-deadlock',
  severity: 'error',
  basis: 'source',
  summary: 'A rolling update waits for a ReadWriteOncePod claim that the old pod uses.',
  why: `
    The scheduler leaves a pod Pending while another pod uses its ReadWriteOncePod claim, whatever the
    node. A rolling update that may not take the old pod away first waits for the new pod to be Ready, and
    so for ever.
  `,
  remedy:
    'Use the strategy Recreate, allow one pod to be unavailable without surge, or use a StatefulSet.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go' }],
  replay: STUCK_ROLLOUT,
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: ledger }
        spec:
          selector: { matchLabels: { app: ledger } }
          template:
            metadata: { labels: { app: ledger } }
            spec:
              containers:
                - name: app
                  image: registry.example/ledger:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: ledger }
        #                                             ^^^^^^ a rollout never ends: the new pod stays Pending while the old one uses ledger, and with maxUnavailable 0 the old pod waits for the new one
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: ledger }
        spec:
          accessModes: [ReadWriteOncePod]
        # ^^^^^^^^^^^ related: one pod at a time
          resources: { requests: { storage: 1Gi } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: ledger }
        spec:
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
          selector: { matchLabels: { app: ledger } }
          template:
            metadata: { labels: { app: ledger } }
            spec:
              containers:
                - name: app
                  image: registry.example/ledger:1
                  volumeMounts: [{ name: data, mountPath: /data }]
              volumes:
                - name: data
                  persistentVolumeClaim: { claimName: ledger }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: ledger }
        spec:
          accessModes: [ReadWriteOncePod]
          resources: { requests: { storage: 1Gi } }
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    // With several replicas the claim is contended without any rollout.
    if (!rolling || rolling.replicas > 1 || rolling.maxUnavailable > 0) return;
    for (const { name, claim, sharing, at } of mountedClaims(workload)) {
      if (sharing !== 'one-pod') continue;
      yield {
        at,
        message: `a rollout never ends: the new pod stays Pending while the old one uses ${name}, and with maxUnavailable 0 the old pod waits for the new one`,
        related: [{ message: 'one pod at a time', at: field(claim).spec.accessModes }],
        fixes: [{ title: 'Use the strategy Recreate', changes: [recreate(rolling.at)] }],
        witness: stuckWitness(rolling, {
          reason: 'FailedScheduling',
          message:
            'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
        }),
        cause: `claim:${name}`,
      };
    }
  },
});
