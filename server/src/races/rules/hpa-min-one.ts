/** An autoscaler that may leave one pod, or as few as a disruption budget keeps. */
import {
  field,
  scaledValue,
  type HorizontalPodAutoscaler,
  type PodDisruptionBudget,
} from '../../manifest/index.ts';
import { autoscalerOf } from '../facts/autoscalers.ts';
import { countOf } from '../facts/rollouts.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'hpa-min-one',
  severity: 'information',
  basis: 'source',
  summary: 'At low load the autoscaler leaves so few pods that a drain is an outage, or blocked.',
  why: `
    An autoscaler goes down to minReplicas, 1 where none is written, whatever a drain or rollout is about
    to do. With one pod and no budget its eviction is an outage until a replacement is Ready; with a budget
    that wants as many pods as the autoscaler leaves, the eviction is refused until the load rises.
  `,
  remedy: 'Set minReplicas to 2 or more, and let the budget spare one: maxUnavailable 1.',
  upstream: [
    { path: 'pkg/controller/podautoscaler/horizontal.go' },
    { path: 'pkg/controller/disruption/disruption.go' },
  ],
  replay: {
    by: 'drain',
    // With next to no load, and then a drain of each node.
    lost: (story) => {
      const { maxReplicas = 0 } = autoscalerOf(story.workload)?.spec ?? {};
      const plan = { old: maxReplicas, readyAfter: 1, until: 600 };
      const left = story.autoscaling(plan)?.replicas ?? 0;
      if (left === 0 || story.workload.runningPods.length !== left) return undefined;
      const own = new Set(story.workload.runningPods.map((it) => it.pod.metadata.name));
      return story.drains().some(({ outcome, rounds }) => {
        const [first = []] = rounds;
        const gone = first.filter((it) => own.has(it.pod.metadata.name)).length;
        return outcome === 'blocked' || gone === left;
      });
    },
  },
  examples: {
    racing: [
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
          minReplicas: 1
        #              ^ at low load Deployment web is one pod, and draining its node is an outage until a replacement is Ready
          maxReplicas: 5
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
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
        #              ^ at low load Deployment web has 2 pods, and the budget web lets none of them be evicted: a drain waits until the load rises
          maxReplicas: 5
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 2
        #               ^ related: it keeps them all
          selector: { matchLabels: { app: web } }
      `,
    ],
    safe: [
      // One more than the budget wants.
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
          minReplicas: 3
          maxReplicas: 5
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 2
          selector: { matchLabels: { app: web } }
      `,
    ],
  },

  *find(workload) {
    const autoscaler = autoscalerOf(workload);
    if (!autoscaler || workload.replicas === 0) return;
    const fewest = autoscaler.spec?.minReplicas ?? 1;
    const blocking = workload.budgets.find(
      // One that never lets a pod go is told at the budget.
      (it) => allowed(it, fewest) === 0 && allowed(it, autoscaler.spec.maxReplicas) > 0,
    );
    const name = nameOf(workload);
    if (blocking) yield blocked(autoscaler, blocking, fewest, name);
    else if (fewest === 1 && workload.services.length > 0) {
      const at = field(autoscaler).spec.minReplicas;
      yield {
        at,
        message: `at low load ${name} is one pod, and draining its node is an outage until a replacement is Ready`,
        fixes: [{ title: `Keep two pods of ${name}`, changes: [{ at, value: 2 }] }],
      };
    }
  },
});

function blocked(
  autoscaler: HorizontalPodAutoscaler,
  budget: PodDisruptionBudget,
  fewest: number,
  name: string,
): RaceFinding {
  const { minAvailable, maxUnavailable } = field(budget).spec;
  const at = budget.spec?.maxUnavailable === undefined ? minAvailable : maxUnavailable;
  return {
    at: field(autoscaler).spec.minReplicas,
    severity: 'error',
    message: `at low load ${name} has ${countOf(fewest, 'pod')}, and the budget ${budget.metadata.name} lets none of them be evicted: a drain waits until the load rises`,
    related: [{ message: 'it keeps them all', at }],
    fixes: more(autoscaler, budget, fewest, name),
  };
}

/** The least pods of which the budget lets one go. */
function more(
  autoscaler: HorizontalPodAutoscaler,
  budget: PodDisruptionBudget,
  fewest: number,
  name: string,
): readonly RaceFix[] {
  const { maxReplicas } = autoscaler.spec;
  let pods = fewest + 1;
  while (pods < maxReplicas && allowed(budget, pods) === 0) pods++;
  if (pods > maxReplicas || allowed(budget, pods) === 0) return [];
  const changes = [{ at: field(autoscaler).spec.minReplicas, value: pods }];
  return [{ title: `Keep ${pods} pods of ${name}`, changes }];
}

/** How many of so many pods the budget spares. Both percentages round up. */
function allowed({ spec }: PodDisruptionBudget, pods: number): number {
  const { minAvailable, maxUnavailable } = spec ?? {};
  if (maxUnavailable !== undefined) return scaledValue(maxUnavailable, pods, true) ?? 0;
  if (minAvailable === undefined) return pods;
  return Math.max(0, pods - (scaledValue(minAvailable, pods, true) ?? 0));
}
