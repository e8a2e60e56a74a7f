/**
 * PodDisruptionBudgets and the eviction API: how many pods may go, and what one request is
 * answered. Follows getExpectedPodCount, updatePdbStatus, EvictionREST.Create and
 * checkAndDecrement.
 */
import type { Explanation, Upstream } from '../explanation/index.ts';
import { field, scaledValue, type PodDisruptionBudget } from '../manifest/index.ts';

export const disruptionUpstream: Upstream = {
  path: 'pkg/controller/disruption/disruption.go',
  omits: ['disruptedPods that were never deleted and come back after two minutes'],
};

export const evictionUpstream: Upstream = {
  path: 'pkg/registry/core/pod/storage/eviction.go',
  omits: ['conflicts and retries of a write', 'a budget whose status has not been written yet'],
};

/** The pods a budget counts. */
export interface BudgetedPods {
  /** All it selects, terminating ones too. */
  readonly pods: number;
  /** Ready, not terminating and not being evicted. */
  readonly healthy: number;
  /** Replicas of their controllers together, or why that is unknown. */
  readonly scale: number | { readonly error: string };
}

/** What the disruption controller writes into the budget's status. */
export interface BudgetStatus {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  readonly currentHealthy: number;
  readonly disruptionsAllowed: number;
  /** Why the status could not be computed; nothing is allowed then. */
  readonly syncFailed?: string;
  readonly because: Explanation;
}

/** The status of a budget. Percentages of both fields round up. */
export function budgetStatus(budget: PodDisruptionBudget, counted: BudgetedPods): BudgetStatus {
  const { pods, healthy, scale } = counted;
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  let expectedPods = 0;
  let desiredHealthy = 0;
  if (maxUnavailable !== undefined || typeof minAvailable === 'string') {
    if (typeof scale !== 'number') return failedSync(budget, healthy, scale.error);
    expectedPods = scale;
    desiredHealthy =
      maxUnavailable === undefined
        ? (scaledValue(minAvailable ?? 0, scale, true) ?? 0)
        : Math.max(0, scale - (scaledValue(maxUnavailable, scale, true) ?? 0));
  } else if (minAvailable !== undefined) {
    expectedPods = pods;
    desiredHealthy = minAvailable;
  }
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, healthy - desiredHealthy);
  return {
    expectedPods,
    desiredHealthy,
    currentHealthy: healthy,
    disruptionsAllowed,
    because: {
      message:
        `${budget.metadata.name} wants ${desiredHealthy} of ${expectedPods} pods healthy` +
        ` and has ${healthy}: ${disruptionsAllowed} may be evicted`,
      cites: [budgetField(budget)],
    },
  };
}

function failedSync(budget: PodDisruptionBudget, healthy: number, error: string): BudgetStatus {
  return {
    expectedPods: 0,
    desiredHealthy: 0,
    currentHealthy: healthy,
    disruptionsAllowed: 0,
    syncFailed: error,
    because: {
      message:
        `${budget.metadata.name} cannot be computed (${error}), so no pod may be evicted;` +
        ' minAvailable as a number needs no controller',
      cites: [budgetField(budget)],
    },
  };
}

function budgetField(budget: PodDisruptionBudget) {
  const { spec } = field(budget);
  return budget.spec?.maxUnavailable === undefined ? spec.minAvailable : spec.maxUnavailable;
}

/** A pod as the eviction API looks at it. */
export interface EvictedPod {
  readonly phase?: string;
  readonly terminating: boolean;
  readonly ready: boolean;
}

/** The answer to one eviction request. */
export interface EvictionVerdict {
  readonly code: 201 | 429 | 500;
  readonly message?: string;
  readonly cause?: string;
  /** The budget has one disruption less to give. */
  readonly spends: boolean;
  readonly because: readonly Explanation[];
}

const ALLOWED: EvictionVerdict = { code: 201, spends: false, because: [] };
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";

/** What the eviction API answers for a pod that these budgets select. */
export function evict(
  pod: EvictedPod,
  budgets: readonly { readonly budget: PodDisruptionBudget; readonly status: BudgetStatus }[],
): EvictionVerdict {
  const ignoresBudgets =
    pod.terminating || ['Pending', 'Succeeded', 'Failed'].includes(pod.phase ?? '');
  const [first, second] = budgets;
  if (ignoresBudgets || !first) return ALLOWED;
  if (second) {
    return {
      code: 500,
      message:
        'This pod has more than one PodDisruptionBudget,' +
        ' which the eviction subresource does not support.',
      spends: false,
      because: budgets.map(({ budget }) => ({
        message: `${budget.metadata.name} selects the pod, and it is not the only one`,
        cites: [field(budget).spec.selector],
      })),
    };
  }
  const { budget, status } = first;
  const policy = budget.spec?.unhealthyPodEvictionPolicy ?? 'IfHealthyBudget';
  const enough = status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
  if (!pod.ready && (policy === 'AlwaysAllow' || enough)) return ALLOWED;
  if (status.disruptionsAllowed > 0) {
    return { code: 201, spends: true, because: [status.because] };
  }
  return {
    code: 429,
    message: REFUSED,
    cause: refusalCause(budget.metadata.name, status),
    spends: false,
    because: [status.because],
  };
}

function refusalCause(name: string, status: BudgetStatus): string {
  if (status.syncFailed !== undefined) {
    return (
      `The disruption budget ${name} does not allow evicting pods currently` +
      ` because it failed sync: ${status.syncFailed}`
    );
  }
  if (status.currentHealthy <= status.desiredHealthy) {
    const { desiredHealthy, currentHealthy } = status;
    return (
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has` +
      ` ${currentHealthy} currently`
    );
  }
  return `The disruption budget ${name} does not allow evicting pods currently`;
}
