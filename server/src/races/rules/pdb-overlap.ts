/** Two budgets over one pod: the eviction API does not decide between them. */
import { namespaceOf } from '../../cluster/index.ts';
import { field, fieldAt, keyOf, type PodDisruptionBudget } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { budgetedWorkloads } from '../facts/budgets.ts';
import { BLOCKED_DRAIN } from '../facts/replays.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'pdb-overlap',
  severity: 'error',
  basis: 'source',
  summary: 'Two PodDisruptionBudgets select one pod, and every eviction of it fails.',
  why: `
    The eviction API takes one budget for a pod. With two it answers 500 to every request for a running
    pod, whatever the budgets allow. kubectl drain asks again after a 429 only: it ends with an error, and
    the pod stays.
  `,
  remedy: 'Keep one of the budgets, or narrow its selector.',
  upstream: [{ path: 'pkg/registry/core/pod/storage/eviction.go' }],
  replay: BLOCKED_DRAIN,
  examples: {
    racing: [
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: web } }
        # ^^^^^^^^ related: the budget web selects them, too
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: frontend }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { tier: frontend } }
        # ^^^^^^^^ selects the pods of Deployment web, as the budget web does: every eviction of a running one is answered 500, and a drain of its node fails
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web, tier: frontend } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // Two budgets, and no pod has the labels of both.
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: api }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: api } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // The same labels in another namespace.
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web, namespace: blue }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web, namespace: green }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: blue }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    const all = budgetedWorkloads(prediction);
    for (const [i, { budget, workloads }] of all.entries()) {
      for (const before of all.slice(0, i)) {
        // Drains leave the pods of DaemonSets alone.
        const both = workloads.find(
          (it) => it.kind !== 'DaemonSet' && before.workloads.includes(it),
        );
        if (!both) continue;
        const first = before.budget.metadata.name;
        const fixes = [
          ...withoutBudget(budget, workloads, before.workloads),
          ...withoutBudget(before.budget, before.workloads, workloads),
        ];
        yield {
          at: keyOf(field(budget).spec.selector),
          fixes,
          cause: `drain:${namespaceOf(budget)}/${budget.metadata.name}`,
          message:
            `selects the pods of ${nameOf(both)}, as the budget ${first} does: every eviction of a running` +
            ' one is answered 500, and a drain of its node fails',
          witness: [
            {
              at: 0,
              text: 'eviction: 500, the pod has more than one PodDisruptionBudget; kubectl drain ends with an error',
              moment: 'drain:refused::500 This pod has more than one PodDisruptionBudget',
            },
          ],
          related: [
            {
              message: `the budget ${first} selects them, too`,
              at: keyOf(field(before.budget).spec.selector),
            },
          ],
        };
        break;
      }
    }
  },
});

/** One of the two goes, where the other protects all that it protects. */
function withoutBudget(
  budget: PodDisruptionBudget,
  own: readonly WorkloadPrediction[],
  others: readonly WorkloadPrediction[],
): readonly RaceFix[] {
  if (!own.every((it) => others.includes(it))) return [];
  const title = `Remove PodDisruptionBudget ${budget.metadata.name}`;
  return [{ title, changes: [{ at: fieldAt(budget, []), value: undefined }] }];
}
