/** A manifest that sets replicas although an autoscaler does. */
import type { TimeWindow } from '../../explanation/index.ts';
import { field, fieldAt, type HorizontalPodAutoscaler } from '../../manifest/index.ts';
import { ScalingMemory, SYNC_SECONDS } from '../../workloads/index.ts';
import { autoscalerOf, isBlind } from '../facts/autoscalers.ts';
import { countOf, readyWindow } from '../facts/rollouts.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

/** The story's client applies a second after the autoscaler has looked. */
const LOOKED_SECONDS_AGO = 1;
const APPLIED_AT_SECONDS = 8 * SYNC_SECONDS + LOOKED_SECONDS_AGO;
/** Slow policies take long to bring back all pods; then the end is left out. */
const MAX_LOOKS = 20;

export default defineRaceRule({
  id: 'hpa-replicas-conflict',
  severity: 'warning',
  basis: 'source',
  summary: 'Every apply sets the replicas back that an autoscaler has set.',
  why: `
    An apply that contains spec.replicas writes it, whatever the autoscaler has made of it since. The
    controller deletes the surplus pods at once; the autoscaler remembers what it wished for, but looks
    every 15 seconds only and goes up in steps, and new pods take their time to boot.
  `,
  remedy:
    'Leave spec.replicas out of the manifest; take it out of the last-applied configuration first (kubectl apply edit-last-applied), so that removing it does not set it to 1.',
  upstream: [{ path: 'pkg/controller/podautoscaler/horizontal.go' }],
  replay: {
    by: 'autoscaler',
    // The load needs all the pods there may be, all the time.
    lost: (story) => {
      const most = autoscalerOf(story.workload)?.spec.maxReplicas;
      const played = story.autoscaling({
        needs: most,
        old: most,
        appliedAt: APPLIED_AT_SECONDS,
        readyAfter: readyWindow(story.workload)?.latest ?? 0,
        until: 600,
      });
      return played?.steps.some((it) => it.what === 'deleting');
    },
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
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 200m } }
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
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 200m } }
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: web }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
          minReplicas: 2
          maxReplicas: 20
      `,
      // No request for CPU: the autoscaler cannot tell how much is used, and scales nothing.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - { name: app, image: "registry.example/web:1" }
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
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 200m } }
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
    if (isBlind(autoscaler, workload)) return;
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
      witness: witnessOf(autoscaler, replicas, ready),
    };
  },
});

/** Under full load: what an apply takes, and how the autoscaler brings it back, look by look. */
function witnessOf(
  { spec }: HorizontalPodAutoscaler,
  written: number,
  ready: TimeWindow | undefined,
): readonly WitnessStep[] {
  const most = spec.maxReplicas;
  const steps: WitnessStep[] = [
    { at: 0, text: `apply sets ${countOf(written, 'replica')}`, moment: 'apply:rescaled' },
    {
      at: 0.01,
      text: `${countOf(most - written, 'pod')} of ${most} get SIGTERM`,
      moment: 'rollout:deleting',
    },
  ];
  const memory = new ScalingMemory(spec);
  let replicas = written;
  let at = -LOOKED_SECONDS_AGO;
  for (let look = 0; look < MAX_LOOKS && replicas < most; look++) {
    at += SYNC_SECONDS;
    const least = spec.minReplicas ?? 1;
    const next = replicas < least ? least : memory.decide(at, replicas, most);
    if (next <= replicas) break;
    if (replicas >= least) memory.scaled(at, replicas, next);
    if (replicas === written || next === most) {
      steps.push({
        at,
        text: `the autoscaler raises the replicas to ${next}`,
        moment: `autoscaler:rescaled::"to":${next}`,
      });
    }
    replicas = next;
  }
  if (replicas < most || !ready || !Number.isFinite(ready.latest)) return steps;
  const text = 'the last of the new pods is Ready';
  return [...steps, { at: at + ready.latest, text, moment: `rollout:ready::"ready":${most}` }];
}
