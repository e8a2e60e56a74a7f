/**
 * Containers from image to Ready: init containers one by one, sidecars among them, main containers
 * in the order they are written, each with its pull, its start and its postStart, then the probes.
 * Follows pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod), kuberuntime_container.go
 * (startContainer) and pkg/kubelet/prober/worker.go. One pass of the kubelet starts all main
 * containers; none of them is seen running before it has ended.
 */
import { between, exactly, formatSeconds } from '../explanation/index.ts';
import type { Probe } from '../manifest/index.ts';
import { eventId } from './lifecycle-event.ts';
import type { PodContainer, PodModel } from './lifecycle-input.ts';
import {
  firstProbeAfter,
  killAfterStart,
  PROBED_AT_ONCE_SECONDS,
  probeNumbers,
  successAfterAble,
} from './probe-forms.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** Whether the node has an image already; unknown where it is undefined. */
export type ImagePresence = (image: string) => boolean | undefined;

/** Adds all containers: the end of the pass that starts them, and the event of all being ready. */
export function addContainers(
  builder: TimelineBuilder,
  model: PodModel,
  sandbox: string,
  present: ImagePresence,
): { readonly passEnded: string; readonly ready: string } {
  let from = sandbox;
  for (const container of model.startOrder) {
    const started = addStart(builder, container, from, present);
    from =
      container.role === 'sidecar'
        ? addSidecar(builder, container, started)
        : addInitRun(builder, container, started);
  }
  const initialized = builder.event({
    kind: 'initialized',
    actor: 'kubelet',
    label: 'init containers are done, sidecars have started',
    message: model.startOrder.length > 0 ? 'status: Initialized=True' : 'there is none',
    cites: [model.at.spec.initContainers],
  });
  builder.atOnce(from, initialized, 'one after the other, in the order they are written');
  from = initialized;
  for (const container of model.mains)
    from = addPostStart(builder, container, addStart(builder, container, from, present));
  return { passEnded: from, ready: addReadiness(builder, model, from) };
}

/** The image and the process: gives the event of the start. */
function addStart(
  builder: TimelineBuilder,
  { name, container, at, lane }: PodContainer,
  from: string,
  present: ImagePresence,
): string {
  const image = container.image ?? '';
  const pulled = builder.event({
    kind: 'image-ready',
    subject: name,
    actor: 'runtime',
    lane,
    label: `the image of ${name} is on the node`,
    message: 'one pull at a time per node by default; within a pod always one after the other',
    cites: [at.image],
    setBy: at.imagePullPolicy,
  });
  const { 'p.pull': pull, 'p.pullqueue': queue } = builder.profile.parameters;
  const policy = container.imagePullPolicy ?? 'IfNotPresent';
  const there = policy === 'Never' || (policy === 'IfNotPresent' && present(image) === true);
  const absent = present(image) === false;
  builder.after(from, pulled, {
    seconds: there
      ? exactly(0)
      : between(absent ? pull.seconds.earliest : 0, queue.seconds.latest + pull.seconds.latest),
    certainty: there ? 'exact' : 'assumed',
    message: there
      ? `imagePullPolicy ${policy}: nothing is pulled`
      : `${pull.meaning}, ${queue.meaning} (imagePullPolicy ${policy})`,
    setBy: at.imagePullPolicy,
    ...(there ? {} : { parameter: 'p.pull' }),
  });
  if (!there) builder.span('pull', from, pulled, 'pull');
  const started = builder.event({
    kind: 'started',
    subject: name,
    actor: 'runtime',
    lane,
    label: `the process of ${name} starts`,
    message: 'environment variables are resolved now; configuration that changes later is not seen',
    cites: [at.command, at.args],
  });
  builder.delayed(pulled, started, 'p.create');
  return started;
}

/** An init container runs to its end; the kubelet notices at its next relist. */
function addInitRun(
  builder: TimelineBuilder,
  { name, app, at, lane }: PodContainer,
  started: string,
): string {
  const { value, because, certainty, cites, name: parameter } = app.runSeconds;
  const completed = builder.event({
    kind: 'completed',
    subject: name,
    actor: 'app',
    lane,
    label: `${name} has exited with 0`,
    message: 'a failure is tried again with back-off; the others wait',
    cites: [at.command],
  });
  builder.after(started, completed, {
    seconds: value,
    certainty,
    parameter,
    message: because,
    cites,
  });
  const noticed = builder.event({
    kind: 'completed-noticed',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `the kubelet sees that ${name} is done`,
    message: 'the next container is started in the step after',
  });
  builder.delayed(completed, noticed, 'p.pleg');
  return noticed;
}

/** A sidecar holds the next ones back until it has started: postStart, startup probe. */
function addSidecar(builder: TimelineBuilder, sidecar: PodContainer, started: string): string {
  const returned = addPostStart(builder, sidecar, started);
  const seen = addSeen(builder, sidecar, returned);
  addApp(builder, sidecar, started);
  const passed = addStartupProbe(builder, sidecar, seen);
  const next = builder.event({
    kind: 'sidecar-started',
    subject: sidecar.name,
    actor: 'kubelet',
    lane: sidecar.lane,
    label: `${sidecar.name} counts as started`,
    message: sidecar.container.startupProbe
      ? 'its startup probe has succeeded; readiness holds nobody back'
      : 'it has no startup probe: running is enough, whether or not it can be used yet',
    cites: [sidecar.at.restartPolicy],
    setBy: sidecar.at.startupProbe,
  });
  builder.after(passed, next, {
    seconds: between(0, 0.1),
    certainty: 'bounded',
    message: 'the next step follows within some ten milliseconds',
  });
  return next;
}

function addPostStart(
  builder: TimelineBuilder,
  { name, lane, postStart }: PodContainer,
  started: string,
): string {
  if (postStart.kind === 'none') return started;
  const returned = builder.event({
    kind: 'poststart-returned',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `postStart of ${name} returns`,
    message: 'it runs beside the entrypoint, and blocks the containers after it and every probe',
    setBy: postStart.setBy,
  });
  builder.after(started, returned, {
    seconds: postStart.seconds,
    certainty: postStart.certainty,
    message: postStart.explanation.message,
    cites: postStart.explanation.cites,
    setBy: postStart.setBy,
    ...(postStart.certainty === 'exact' ? {} : { parameter: 'app.post-start-seconds' }),
  });
  builder.span('hook', started, returned, 'postStart');
  return returned;
}

function addSeen(
  builder: TimelineBuilder,
  { name, lane }: PodContainer,
  passEnded: string,
): string {
  const seen = builder.event({
    kind: 'seen-running',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `${name} is seen running`,
    message: 'only after the step that started it has ended: not while pulls or postStart go on',
  });
  builder.delayed(passEnded, seen, 'p.pleg');
  return seen;
}

/** The app's own pace: listening, then able to serve. */
function addApp(
  builder: TimelineBuilder,
  { name, lane, app }: PodContainer,
  started: string,
): void {
  const { listenSeconds, readySeconds } = app;
  const listening = builder.event({
    kind: 'listening',
    subject: name,
    actor: 'app',
    lane,
    label: `${name} accepts connections`,
    message: listenSeconds.because,
    cites: listenSeconds.cites,
  });
  builder.after(started, listening, {
    seconds: listenSeconds.value,
    certainty: listenSeconds.certainty,
    parameter: listenSeconds.name,
    message: listenSeconds.because,
    cites: listenSeconds.cites,
  });
  const able = builder.event({
    kind: 'able-to-serve',
    subject: name,
    actor: 'app',
    lane,
    label: `${name} can serve`,
    message: readySeconds.because,
    cites: readySeconds.cites,
  });
  builder.atOnce(listening, able, 'an app that does not listen cannot serve');
  if (readySeconds.declared) {
    builder.after(started, able, {
      seconds: readySeconds.value,
      certainty: readySeconds.certainty,
      parameter: readySeconds.name,
      message: readySeconds.because,
      cites: readySeconds.cites,
    });
  }
  builder.span('boot', started, able, 'boot', {
    message: readySeconds.because,
    cites: readySeconds.cites,
  });
}

/** The startup probe's success; at once where there is none. */
function addStartupProbe(builder: TimelineBuilder, it: PodContainer, seen: string): string {
  const probe = it.container.startupProbe;
  if (!probe) {
    const liveness = it.container.livenessProbe;
    if (liveness) addBootKill(builder, it, liveness, 'liveness');
    return seen;
  }
  addBootKill(builder, it, probe, 'startup');
  const passed = builder.event({
    kind: 'startup-passed',
    subject: it.name,
    actor: 'kubelet',
    lane: it.lane,
    label: `the startup probe of ${it.name} succeeds`,
    message: 'liveness and readiness are not probed before',
    setBy: it.at.startupProbe,
  });
  addProbe(builder, it, probe, seen, passed, false);
  return passed;
}

/** The moment a probe would kill an app that has not answered yet. */
function addBootKill(
  builder: TimelineBuilder,
  { name, lane, at }: PodContainer,
  probe: Probe,
  kind: 'liveness' | 'startup',
): void {
  const place = kind === 'liveness' ? at.livenessProbe : at.startupProbe;
  const { initialDelay, period, failureThreshold } = probeNumbers(probe);
  const kill = builder.event({
    kind: 'boot-kill',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `the ${kind} probe kills ${name}, if it has not answered by then`,
    message:
      `initialDelaySeconds ${initialDelay}, then ` +
      `${failureThreshold} failures ${formatSeconds(period)} apart`,
    setBy: place.failureThreshold,
  });
  builder.after(eventId('started', name), kill, {
    seconds: killAfterStart(probe),
    certainty: 'bounded',
    message:
      'initialDelaySeconds + (failureThreshold − 1) × periodSeconds, and up to a period more',
    setBy: place.failureThreshold,
  });
}

/** A probe succeeds when it has run and the app can answer it. */
function addProbe(
  builder: TimelineBuilder,
  it: PodContainer,
  probe: Probe,
  from: string,
  to: string,
  isReadiness: boolean,
): void {
  const place = isReadiness ? it.at.readinessProbe : it.at.startupProbe;
  builder.after(from, to, {
    seconds: firstProbeAfter(probe, isReadiness),
    certainty: 'bounded',
    message: isReadiness
      ? 'readiness is probed at once when the container is seen, unless initialDelaySeconds forbids'
      : 'the first tick of the probe after initialDelaySeconds',
    setBy: place.initialDelaySeconds,
  });
  const network = probe.httpGet ?? probe.tcpSocket ?? probe.grpc;
  const able = eventId(probe.tcpSocket ? 'listening' : 'able-to-serve', it.name);
  builder.after(able, to, {
    seconds: successAfterAble(probe, isReadiness),
    certainty: network ? 'bounded' : 'assumed',
    message: network
      ? 'the probe succeeds at the next tick, successThreshold times in a row'
      : 'the command is assumed to test what requests need',
    ...(network ? {} : { parameter: 'probe.tests-app' }),
    setBy: place.periodSeconds,
  });
}

/** Every container's readiness, after the pass that started the main ones. */
function addReadiness(builder: TimelineBuilder, model: PodModel, passEnded: string): string {
  const all = builder.event({
    kind: 'containers-ready',
    actor: 'kubelet',
    label: 'all containers are ready',
    message: 'main containers and sidecars; one without a readiness probe is ready as it runs',
  });
  for (const it of [...model.sidecars, ...model.mains]) {
    let seen = eventId('seen-running', it.name);
    let began = it.container.startupProbe ? eventId('startup-passed', it.name) : seen;
    if (it.role === 'main') {
      seen = addSeen(builder, it, passEnded);
      addApp(builder, it, eventId('started', it.name));
      began = addStartupProbe(builder, it, seen);
    }
    builder.atOnce(addContainerReady(builder, it, seen, began), all, 'every one of them counts');
  }
  return all;
}

/** `began` is when it may first be probed: seen running, or its startup probe's success after that. */
function addContainerReady(
  builder: TimelineBuilder,
  it: PodContainer,
  seen: string,
  began: string,
): string {
  const probe = it.container.readinessProbe;
  const ready = builder.event({
    kind: 'container-ready',
    subject: it.name,
    actor: 'kubelet',
    lane: it.lane,
    label: `${it.name} is ready`,
    message: probe
      ? 'its readiness probe has succeeded successThreshold times'
      : 'it has no readiness probe: it counts as ready as soon as it runs, listening or not',
    setBy: it.at.readinessProbe,
  });
  if (probe) {
    // The delay counts from the container's start, whenever the startup probe has passed.
    addProbe(builder, it, probe, seen, ready, true);
    if (began !== seen) {
      builder.after(began, ready, {
        seconds: { earliest: 0, latest: PROBED_AT_ONCE_SECONDS },
        certainty: 'bounded',
        message: 'readiness is probed at once when the startup probe has passed',
      });
    }
  } else builder.atOnce(began, ready, 'there is no readiness probe to wait for');
  return ready;
}
