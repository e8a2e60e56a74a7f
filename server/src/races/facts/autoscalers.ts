/** Horizontal autoscalers of the declared world and what they scale. */
import type { HorizontalPodAutoscaler, Pod } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { isScaledBy } from '../../workloads/index.ts';

type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];

/** What an autoscaler without metrics gets from its defaults (pkg/apis/autoscaling/v2/defaults.go). */
const DEFAULT_METRICS: readonly Metric[] = [
  {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
  },
];

/** The autoscaler that sets the replicas of a workload, if one is declared. */
export function autoscalerOf(workload: WorkloadPrediction): HorizontalPodAutoscaler | undefined {
  return workload.prediction.snapshot
    .list('HorizontalPodAutoscaler', workload.namespace)
    .find((it) => isScaledBy(workload, it));
}

/**
 * Whether an autoscaler never moves the replicas: all its metrics are shares of requests that the
 * pod does not have ("missing request for cpu", replica_calculator.go).
 */
export function isBlind({ spec }: HorizontalPodAutoscaler, { pod }: WorkloadPrediction): boolean {
  const metrics = spec?.metrics?.length ? spec.metrics : DEFAULT_METRICS;
  return pod !== undefined && metrics.every((it) => lacksRequest(it, pod));
}

function lacksRequest({ resource, containerResource }: Metric, { spec }: Pod): boolean {
  const metric = containerResource ?? resource;
  if (metric?.target.type !== 'Utilization') return false;
  const { name } = metric;
  if (!containerResource && spec.resources?.requests) return !spec.resources.requests[name];
  const sidecars = (spec.initContainers ?? []).filter((it) => it.restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .filter((it) => !containerResource || it.name === containerResource.container)
    .some((it) => !it.resources?.requests?.[name]);
}
