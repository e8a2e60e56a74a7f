/**
 * A pod's end by each of its causes: what the kubelet does, and beside it what the endpoints do.
 * Follows pkg/kubelet/pod_workers.go, pkg/kubelet/kubelet.go (SyncTerminatingPod,
 * SyncTerminatedPod), pkg/kubelet/status/status_manager.go and what 1.36.2 was measured to do.
 * Left out: mirror pods, DRA, ephemeral containers. The pod is assumed to have run quietly.
 */
import { between, exactly, formatSeconds } from '../explanation/index.ts';
import { END_CAUSES, type EndCause, type EndCauseFacts } from './end-causes.ts';
import type { LifecycleTimeline } from './lifecycle-event.ts';
import { podModel, type LifecycleInput, type PodModel } from './lifecycle-input.ts';
import { hasAttachedVolumes } from './startup-node.ts';
import { addContainerRestart } from './shutdown-restart.ts';
import { addContainerEnds, type Grace } from './shutdown-containers.ts';
import { addExpectations, expectNodeLoss } from './shutdown-orders.ts';
import { addDeletion, addNodeFailure, addReplacement } from './shutdown-request.ts';
import { addTrafficRemoval } from './shutdown-traffic.ts';
import { TimelineBuilder } from './timeline-builder.ts';

/** The end of a pod that is asked about. */
export interface ShutdownInput extends LifecycleInput {
  /** What `podModel` makes of this input, where that is known already. */
  readonly model?: PodModel;
  /** The grace period of the delete request, where it names one. */
  readonly requestedGraceSeconds?: number;
  /** The node's budget at a shutdown, or its evictionMaxPodGracePeriod. */
  readonly nodeGraceSeconds?: number;
  /** The container whose probe fails; the first with such a probe where it is left out. */
  readonly container?: string;
  /** The kubelet was busy with another step of the pod just before. */
  readonly recentStep?: boolean;
}

/** What a workload that outlives a node does. */
const NODE_LOSS: readonly string[] = [
  'Other replicas on other nodes serve meanwhile.',
  'Clients give up soon on connections that nobody answers, and try another endpoint.',
  'The node is marked unreachable: its pods are Ready no longer, and leave their Services.',
  'The taint is tolerated no longer: the pod is marked, and its controller makes another.',
  'The node comes back or is declared gone: only then the object goes.',
];

/** How a pod should go, or one container alone: what `predictShutdown` is compared with. */
export function shutdownReference(
  cause: EndCause,
  { traffic, sidecars }: PodModel,
): readonly string[] {
  if (cause === 'node-failure') return NODE_LOSS;
  const isReached = traffic.consumers.length > 0;
  const stops = isReached
    ? [
        'The app stops accepting new connections and asks its clients to close theirs.',
        'It finishes the requests it has, and exits.',
      ]
    : ['The app finishes or keeps what it is at, and exits.'];
  if (END_CAUSES[cause].scope === 'container') {
    return [
      ...(isReached ? ['The pod is not Ready: it stops being an endpoint of its Services.'] : []),
      ...stops,
      'The kubelet starts the container anew; the pod keeps its place and its IP.',
      ...(isReached ? ['Once it is Ready again, its Services send to it.'] : []),
    ];
  }
  return [
    ...(isReached
      ? [
          'The pod is marked: it stops being an endpoint of its Services.',
          'Every kube-proxy, ingress, load balancer and resolver forgets it; it still accepts meanwhile.',
        ]
      : ['The pod is marked: its controller and its kubelet hear of it.']),
    ...stops,
    ...(sidecars.length > 0 ? ['Its sidecars go after it, the last declared first.'] : []),
    'The sandbox goes, the IP is free, volumes are unmounted, the object goes.',
  ];
}

/** The pod's end by a cause, over every run the profile allows. */
export function predictShutdown(input: ShutdownInput, cause: EndCause): LifecycleTimeline {
  const model = input.model ?? podModel(input);
  const asked = END_CAUSES[cause].marksDeletion && cause !== 'node-failure';
  // A grace period of 0 makes every delete a force delete, whoever asks.
  if (asked && (input.requestedGraceSeconds ?? model.gracePeriodSeconds) === 0) {
    cause = 'force-delete';
  }
  const facts = END_CAUSES[cause];
  const builder = new TimelineBuilder(model.profile);
  const grace = graceOf(model, facts, input, cause);
  if (facts.scope === 'container') {
    addContainerRestart(builder, model, cause, grace, input.container);
    return builder.build(facts.trigger);
  }
  const start = addStart(builder, model, cause, facts);
  // Past its deadline a pod is first reported not ready, and stopped in a later step.
  const laterStep = input.recentStep === true || cause === 'deadline';
  const killing = addKubeletStart(builder, start, facts, laterStep);
  const stopped = addContainerEnds(builder, killing, model.mains, model.sidecars, grace);
  const terminal = addCleanUp(builder, model, stopped, cause);
  addTrafficRemoval(builder, model, start.endpoints ?? terminal, terminal);
  addReplacement(builder, model, cause, start.marked, terminal);
  if (cause === 'node-failure') expectNodeLoss(builder, model);
  else addExpectations(builder, model);
  return builder.build(facts.trigger);
}

/** Where the two chains begin. */
interface Start {
  /** The event the kubelet acts on. */
  readonly kubelet: string;
  /** The object's deletionTimestamp, where it gets one. */
  readonly marked: string | undefined;
  /** The event the endpoints act on; undefined where that is the end of the containers. */
  readonly endpoints: string | undefined;
}

function addStart(
  builder: TimelineBuilder,
  model: PodModel,
  cause: EndCause,
  facts: EndCauseFacts,
): Start {
  if (cause === 'node-failure') return addNodeFailure(builder, model, facts);
  if (facts.marksDeletion) {
    const marked = addDeletion(builder, model, cause, facts);
    return { kubelet: marked, marked, endpoints: marked };
  }
  const decided = builder.event({
    kind: 'kubelet-decides',
    actor: 'kubelet',
    label: facts.trigger,
    message: `no deletionTimestamp is set; the pod ends as ${facts.reason}`,
    ...(cause === 'deadline' ? { setBy: model.at.spec.activeDeadlineSeconds } : {}),
  });
  if (cause !== 'deadline') return { kubelet: decided, marked: undefined, endpoints: undefined };
  const notReady = builder.event({
    kind: 'ready-false',
    actor: 'kubelet',
    label: 'status: Ready=False (PodFailed)',
    message: 'the phase is decided before the conditions are: Ready falls before anything stops',
  });
  builder.delayed(decided, notReady, 'p.status');
  return { kubelet: decided, marked: undefined, endpoints: notReady };
}

/** From the change to the moment all containers are being killed. */
function addKubeletStart(
  builder: TimelineBuilder,
  start: Start,
  facts: EndCauseFacts,
  recentStep: boolean,
): string {
  let from = start.kubelet;
  if (facts.marksDeletion) {
    const sees = builder.event({
      kind: 'kubelet-sees-deletion',
      actor: 'kubelet',
      label: 'the kubelet sees the deletionTimestamp',
      message: 'it takes the grace period as a duration from its own first step, no deadline',
    });
    builder.delayed(from, sees, 'p.watch');
    from = sees;
  }
  const free = builder.event({
    kind: 'worker-free',
    actor: 'kubelet',
    label: "the pod's worker is free",
    message:
      'one step of a pod at a time: a pull, a postStart hook or a restart in progress ends first',
  });
  builder.after(from, free, {
    seconds: recentStep ? between(0, 2) : exactly(0),
    certainty: 'bounded',
    parameter: 'pod.quiet',
    message: recentStep
      ? 'after another step the worker waits for the next relist, or two'
      : 'the pod is assumed to have been quiet since the last relist',
  });
  const killing = builder.event({
    kind: 'killing',
    actor: 'kubelet',
    label: 'the kubelet begins to stop all containers',
    message:
      'event Killing for each; readiness is probed on, liveness and startup of main ones are not',
  });
  builder.delayed(free, killing, 'p.kubelet');
  return killing;
}

/** From the last container's end to the object's: gives the terminal status. */
function addCleanUp(
  builder: TimelineBuilder,
  model: PodModel,
  stopped: readonly string[],
  cause: EndCause,
): string {
  const all = builder.event({
    kind: 'all-stopped',
    actor: 'kubelet',
    label: 'all containers have stopped',
    message: 'the sandbox is stopped within milliseconds of the last one',
  });
  for (const it of stopped) builder.atOnce(it, all, 'the kubelet waits for every container');
  const sandbox = builder.event({
    kind: 'sandbox-stopped',
    actor: 'runtime',
    label: 'the sandbox is stopped, its IP is free',
    message: 'StopPodSandbox; the CNI plugin takes the network away',
  });
  builder.delayed(all, sandbox, 'p.sandboxstop');
  const terminal = builder.event({
    kind: 'terminal-status',
    actor: 'kubelet',
    label: 'status: phase Succeeded or Failed',
    message: 'by the exit codes of the main containers; the pod leaves its EndpointSlices with it',
  });
  builder.delayed(sandbox, terminal, 'p.status');
  for (const { metadata } of cause === 'force-delete' ? [] : model.traffic.services) {
    const removed = builder.event({
      kind: 'slice-removed',
      subject: metadata.name,
      actor: 'endpoint-slice-controller',
      label: `EndpointSlice of ${metadata.name}: the endpoint is gone`,
      message: 'a pod whose phase is terminal is no endpoint',
    });
    builder.delayed(terminal, removed, 'p.eps');
  }
  if (END_CAUSES[cause].marksDeletion && cause !== 'force-delete')
    addRemoval(builder, model, sandbox, terminal);
  return terminal;
}

/** Unmount, final delete, gone. */
function addRemoval(
  builder: TimelineBuilder,
  { at, pod }: PodModel,
  sandbox: string,
  terminal: string,
): void {
  const relist = builder.event({
    kind: 'termination-noticed',
    actor: 'kubelet',
    label: 'the next relist shows no container',
    message: 'the worker goes on only with a view of the runtime newer than its last step',
  });
  builder.delayed(sandbox, relist, 'p.pleg');
  const unmounted = builder.event({
    kind: 'volumes-unmounted',
    actor: 'kubelet',
    label: 'volumes are unmounted, the cgroup is removed',
    message: 'an unmount that hangs keeps the pod Terminating',
    cites: [at.spec.volumes],
  });
  builder.delayed(relist, unmounted, 'p.unmount');
  addDetach(builder, pod, unmounted);
  const deleted = builder.event({
    kind: 'final-delete',
    actor: 'kubelet',
    label: 'the kubelet deletes the object with grace period 0',
    message: 'once the terminal status is written and the volumes are gone',
  });
  builder.atOnce(terminal, deleted, 'the final status comes first');
  builder.delayed(unmounted, deleted, 'p.api');
  const gone = builder.event({
    kind: 'gone',
    actor: 'api-server',
    label: 'the object is gone: its name is free',
    message: goneMessage(pod),
    cites: [at.metadata.finalizers],
  });
  const finalizers = pod.metadata.finalizers ?? [];
  builder.delayed(deleted, gone, 'p.watch');
  if (finalizers.length > 0) {
    builder.after(deleted, gone, {
      seconds: between(0, Infinity),
      message: `finalizers hold the object: ${finalizers.slice(0, 3).join(', ')}`,
      cites: [at.metadata.finalizers],
    });
  }
}

/** What can follow once the object is gone. */
function goneMessage({ metadata }: PodModel['pod']): string {
  const owner = metadata.ownerReferences?.find((it) => it.controller);
  if (!owner) return 'what counts against quotas is free; nobody makes the pod anew';
  return owner.kind === 'StatefulSet'
    ? 'what counts against quotas is free; the StatefulSet makes the pod anew by the same name'
    : `what counts against quotas is free; a pod that the ${owner.kind} makes has another name`;
}

/** Volumes that were attached are detached once the node has reported them free. */
function addDetach(builder: TimelineBuilder, pod: PodModel['pod'], unmounted: string): void {
  if (!hasAttachedVolumes(pod)) return;
  const detached = builder.event({
    kind: 'volumes-detached',
    actor: 'controller',
    label: 'volumes are detached from the node',
    message: 'another node can attach them now; forced after 6 minutes where the node is lost',
  });
  const { seconds, meaning } = builder.profile.parameters['p.detach'];
  builder.after(unmounted, detached, {
    seconds: between(seconds.earliest, seconds.latest + 10),
    certainty: 'assumed',
    parameter: 'p.detach',
    message: `the node reports its volumes every 10s; ${meaning}`,
  });
}

/** The grace period that the kubelet goes by. */
function graceOf(
  model: PodModel,
  facts: EndCauseFacts,
  input: ShutdownInput,
  cause: EndCause,
): Grace {
  const setBy = model.at.spec.terminationGracePeriodSeconds;
  const spec = model.gracePeriodSeconds;
  const own = `terminationGracePeriodSeconds is ${formatSeconds(spec)}`;
  if (facts.grace === 'one') {
    const message = `the kubelet is given 1s (${facts.label})`;
    return { seconds: 1, message, setBy: cause === 'force-delete' ? setBy : undefined };
  }
  if (facts.grace === 'eviction-max' || facts.grace === 'budget') {
    const soft = facts.grace === 'eviction-max';
    const most = input.nodeGraceSeconds ?? (soft ? 0 : spec);
    const seconds = Math.max(1, Math.min(spec, most));
    if (most >= spec) return { seconds, message: own, setBy };
    const limit = soft ? 'evictionMaxPodGracePeriod allows' : "the node's shutdown leaves the pod";
    return { seconds, message: `${limit} ${formatSeconds(most)}, and ${own}`, setBy };
  }
  const asked = facts.marksDeletion ? input.requestedGraceSeconds : undefined;
  if (asked === undefined) return { seconds: Math.max(1, spec), message: own, setBy };
  const message = `the request asks for ${formatSeconds(asked)}`;
  return { seconds: Math.max(1, asked), message, setBy: undefined };
}
