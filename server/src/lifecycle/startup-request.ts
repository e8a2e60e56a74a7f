/**
 * From the manifest to the stored pod, and from the stored pod to its node: until the kubelet sees
 * it, a pod is only a record.
 * Follows staging/src/k8s.io/apiserver/pkg/server/config.go (the handler chain),
 * pkg/endpoints/handlers/create.go and pkg/scheduler/schedule_one.go.
 */
import { between } from '../explanation/index.ts';
import { ETCD, type Actor } from './lifecycle-event.ts';
import type { PodModel } from './lifecycle-input.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Adds the way from the client to etcd, and gives the event of the stored pod. */
export function addCreation(builder: TimelineBuilder, model: PodModel): string {
  const submitted = builder.event({
    kind: 'submitted',
    actor: 'client',
    label: 'kubectl reads the manifest',
    message: 'the objects of one apply are sent one after the other, in the order of the file',
  });
  const sent = addClient(builder, submitted);
  const owner = model.pod.metadata.ownerReferences?.find((it) => it.controller);
  if (!owner) return addRequest(builder, model, sent, 'pod');
  const workload = addWorkload(builder, model, owner.kind);
  builder.delayed(sent, workload, 'p.api');
  return addPodOfWorkload(builder, model, workload, owner.kind);
}

/**
 * Adds the way from the CronJob's next time to etcd, and gives the event of the stored pod.
 * Follows pkg/controller/cronjob/cronjob_controllerv2.go.
 */
export function addScheduledCreation(builder: TimelineBuilder, model: PodModel): string {
  const due = builder.event({
    kind: 'schedule-due',
    actor: 'controller',
    label: 'the schedule is due',
    message: 'the CronJob controller has put the CronJob into its queue for this time',
  });
  const workload = addWorkload(builder, model, 'Job');
  builder.delayed(due, workload, 'p.ctrl');
  return addPodOfWorkload(builder, model, workload, 'Job');
}

function addWorkload(builder: TimelineBuilder, { at }: PodModel, owner: string): string {
  return builder.event({
    kind: 'workload-stored',
    subject: owner,
    actor: 'api-server',
    label: `the ${owner === 'ReplicaSet' ? 'workload' : owner} is stored`,
    message: 'the API server takes it the same way as the pod below',
    cites: [at.metadata.ownerReferences],
  });
}

/** From the stored workload to the stored pod. */
function addPodOfWorkload(
  builder: TimelineBuilder,
  model: PodModel,
  workload: string,
  owner: string,
): string {
  const reconciled = builder.event({
    kind: 'workload-reconciled',
    actor: 'controller',
    label: `the ${owner} controller sees that pods are missing`,
    message:
      owner === 'ReplicaSet'
        ? 'the Deployment controller makes the ReplicaSet, the ReplicaSet controller the pods'
        : `the controller compares the ${owner} with the pods there are`,
  });
  const { seconds, meaning } = builder.profile.parameters['p.ctrl'];
  const passes = owner === 'ReplicaSet' ? 2 : 1;
  builder.after(workload, reconciled, {
    seconds: between(seconds.earliest * passes, seconds.latest * passes),
    certainty: 'bounded',
    parameter: 'p.ctrl',
    message: `${meaning}; ${passes === 1 ? 'once' : 'twice'}`,
  });
  return addRequest(builder, model, reconciled, 'pod');
}

/** What kubectl does before it sends anything. */
function addClient(builder: TimelineBuilder, submitted: string): string {
  const steps: readonly [string, string, string][] = [
    ['discovery', 'discovery', 'kubectl asks which groups, versions and kinds the server has'],
    ['version-negotiated', 'version negotiation', "the manifest's apiVersion must be one of them"],
    [
      'client-validated',
      'client validation',
      'the fields are checked: by the server when it can (fieldValidation), else by its schema',
    ],
  ];
  let from = submitted;
  for (const [i, [kind, label, message]] of steps.entries()) {
    const step = builder.event({ kind, actor: 'client', label, message });
    if (i === 0) builder.delayed(from, step, 'p.client');
    else builder.atOnce(from, step, 'part of p.client');
    from = step;
  }
  const sent = builder.event({
    kind: 'request-sent',
    actor: 'client',
    label: 'the request is sent',
    message: 'kubectl waits for nothing between objects',
  });
  builder.atOnce(from, sent, 'part of p.client');
  return sent;
}

/** What the API server does with a create, in its order. */
function addRequest(
  builder: TimelineBuilder,
  { at }: PodModel,
  sent: string,
  what: string,
): string {
  const step = (kind: string, label: string, message: string, actor: Actor = 'api-server') =>
    builder.event({ kind, actor, label, message });
  const authenticated = step('authenticated', 'authentication', 'who asks');
  builder.delayed(sent, authenticated, 'p.auth');
  const authorized = step('authorized', 'authorization', 'whether they may (RBAC)');
  builder.atOnce(authenticated, authorized, 'part of p.auth');
  const defaulted = step(
    'defaulted',
    'decoding and defaulting',
    'defaults are set while decoding, and again after each change by a webhook',
  );
  builder.atOnce(authorized, defaulted, 'part of p.api');
  const mutated = step(
    'mutating-admission',
    'mutating admission',
    'plugins in their order: LimitRanger, ServiceAccount, Priority, …, webhooks last',
  );
  builder.delayed(defaulted, mutated, 'p.webhook');
  const validated = step('validated', 'validation', 'the object is checked between the two passes');
  builder.atOnce(mutated, validated, 'part of p.api');
  const admitted = step(
    'validating-admission',
    'validating admission',
    'policies, webhooks, and ResourceQuota last',
  );
  builder.atOnce(validated, admitted, 'part of p.webhook');
  const stored = builder.event({
    kind: 'stored',
    actor: 'api-server',
    lane: ETCD,
    label: `the ${what} is stored in etcd`,
    message: 'from here on it exists: only as a record, nothing runs',
    cites: [at.metadata.name],
  });
  builder.delayed(admitted, stored, 'p.api');
  return stored;
}

/** Adds scheduling, and gives the event at which the kubelet of the node sees the pod. */
export function addScheduling(builder: TimelineBuilder, model: PodModel, stored: string): string {
  const bound = model.pod.spec.nodeName
    ? addFixedNode(builder, model, stored)
    : addSchedulingCycle(builder, model, stored);
  const seen = builder.event({
    kind: 'kubelet-sees-pod',
    actor: 'kubelet',
    label: 'the kubelet of the node sees the pod',
    message: 'kubelets watch the pods bound to their node',
  });
  builder.delayed(bound, seen, 'p.watch');
  return seen;
}

function addFixedNode(builder: TimelineBuilder, { at }: PodModel, stored: string): string {
  const bound = builder.event({
    kind: 'bound',
    actor: 'api-server',
    label: 'nodeName is set already',
    message: 'the scheduler is bypassed: only the kubelet of the node checks whether the pod fits',
    setBy: at.spec.nodeName,
  });
  builder.atOnce(stored, bound, 'nodeName stands in the pod');
  return bound;
}

function addSchedulingCycle(
  builder: TimelineBuilder,
  { pod, at }: PodModel,
  stored: string,
): string {
  const step = (kind: string, label: string, message: string) =>
    builder.event({ kind, actor: 'scheduler', label, message });
  const queued = step('queued', 'scheduling queue', 'by priority, then by time');
  builder.delayed(stored, queued, 'p.watch');
  const gates = pod.spec.schedulingGates ?? [];
  const filtered = step('filtered', 'filter', 'which nodes can take the pod');
  builder.delayed(queued, filtered, 'p.sched');
  if (gates.length > 0) {
    builder.after(queued, filtered, {
      seconds: between(0, Infinity),
      message: 'schedulingGates hold the pod until somebody removes them',
      setBy: at.spec.schedulingGates,
    });
  }
  const scored = step('scored', 'score', 'which of them is best');
  builder.atOnce(filtered, scored, 'part of p.sched');
  const bound = builder.event({
    kind: 'bound',
    actor: 'scheduler',
    label: 'bound to a node',
    message: 'the binding writes nodeName; until here the pod is only a record',
    setBy: at.spec.nodeName,
  });
  builder.atOnce(scored, bound, 'part of p.sched');
  return bound;
}
