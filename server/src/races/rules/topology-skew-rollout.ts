/** A hard spread constraint that counts old and new pods together. */
import { each, field, selectorMatches, type FieldCursor, type Pod } from '../../manifest/index.ts';
import type { Prediction } from '../../prediction/index.ts';
import type { RolloutPod } from '../../workloads/index.ts';
import { onTheseNodes, replaceInPlace, rollingDeployment } from '../facts/rollouts.ts';
import { isStuck, surgePlacement } from '../facts/surge.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

/** Runs that are tried to find one that ends badly. */
const MAX_TRIES = 60;

export default defineRaceRule({
  id: 'topology-skew-rollout',
  severity: 'warning',
  basis: 'source',
  summary: 'A spread constraint holds while a rollout runs, and not when it is over.',
  why: `
    A constraint without matchLabelKeys counts pods of all revisions that are not terminating. New pods
    are placed to balance old ones that go soon after, and nobody moves them later. Where the domain that
    the constraint asks for is full, the new pod stays Pending.
  `,
  remedy: 'Add matchLabelKeys: [pod-template-hash] to the constraint.',
  upstream: [{ path: 'pkg/scheduler/framework/plugins/podtopologyspread/filtering.go' }],
  replay: {
    by: 'rollout',
    // Which of equal nodes is taken, which of equal old pods goes and how fast each new one is.
    lost: (story) => {
      for (let seed = 1; seed <= MAX_TRIES; seed++) {
        const rollout = story.rollout({ seed });
        if (rollout?.outcome === 'stuck' || isSkewed(story, rollout?.pods ?? [])) return true;
      }
      return false;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 4
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              topologySpreadConstraints:
                - maxSkew: 1
                  topologyKey: topology.kubernetes.io/zone
        #                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^ old and new pods are counted together, so when the old are gone the 4 new ones may be spread worse than maxSkew 1 over the 3 domains
                  whenUnsatisfiable: DoNotSchedule
                  labelSelector: { matchLabels: { app: web } }
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 4
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              topologySpreadConstraints:
                - maxSkew: 1
                  topologyKey: topology.kubernetes.io/zone
                  whenUnsatisfiable: DoNotSchedule
                  labelSelector: { matchLabels: { app: web } }
                  matchLabelKeys: [pod-template-hash]
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // One pod cannot be skewed.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              topologySpreadConstraints:
                - maxSkew: 1
                  topologyKey: topology.kubernetes.io/zone
                  whenUnsatisfiable: DoNotSchedule
                  labelSelector: { matchLabels: { app: web } }
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    const { pod, prediction } = workload;
    const found = pod && hardConstraint(pod);
    if (!rolling || !found || rolling.replicas < 2) return;
    const { constraint, at } = found;
    const places = domains(prediction, constraint.topologyKey);
    if (places < 2) return;
    const placed = surgePlacement(workload, rolling);
    if (
      placed &&
      rolling.maxUnavailable === 0 &&
      isStuck(placed) &&
      placed.result.refusedBy.has('PodTopologySpread')
    ) {
      yield {
        at: at.topologyKey,
        message: `a rollout never begins: beside the ${rolling.replicas} old pods no node that has room keeps maxSkew ${constraint.maxSkew}, and with maxUnavailable 0 none of them goes first`,
        ...onTheseNodes(prediction),
        fixes: [
          {
            title: 'Replace in place: maxSurge 0, maxUnavailable 1',
            changes: [replaceInPlace(rolling)],
          },
        ],
        cause: 'surge-placement',
      };
      return;
    }
    yield {
      at: at.topologyKey,
      message: `old and new pods are counted together, so when the old are gone the ${rolling.replicas} new ones may be spread worse than maxSkew ${constraint.maxSkew} over the ${places} domains`,
      certainty: 'bounded',
      restsOn: 'which old pods go first, and ties between nodes',
      fixes: [
        {
          title: 'Count each revision for itself',
          changes: [{ at: at.matchLabelKeys, value: ['pod-template-hash'] }],
        },
      ],
    };
  },
});

/** Whether the pods that are left are spread worse than a constraint of theirs says. */
function isSkewed({ workload, model }: ReplayStory, pods: readonly RolloutPod[]): boolean {
  const { snapshot } = workload.prediction;
  return (model.pod.spec.topologySpreadConstraints ?? []).some((constraint) => {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') return false;
    const domainOf = (node = '') =>
      snapshot.get('Node', '', node)?.metadata.labels?.[constraint.topologyKey];
    const counts = new Map(snapshot.list('Node').map((it) => [domainOf(it.metadata.name), 0]));
    for (const { node } of pods) counts.set(domainOf(node), (counts.get(domainOf(node)) ?? 0) + 1);
    return Math.max(...counts.values()) - Math.min(...counts.values()) > constraint.maxSkew;
  });
}

type Constraint = NonNullable<Pod['spec']['topologySpreadConstraints']>[number];

/** The first DoNotSchedule constraint that counts the pod itself and not revision by revision. */
function hardConstraint(
  pod: Pod,
): { readonly constraint: Constraint; readonly at: FieldCursor<Constraint> } | undefined {
  for (const [constraint, at] of each(field(pod).spec.topologySpreadConstraints)) {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') continue;
    if ((constraint.matchLabelKeys ?? []).includes('pod-template-hash')) continue;
    const { 'pod-template-hash': _, ...labels } = pod.metadata.labels ?? {};
    if (selectorMatches(constraint.labelSelector, labels)) return { constraint, at };
  }
  return undefined;
}

/** How many values the key has over the nodes. */
function domains({ snapshot }: Prediction, key: string): number {
  return new Set(snapshot.list('Node').flatMap((it) => it.metadata.labels?.[key] ?? [])).size;
}
