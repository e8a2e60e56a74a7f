/** A manifest that sets replicas although an autoscaler does. */
import { fieldAt } from '../../manifest/index.ts';
import { field } from '../../manifest/index.ts';
import { autoscalerOf } from '../facts/autoscalers.ts';
import { countOf } from '../facts/rollouts.ts';
import { readyWindow } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The autoscaler looks every 15 seconds. */
const SYNC_SECONDS = 15;

export default defineRaceRule({
  id: 'hpa-replicas-conflict',
  severity: 'warning',
  basis: 'source',
  summary: 'Every apply sets the replicas back that an autoscaler has set.',
  why: `
    An apply that contains spec.replicas writes it, whatever the autoscaler has made of it since. The
    controller deletes the surplus pods at once; the autoscaler sees the load only at its next look, and
    new pods take their time to boot.
  `,
  remedy:
    'Leave spec.replicas out of the manifest; take it out of the last-applied configuration first (kubectl apply edit-last-applied), so that removing it does not set it to 1.',
  upstream: [{ path: 'pkg/controller/podautoscaler/horizontal.go' }],
  replay: {
    by: 'nothing',
    because: 'the load that an autoscaler answers to is not in any manifest',
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
        #           ^ every apply sets 3 replicas again, while web goes up to 20: at full load an apply deletes 17 pods
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: web }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
          minReplicas: 2
          maxReplicas: 20
        #              ^^ related: the autoscaler sets them
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: web }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
          minReplicas: 2
          maxReplicas: 20
      `,
      // As many as the autoscaler allows: an apply takes no pod away.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 20
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: web }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
          minReplicas: 2
          maxReplicas: 20
      `,
    ],
  },

  *find(workload) {
    const autoscaler = autoscalerOf(workload);
    const written = workload.manifest.object as { readonly spec?: { readonly replicas?: unknown } };
    const replicas = written.spec?.replicas;
    const most = autoscaler?.spec?.maxReplicas ?? 0;
    // With 0 the autoscaler is off.
    if (!autoscaler || typeof replicas !== 'number' || replicas === 0 || replicas >= most) return;
    const at = fieldAt(workload.object, ['spec', 'replicas']);
    const ready = readyWindow(workload);
    const lost = most - replicas;
    yield {
      at,
      message: `every apply sets ${countOf(replicas, 'replica')} again, while ${autoscaler.metadata.name} goes up to ${most}: at full load an apply deletes ${countOf(lost, 'pod')}`,
      related: [{ message: 'the autoscaler sets them', at: field(autoscaler).spec.maxReplicas }],
      fixes: [
        { title: 'Leave the replicas to the autoscaler', changes: [{ at, value: undefined }] },
      ],
      witness: [
        { at: 0, text: `apply sets ${countOf(replicas, 'replica')}` },
        { at: 0.2, text: `${countOf(lost, 'pod')} of ${most} get SIGTERM` },
        { at: SYNC_SECONDS, text: 'the autoscaler raises the replicas again' },
        ...(ready && Number.isFinite(ready.latest)
          ? [{ at: SYNC_SECONDS + ready.latest, text: 'the new pods are Ready' }]
          : []),
      ],
    };
  },
});
