/**
 * The ways a pod, or one of its containers, comes to an end, and how they differ: whether the API
 * object is marked, which grace period counts, when the endpoints hear of it.
 * Follows pkg/kubelet/eviction, pkg/kubelet/nodeshutdown, pkg/controller/tainteviction,
 * pkg/registry/core/pod/strategy.go and pkg/kubelet/kuberuntime/kuberuntime_container.go.
 */
import type { Actor } from './lifecycle-event.ts';

/** A cause of an end. */
export type EndCause =
  | 'delete'
  | 'rollout'
  | 'scale-down'
  | 'eviction'
  | 'drain'
  | 'preemption'
  | 'taint'
  | 'namespace'
  | 'force-delete'
  | 'soft-eviction'
  | 'hard-eviction'
  | 'storage-limit'
  | 'kubelet-preemption'
  | 'node-shutdown'
  | 'node-failure'
  | 'deadline'
  | 'liveness'
  | 'startup';

/** What a cause means for the pod. */
export interface EndCauseFacts {
  /** «Deleted by kubectl». */
  readonly label: string;
  readonly actor: Actor;
  /** What happens first. */
  readonly trigger: string;
  /** The API object gets a deletionTimestamp; the endpoints hear of it then. */
  readonly marksDeletion: boolean;
  /**
   * `spec`: the pod's own, or that of the request; `one`: 1 second; `budget`: the node's, if less;
   * `eviction-max`: the node's evictionMaxPodGracePeriod, if less; `probe`: the probe's, if set.
   */
  readonly grace: 'spec' | 'one' | 'budget' | 'eviction-max' | 'probe';
  /** A PodDisruptionBudget can refuse it. */
  readonly respectsBudget: boolean;
  /** Whom it ends. */
  readonly scope: 'pod' | 'container';
  /** What is written into the pod: condition and reason. */
  readonly reason: string;
}

const BY_REQUEST = {
  marksDeletion: true,
  grace: 'spec',
  respectsBudget: false,
  scope: 'pod',
  reason: '',
} as const;
const BY_KUBELET = {
  marksDeletion: false,
  actor: 'kubelet',
  grace: 'one',
  respectsBudget: false,
  scope: 'pod',
} as const;

/** Every cause. */
export const END_CAUSES: Readonly<Record<EndCause, EndCauseFacts>> = {
  delete: {
    ...BY_REQUEST,
    label: 'deleted',
    actor: 'client',
    trigger: 'kubectl delete is sent',
  },
  rollout: {
    ...BY_REQUEST,
    label: 'replaced in a rollout',
    actor: 'controller',
    trigger: 'the controller scales the old ReplicaSet down',
  },
  'scale-down': {
    ...BY_REQUEST,
    label: 'scaled down',
    actor: 'controller',
    trigger: 'the controller chooses this pod to go',
  },
  eviction: {
    ...BY_REQUEST,
    label: 'evicted through the API',
    actor: 'client',
    trigger: 'an eviction is requested',
    respectsBudget: true,
    reason: 'DisruptionTarget=True (EvictionByEvictionAPI)',
  },
  drain: {
    ...BY_REQUEST,
    label: 'evicted by a node drain',
    actor: 'client',
    trigger: 'kubectl drain evicts the pods of the node, all at once',
    respectsBudget: true,
    reason: 'DisruptionTarget=True (EvictionByEvictionAPI)',
  },
  preemption: {
    ...BY_REQUEST,
    label: 'preempted by the scheduler',
    actor: 'scheduler',
    trigger: 'the scheduler makes room for a pod of higher priority',
    reason: 'DisruptionTarget=True (PreemptionByScheduler)',
  },
  taint: {
    ...BY_REQUEST,
    label: 'evicted by a NoExecute taint',
    actor: 'controller',
    trigger: 'the time the pod tolerates the taint is over',
    reason: 'DisruptionTarget=True (DeletionByTaintManager)',
  },
  namespace: {
    ...BY_REQUEST,
    label: 'deleted with its namespace',
    actor: 'controller',
    trigger: 'the namespace is terminating',
  },
  'force-delete': {
    ...BY_REQUEST,
    label: 'force deleted',
    actor: 'client',
    trigger: 'a delete with grace period 0 is sent',
    grace: 'one',
  },
  'soft-eviction': {
    ...BY_KUBELET,
    label: 'evicted by the kubelet (soft threshold)',
    trigger: 'a soft eviction threshold has been met for its grace period',
    grace: 'eviction-max',
    reason: 'Failed, Evicted; DisruptionTarget=True (TerminationByKubelet)',
  },
  'hard-eviction': {
    ...BY_KUBELET,
    label: 'evicted by the kubelet (hard threshold)',
    trigger: 'a hard eviction threshold is met',
    reason: 'Failed, Evicted; DisruptionTarget=True (TerminationByKubelet)',
  },
  'storage-limit': {
    ...BY_KUBELET,
    label: 'evicted for its use of local storage',
    trigger: 'an emptyDir or ephemeral-storage limit is passed',
    reason: 'Failed, Evicted; no DisruptionTarget condition',
  },
  'kubelet-preemption': {
    ...BY_KUBELET,
    label: 'preempted by the kubelet',
    trigger: 'the kubelet makes room for a critical pod',
    grace: 'spec',
    reason: 'Failed, Preempting; DisruptionTarget=True (TerminationByKubelet)',
  },
  'node-shutdown': {
    ...BY_KUBELET,
    label: 'ended by a graceful node shutdown',
    trigger: 'the node begins to shut down',
    grace: 'budget',
    reason: 'Failed, Terminated; DisruptionTarget=True (TerminationByKubelet)',
  },
  'node-failure': {
    ...BY_REQUEST,
    label: 'lost with its node',
    actor: 'kubelet',
    trigger: "the node's kubelet renews its lease for the last time",
    reason: 'DisruptionTarget=True (DeletionByTaintManager)',
  },
  deadline: {
    ...BY_KUBELET,
    label: 'past its activeDeadlineSeconds',
    trigger: 'activeDeadlineSeconds is over',
    grace: 'spec',
    reason: 'Failed, DeadlineExceeded',
  },
  liveness: {
    ...BY_KUBELET,
    label: 'restarted by its liveness probe',
    trigger: 'the liveness probe fails for the last time it may',
    grace: 'probe',
    scope: 'container',
    reason: 'Killing: Container failed liveness probe, will be restarted',
  },
  startup: {
    ...BY_KUBELET,
    label: 'restarted by its startup probe',
    trigger: 'the startup probe fails for the last time it may',
    grace: 'probe',
    scope: 'container',
    reason: 'Killing: Container failed startup probe, will be restarted',
  },
};

/** The causes, in the order people meet them. */
export const END_CAUSE_NAMES = Object.keys(END_CAUSES) as readonly EndCause[];
