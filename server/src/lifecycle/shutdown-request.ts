/**
 * How an end begins at the API, and what comes after it: the delete or eviction request, the loss
 * of a node, the pod that takes this one's place.
 * Follows staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go,
 * pkg/registry/core/pod/storage/eviction.go and pkg/controller/nodelifecycle.
 */
import { between } from '../explanation/index.ts';
import { selectorMatches } from '../manifest/index.ts';
import type { EndCause, EndCauseFacts } from './end-causes.ts';
import type { PodModel } from './lifecycle-input.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Adds the request and gives the event of the deletionTimestamp. */
export function addDeletion(
  builder: TimelineBuilder,
  model: PodModel,
  cause: EndCause,
  facts: EndCauseFacts,
): string {
  const requested = builder.event({
    kind: 'requested',
    actor: facts.actor,
    label: facts.trigger,
    message: `the pod is ${facts.label}`,
  });
  const allowed = builder.event({
    kind: 'delete-allowed',
    actor: 'api-server',
    label: 'the request is authenticated, authorized and admitted',
    message: 'the same way in as a create: authentication, authorization, admission',
  });
  builder.delayed(requested, allowed, 'p.auth');
  if (facts.respectsBudget) addBudget(builder, model, requested, allowed);
  const forced = cause === 'force-delete';
  const marked = builder.event({
    kind: 'deletion-marked',
    actor: 'api-server',
    label: forced ? 'the object is removed at once' : 'deletionTimestamp is set',
    message: forced
      ? 'grace period 0: the object goes without waiting for the node; the containers still run'
      : 'the object stays; everyone who watches the pod hears of it now, in no order',
    setBy: model.at.spec.terminationGracePeriodSeconds,
  });
  builder.delayed(allowed, marked, 'p.api');
  if (forced) {
    const gone = builder.event({
      kind: 'gone',
      actor: 'api-server',
      label: 'the object is gone: its name is free',
      message: 'another pod of the same name can start while the old containers still run',
      setBy: model.at.spec.terminationGracePeriodSeconds,
    });
    builder.atOnce(marked, gone, 'two writes back to back: the mark and the removal');
  }
  return marked;
}

/** An eviction waits until the budgets allow it. */
function addBudget(
  builder: TimelineBuilder,
  { pod, snapshot }: PodModel,
  requested: string,
  allowed: string,
): void {
  const budgets = snapshot
    .list('PodDisruptionBudget', pod.metadata.namespace ?? 'default')
    .filter((it) => selectorMatches(it.spec.selector, pod.metadata.labels));
  if (budgets.length === 0) return;
  const names = budgets.map((it) => it.metadata.name).join(', ');
  builder.after(requested, allowed, {
    seconds: between(0, Infinity),
    certainty: 'assumed',
    parameter: 'budget.wait',
    message:
      budgets.length > 1
        ? `several PodDisruptionBudgets select the pod (${names}): the API server refuses`
        : `the PodDisruptionBudget ${names} may refuse it; kubectl drain asks again every 5s`,
  });
}

/** The node is lost: NotReady, endpoints down, deletion after the toleration, and no kubelet. */
export function addNodeFailure(
  builder: TimelineBuilder,
  model: PodModel,
  facts: EndCauseFacts,
): { readonly kubelet: string; readonly marked: string; readonly endpoints: string } {
  const lost = builder.event({
    kind: 'node-lost',
    actor: 'kubelet',
    label: facts.trigger,
    message: 'from here on nothing on the node is known to the cluster; the app may still run',
  });
  const unreachable = builder.event({
    kind: 'unreachable',
    actor: 'peer',
    label: 'connections to the pod time out',
    message: 'the node is taken to be off or cut off: nothing answers, and nobody is told',
  });
  builder.after(lost, unreachable, {
    seconds: between(0, 0),
    certainty: 'assumed',
    parameter: 'node.lost',
    message: 'where only the kubelet has died, the app serves on',
  });
  const unknown = builder.event({
    kind: 'node-not-ready',
    actor: 'controller',
    label: 'node Ready=Unknown, its pods Ready=False',
    message: 'the node lifecycle controller looks every 5s for a lease older than 50s',
  });
  builder.after(lost, unknown, {
    seconds: between(50, 55),
    certainty: 'bounded',
    parameter: 'node.monitor',
    message: 'node-monitor-grace-period 50s (40s before 1.32), checked every 5s',
  });
  const { seconds, setBy } = tolerated(model);
  const marked = builder.event({
    kind: 'deletion-marked',
    actor: 'controller',
    label: 'deletionTimestamp is set (taint eviction)',
    message: 'the NoExecute taint is tolerated no longer; controllers may replace the pod now',
    setBy,
  });
  builder.after(unknown, marked, {
    seconds: between(seconds, Number.isFinite(seconds) ? seconds + 10 : Infinity),
    certainty: 'bounded',
    message: 'tolerationSeconds of the unreachable taint; evictions are rate limited',
    setBy,
  });
  const back = builder.event({
    kind: 'kubelet-back',
    actor: 'kubelet',
    label: 'the kubelet is back, or the node is declared gone',
    message:
      'until then the object stays Terminating: the Node must be deleted, ' +
      'tainted out-of-service, or the pod force deleted',
  });
  builder.after(marked, back, {
    seconds: between(0, Infinity),
    certainty: 'assumed',
    parameter: 'node.return',
    message: 'nothing bounds how long a node is away',
  });
  return { kubelet: back, marked, endpoints: unknown };
}

/** How long the pod tolerates an unreachable node. */
function tolerated({ pod, at }: PodModel) {
  const tolerations = pod.spec.tolerations ?? [];
  const key = 'node.kubernetes.io/unreachable';
  const index = tolerations.findIndex(
    (it) =>
      (it.key === key || (it.key === undefined && it.operator === 'Exists')) &&
      (it.effect === undefined || it.effect === 'NoExecute'),
  );
  const setBy = at.spec.tolerations;
  // The admission plugin DefaultTolerationSeconds adds 300 where nothing is tolerated.
  if (index < 0) return { seconds: 300, setBy };
  return { seconds: Math.max(0, tolerations[index]?.tolerationSeconds ?? Infinity), setBy };
}

/** When the controller makes another pod, and what it waits for. */
export function addReplacement(
  builder: TimelineBuilder,
  { pod, at, snapshot }: PodModel,
  cause: EndCause,
  marked: string | undefined,
  terminal: string,
): void {
  const owner = pod.metadata.ownerReferences?.find((it) => it.controller);
  // In a rolling update the new pod comes first or after, by maxSurge: the workload's to tell.
  if (!owner || (cause === 'rollout' && owner.kind !== 'StatefulSet')) return;
  const namespace = pod.metadata.namespace ?? 'default';
  const job = owner.kind === 'Job' ? snapshot.get('Job', namespace, owner.name) : undefined;
  // The one that was deleted counts as failed, and was the last.
  if (job?.spec.backoffLimit === 0) return;
  const waitsForEnd = waitsForOldPod(snapshot, namespace, owner);
  const gone = builder.has('gone') && owner.kind !== 'Job' ? 'gone' : terminal;
  const from = waitsForEnd ? gone : (marked ?? terminal);
  const replacement = builder.event({
    kind: 'replacement-created',
    actor: 'controller',
    label: `the ${owner.kind} makes another pod`,
    message: waitsForEnd
      ? `a ${owner.kind} waits for the end of the old pod`
      : `a ${owner.kind} does not count a pod that is terminating: both exist for a while`,
    cites: [at.metadata.ownerReferences],
  });
  if (owner.kind === 'Job') waitLikeAfterFailure(builder, from, replacement);
  else builder.delayed(from, replacement, 'p.ctrl');
}

/**
 * The Job controller's back-off: 10 seconds after the first failure, counted from the whole second
 * in which the pod was deleted or ended (pkg/controller/job/backoff_utils.go).
 */
function waitLikeAfterFailure(builder: TimelineBuilder, from: string, replacement: string): void {
  const { earliest, latest } = builder.profile.parameters['p.ctrl'].seconds;
  builder.after(from, replacement, {
    seconds: between(9 + earliest, 11 + latest),
    message:
      'the pod counts as failed, and after a failure the Job waits 10 seconds; twice as long for each one before it, which is assumed to be none',
    certainty: 'assumed',
  });
}

/** Whether the controller makes another pod only when the old one has ended. */
function waitsForOldPod(
  snapshot: PodModel['snapshot'],
  namespace: string,
  { kind, name }: { readonly kind: string; readonly name: string },
): boolean {
  if (kind === 'StatefulSet') return true;
  if (kind === 'Job')
    return snapshot.get('Job', namespace, name)?.spec.podReplacementPolicy === 'Failed';
  if (kind !== 'DaemonSet') return false;
  const { updateStrategy } = snapshot.get('DaemonSet', namespace, name)?.spec ?? {};
  const surge = updateStrategy?.rollingUpdate?.maxSurge ?? 0;
  // With maxSurge the old pod and the new may share the node.
  return surge === 0 || surge === '0%';
}
