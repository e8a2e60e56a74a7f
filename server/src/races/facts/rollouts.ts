/** How workloads replace their pods, in pods and in seconds. */
import type { TimeWindow } from '../../explanation/index.ts';
import { field, type Deployment, type FieldCursor } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { resolveFenceposts } from '../../workloads/index.ts';
import type { FieldChange, RaceFinding } from '../race-rule.ts';
import { autoscalerOf } from './autoscalers.ts';

/** A Deployment that rolls, with its strategy in pods. */
export interface RollingDeployment {
  readonly deployment: Deployment;
  readonly at: FieldCursor<Deployment>;
  /** The fewest it runs with: an autoscaler's lower bound, else `replicas`. */
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** The Deployment with its RollingUpdate in pods; undefined for what does not roll so, or is off. */
export function rollingDeployment(workload: WorkloadPrediction): RollingDeployment | undefined {
  const deployment = deploymentOf(workload);
  if (!deployment) return undefined;
  const { strategy, paused } = deployment.spec ?? {};
  const replicas = fewestReplicas(workload);
  if (replicas === 0 || paused || strategy?.type === 'Recreate') return undefined;
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return {
    deployment,
    at: field(deployment),
    replicas,
    ...resolveFenceposts(maxSurge, maxUnavailable, replicas),
  };
}

/** The workload as a Deployment, where it is one. */
export function deploymentOf({ kind, object }: WorkloadPrediction): Deployment | undefined {
  return kind === 'Deployment' ? (object as unknown as Deployment) : undefined;
}

/** `replicas`, or the lower bound of the autoscaler that sets them. */
export function fewestReplicas(workload: WorkloadPrediction): number {
  const { replicas } = workload;
  const autoscaler = replicas > 0 ? autoscalerOf(workload) : undefined;
  return autoscaler ? (autoscaler.spec?.minReplicas ?? 1) : replicas;
}

/** From a new pod's creation to Ready; undefined where the pod cannot be simulated. */
export function readyWindow(workload: WorkloadPrediction): TimeWindow | undefined {
  return workload.startup?.ofKind('ready')[0]?.window;
}

/** From an old pod's deletion to its removal. */
export function goneWindow(workload: WorkloadPrediction): TimeWindow | undefined {
  return workload.shutdown('rollout')?.ofKind('gone')[0]?.window;
}

/** No Node is declared: the nodes are assumed. */
export function nodesAreAssumed({ world }: Prediction): boolean {
  return world.declared.usesDefaultNodes;
}

/** What to add to a finding that is certain on declared nodes only. */
export function onTheseNodes(prediction: Prediction): Partial<RaceFinding> {
  if (!nodesAreAssumed(prediction)) return {};
  return {
    severity: 'warning',
    certainty: 'assumed',
    restsOn: 'the three assumed nodes: no Node is declared',
  };
}

/** Replaces in place: an old pod goes before the new one comes. */
export function replaceInPlace({ at }: RollingDeployment): FieldChange {
  return { at: at.spec.strategy.rollingUpdate, value: { maxSurge: 0, maxUnavailable: 1 } };
}

/** All old pods go before the first new one comes. */
export function recreate(at: FieldCursor<Deployment>): FieldChange {
  return { at: at.spec.strategy, value: { type: 'Recreate' } };
}

/** `1 replica`, `3 replicas`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
