/** A budget that needs the scale of a controller, over pods that have none. */
import { namespaceOf } from '../../cluster/index.ts';
import { field, type PodDisruptionBudget } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { scaleOf } from '../../workloads/index.ts';
import { budgetAmount, budgetedWorkloads, budgetPlace } from '../facts/budgets.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'pdb-percent-bare-pods',
  severity: 'error',
  basis: 'source',
  summary: 'A budget counts in shares of a scale that its pods do not have, and allows nothing.',
  why: `
    For a percentage or maxUnavailable the disruption controller asks the owners of the pods for their
    scale. Bare pods have no owner; DaemonSets and Jobs have no scale subresource. Then no disruption is
    ever allowed. A whole number in minAvailable needs no owner.
  `,
  remedy: 'Use minAvailable with a whole number, or pods of a Deployment or StatefulSet.',
  upstream: [{ path: 'pkg/controller/disruption/disruption.go' }],
  replay: {
    by: 'drain',
    lostInWorld: (world) =>
      world.drains().some((it) => it.outcome === 'blocked' && it.rounds.length === 0),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          maxUnavailable: 1
        #                 ^ maxUnavailable 1 needs the scale of a controller, and Pod web-a and Pod web-b have no controller: no eviction is ever allowed
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web-a, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web-b, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          minAvailable: 1
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web-a, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web-b, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      yaml`
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: web }
        spec:
          maxUnavailable: 1
          selector: { matchLabels: { app: web } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { budget, workloads } of budgetedWorkloads(prediction)) {
      const { name, value } = budgetAmount(budget);
      if (name === 'minAvailable' && typeof value === 'number') continue;
      const finding = withoutScale(budget, workloads);
      if (finding) yield finding;
    }
  },
});

function withoutScale(
  budget: PodDisruptionBudget,
  workloads: readonly WorkloadPrediction[],
): RaceFinding | undefined {
  const [first] = workloads;
  if (!first) return undefined;
  const owned = workloads.filter((it) => it.kind !== 'Pod');
  const scale = scaleOf(owned.flatMap((it) => (it.pod ? [{ pod: it.pod, owner: it.object }] : [])));
  const bare = owned.length === 0 && workloads.every((it) => !it.pod?.metadata.ownerReferences);
  if (typeof scale === 'number' && !bare) return undefined;
  const why = bare
    ? `${workloads.map(nameOf).join(' and ')} ${workloads.length === 1 ? 'has' : 'have'} no controller`
    : errorOf(scale);
  const { name, value } = budgetAmount(budget);
  const { spec } = field(budget);
  const drained = workloads.some((it) => it.kind !== 'DaemonSet');
  return {
    at: budgetPlace(budget),
    cause: `drain:${namespaceOf(budget)}/${budget.metadata.name}`,
    message: `${name} ${value} needs the scale of a controller, and ${why}: no eviction is ever allowed`,
    // A drain leaves DaemonSets alone, so only others that evict are refused.
    ...(drained ? {} : { severity: 'warning' as const }),
    ...(bare
      ? {
          fixes: [
            {
              title: 'Keep a number of pods instead',
              changes: [
                { at: spec[name], value: undefined },
                { at: spec.minAvailable, value: workloads.length - 1 },
              ].slice(name === 'minAvailable' ? 1 : 0),
            },
          ],
        }
      : {}),
  };
}

function errorOf(scale: number | { readonly error: string }): string {
  return typeof scale === 'number' ? '' : scale.error;
}
