// While someone types, objects are there in part. Nothing of that may throw.
import * as fc from 'fast-check';
import { it } from 'vitest';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import type {
  Deployment,
  HorizontalPodAutoscaler,
  Node,
  Pod,
  PodDisruptionBudget,
} from '../../server/src/manifest/index.ts';
import {
  autoscalerBounds,
  createPods,
  describeDrain,
  describeRollout,
  expandWorkload,
  isWorkload,
  planDrain,
  scaleDownOrder,
  simulateRollout,
  volumeHazards,
  type RolloutChange,
  type RolloutWorkload,
} from '../../server/src/workloads/index.ts';

const maybe = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined });
const some = (shape: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(shape, { requiredKeys: [] });
const word = fc.constantFrom('web', '50%', '', 'a', 'OnDelete', 'Recreate', 'Parallel', 'Indexed');
const amount = fc.oneof(fc.integer({ min: -2, max: 9 }), word);
const count = fc.integer({ min: -2, max: 9 });
const labels = fc.dictionary(word, word, { maxKeys: 2 });
const metadata = fc.record({ name: word, labels: maybe(labels) });
const podSpec = some({
  containers: fc.array(some({ name: word, env: fc.constant([]) })),
  volumes: fc.array(
    some({
      name: word,
      emptyDir: fc.constant({}),
      persistentVolumeClaim: some({ claimName: word }),
    }),
  ),
  tolerations: fc.array(some({ key: word })),
  nodeSelector: labels,
  nodeName: word,
});
const template = some({ metadata: some({ labels }), spec: podSpec });
const strategy = some({
  type: word,
  rollingUpdate: some({ maxSurge: amount, maxUnavailable: amount, partition: count }),
});
const workload = fc.record({
  kind: fc.constantFrom('Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'),
  metadata,
  spec: maybe(
    some({
      replicas: count,
      parallelism: count,
      completions: count,
      completionMode: word,
      podManagementPolicy: word,
      minReadySeconds: count,
      template,
      jobTemplate: some({ spec: some({ template }) }),
      strategy,
      updateStrategy: strategy,
      volumeClaimTemplates: fc.array(some({ metadata: some({ name: word }) })),
    }),
  ),
});
const budget = fc.record({
  kind: fc.constant('PodDisruptionBudget'),
  metadata,
  spec: maybe(
    some({ minAvailable: amount, maxUnavailable: amount, selector: some({ matchLabels: labels }) }),
  ),
});
const pod = fc.record({ kind: fc.constant('Pod'), metadata, spec: maybe(podSpec) });
const autoscaler = fc.record({
  kind: fc.constant('HorizontalPodAutoscaler'),
  metadata,
  spec: maybe(
    some({
      minReplicas: count,
      maxReplicas: count,
      behavior: some({ scaleUp: some({ policies: fc.constant([]) }) }),
    }),
  ),
});
const NODES: Node[] = [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }];

it('workloads that are written in part have pods and rollouts all the same', () => {
  fc.assert(
    fc.property(workload, fc.array(budget), (written, budgets) => {
      const object = written as never;
      if (isWorkload(object)) createPods(expandWorkload(object, NODES), () => ({ refused: 'no' }));
      if (written.kind === 'Job' || written.kind === 'CronJob') return;
      const changes: RolloutChange[] = [
        { kind: 'template' },
        { kind: 'scale', replicas: 3 },
        { kind: 'evict', budgets: budgets as unknown as PodDisruptionBudget[] },
      ];
      for (const change of changes) {
        const of = written as unknown as RolloutWorkload;
        const rollout = simulateRollout(of, { readyAfter: 1, exitAfter: 1 }, change, {
          nodes: ['n'],
        });
        describeRollout(rollout);
      }
      if (written.kind === 'Deployment') {
        volumeHazards(written as unknown as Deployment, new ClusterSnapshot([]));
      }
    }),
    { numRuns: 400 },
  );
});

it('drains, scalings and autoscalers too', () => {
  fc.assert(
    fc.property(
      fc.array(pod),
      fc.array(budget),
      workload,
      autoscaler,
      (pods, budgets, owner, hpa) => {
        const all = pods as unknown as Pod[];
        const drained = all.map((it) => ({ pod: it, owner: owner as never }));
        describeDrain(
          planDrain('web', drained, budgets as unknown as PodDisruptionBudget[], {
            force: true,
            deleteEmptyDirData: true,
          }),
        );
        scaleDownOrder(all);
        autoscalerBounds(hpa as unknown as HorizontalPodAutoscaler, owner);
      },
    ),
    { numRuns: 300 },
  );
});
