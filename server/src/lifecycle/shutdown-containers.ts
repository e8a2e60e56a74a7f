/**
 * How the kubelet ends containers: preStop, stop signal, SIGKILL, sidecars after main containers.
 * Follows pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer) and
 * kuberuntime_termination_order.go; the arithmetic is as measured on v1.36.2.
 *
 * SIGKILL comes max(G - ⌊hook⌋ - ⌊wait⌋, 2) seconds after the stop signal. With the signal at
 * hook + wait that is the later of "signal + 2" and "start + G + the fractions cut off", so the
 * hook's own length cancels out of it. The same G bounds the wait of a sidecar for its turn.
 */
import { exactly, formatSeconds, type TimeWindow } from '../explanation/index.ts';
import type { Citable } from '../manifest/index.ts';
import { eventId } from './lifecycle-event.ts';
import type { PodContainer } from './lifecycle-input.ts';
import type { TimelineBuilder } from './timeline-builder.ts';

/** The grace period the kubelet goes by, and what sets it. */
export interface Grace {
  readonly seconds: number;
  readonly message: string;
  readonly setBy: Citable | undefined;
}

/** The stop signal is never followed by SIGKILL sooner than this. */
export const MINIMUM_GRACE_SECONDS = 2;

/**
 * Adds the end of these containers from the event at which the kubelet begins to kill them.
 * Gives the `stopped` event of each.
 */
export function addContainerEnds(
  builder: TimelineBuilder,
  killing: string,
  mains: readonly PodContainer[],
  sidecars: readonly PodContainer[],
  grace: Grace,
): readonly string[] {
  const stopped: string[] = [];
  for (const main of mains) stopped.push(addEnd(builder, killing, main, grace, undefined));
  // In reverse order, each after the one declared behind it.
  for (const sidecar of sidecars.toReversed()) {
    const turn = addTurn(builder, killing, sidecar, stopped.slice(), grace);
    stopped.push(addEnd(builder, killing, sidecar, grace, turn));
  }
  return stopped;
}

/** The moment a sidecar need not wait any longer: the others have stopped, or the grace is over. */
function addTurn(
  builder: TimelineBuilder,
  killing: string,
  { name, lane, preStop }: PodContainer,
  waitsFor: readonly string[],
  grace: Grace,
): string {
  const othersStopped = builder.event({
    kind: 'others-stopped',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `all that ${name} waits for has stopped`,
    message: 'a sidecar is stopped after all main containers and all sidecars declared behind it',
  });
  for (const it of waitsFor)
    builder.atOnce(it, othersStopped, 'the kubelet waits for each of them');
  const turn = builder.event({
    kind: 'sidecar-turn',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `${name}'s turn`,
    message: 'the order ends when the grace period does: then all sidecars are stopped together',
    join: 'any',
    setBy: grace.setBy,
  });
  builder.atOnce(othersStopped, turn, 'the order is kept');
  const message = `${grace.message}: the wait ends with it`;
  const seconds = plusFraction(grace.seconds, fractionOf(preStop.seconds, grace.seconds));
  builder.after(killing, turn, { seconds, message, setBy: grace.setBy });
  builder.span('wait', killing, turn, 'waits for its turn');
  return turn;
}

function addEnd(
  builder: TimelineBuilder,
  killing: string,
  container: PodContainer,
  grace: Grace,
  turn: string | undefined,
): string {
  const { name, lane, app } = container;
  const hookEnded = addPreStop(builder, killing, container, grace);
  const sigterm = builder.event({
    kind: 'sigterm',
    subject: name,
    actor: 'runtime',
    lane,
    label: `stop signal to ${name}`,
    message: app.entrypoint.explanation.message,
    cites: app.entrypoint.explanation.cites,
    setBy: container.preStop.setBy,
  });
  builder.atOnce(hookEnded, sigterm, 'the stop signal follows the preStop hook at once');
  if (turn !== undefined)
    builder.atOnce(turn, sigterm, 'the kubelet lets the sidecar go first then');
  const sigkill = addSigkill(builder, killing, container, grace, sigterm, turn !== undefined);
  return addStop(builder, container, killing, sigterm, sigkill);
}

function addPreStop(
  builder: TimelineBuilder,
  killing: string,
  container: PodContainer,
  grace: Grace,
): string {
  const { name, lane, preStop } = container;
  if (preStop.kind === 'none') return killing;
  const started = builder.event({
    kind: 'prestop-started',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `preStop of ${name} begins`,
    message: 'hooks of all containers, sidecars too, begin together; the app runs on meanwhile',
    setBy: preStop.setBy,
  });
  builder.atOnce(killing, started, 'the kubelet handles all containers in parallel');
  const ended = builder.event({
    kind: 'prestop-ended',
    subject: name,
    actor: 'kubelet',
    lane,
    label: `preStop of ${name} ends`,
    message: 'the kubelet waits for the hook, but no longer than the grace period',
    setBy: preStop.setBy,
    join: 'any',
  });
  const seconds = cut(preStop.seconds, grace.seconds);
  const cutShort = preStop.seconds.latest > grace.seconds;
  const { message, cites } = preStop.explanation;
  builder.after(started, ended, {
    seconds,
    certainty: preStop.certainty,
    message: cutShort
      ? `${message}; it is cut at ${formatSeconds(grace.seconds)}: ${grace.message}`
      : message,
    cites: cutShort && grace.setBy ? [...cites, grace.setBy] : cites,
    setBy: preStop.setBy,
    ...(preStop.certainty === 'exact' ? {} : { parameter: 'app.pre-stop-seconds' }),
  });
  builder.span('hook', started, ended, 'preStop');
  if (preStop.stopsApp !== 'no') addExitInHook(builder, container, started, ended);
  return ended;
}

/** A hook that tells the app to stop may see it exit, and ends with it then. */
function addExitInHook(
  builder: TimelineBuilder,
  { name, lane, preStop }: PodContainer,
  started: string,
  ended: string,
): void {
  const message = stopByHook(preStop);
  const exits = builder.event({
    kind: 'exits-in-hook',
    subject: name,
    actor: 'app',
    lane,
    label: `${name} exits during its preStop, if the hook makes it`,
    message,
    setBy: preStop.setBy,
  });
  builder.after(started, exits, {
    seconds: { earliest: preStop.stopsAppAfter.earliest, latest: Infinity },
    certainty: 'assumed',
    parameter: 'app.pre-stop-seconds',
    message,
    setBy: preStop.setBy,
  });
  builder.atOnce(exits, ended, 'an exec hook dies with its container');
}

function addSigkill(
  builder: TimelineBuilder,
  killing: string,
  { name, lane, preStop }: PodContainer,
  grace: Grace,
  sigterm: string,
  waits: boolean,
): string {
  const sigkill = builder.event({
    kind: 'sigkill',
    subject: name,
    actor: 'runtime',
    lane,
    label: `SIGKILL to ${name}, if it still runs`,
    message:
      `${grace.message}, counted from the kubelet's first step, the hook included; ` +
      `but never less than ${MINIMUM_GRACE_SECONDS}s after the stop signal`,
    setBy: grace.setBy,
  });
  const hook = fractionOf(preStop.seconds, grace.seconds);
  // Whole seconds of the hook and of the wait are taken off, each cut down to a whole number.
  const fraction = hook + (waits ? 1 : 0);
  builder.after(killing, sigkill, {
    seconds: plusFraction(grace.seconds, fraction),
    certainty: fraction > 0 ? 'bounded' : 'exact',
    message: grace.message,
    setBy: grace.setBy,
  });
  builder.after(sigterm, sigkill, {
    seconds: exactly(MINIMUM_GRACE_SECONDS),
    message: `every container has ${MINIMUM_GRACE_SECONDS}s at least, whatever is left of it`,
  });
  return sigkill;
}

/** The app's part: when it stops accepting, when it exits, and when it is gone. */
function addStop(
  builder: TimelineBuilder,
  container: PodContainer,
  killing: string,
  sigterm: string,
  sigkill: string,
): string {
  const { name, lane, app, preStop } = container;
  const exits = builder.event({
    kind: 'exits',
    subject: name,
    actor: 'app',
    lane,
    label: `${name} exits by itself`,
    message: app.drainSeconds.because,
    cites: app.drainSeconds.cites,
    join: 'any',
  });
  const stopped = builder.event({
    kind: 'stopped',
    subject: name,
    actor: 'runtime',
    lane,
    label: `${name} has stopped`,
    message: 'by itself, or by SIGKILL, whichever comes first',
    join: 'any',
  });
  const stopsAccepting = builder.event({
    kind: 'stops-accepting',
    subject: name,
    actor: 'app',
    lane,
    label: `${name} accepts no new connection`,
    message: app.stopAcceptSeconds.because,
    cites: app.stopAcceptSeconds.cites,
    join: 'any',
  });
  builder.after(sigterm, exits, assumed(app.drainSeconds));
  builder.atOnce(exits, stopped, 'the container ends with its first process');
  builder.atOnce(sigkill, stopped, 'nothing survives SIGKILL');
  builder.after(sigterm, stopsAccepting, assumed(app.stopAcceptSeconds));
  builder.atOnce(stopped, stopsAccepting, 'a dead process accepts nothing');
  builder.span('drain', sigterm, stopped, 'drain', {
    message: app.drainSeconds.because,
    cites: app.drainSeconds.cites,
  });
  if (preStop.stopsApp !== 'no') addStopByHook(builder, container, stopsAccepting, exits);
  if (container.serves) {
    const { because, cites } = app.stopAcceptSeconds;
    builder.span('serving', killing, stopsAccepting, 'still accepts', { message: because, cites });
    addConnections(builder, container, sigterm, stopped);
  }
  return stopped;
}

/** Connections that were open before: nobody's endpoint, closed by the app or with it. */
function addConnections(
  builder: TimelineBuilder,
  { name, lane, app }: PodContainer,
  sigterm: string,
  stopped: string,
): void {
  const closed = builder.event({
    kind: 'connections-closed',
    subject: name,
    actor: 'peer',
    lane,
    label: `connections that clients kept open to ${name} are closed`,
    message:
      'keep-alive, gRPC and websocket connections do not hear of EndpointSlices: ' +
      'they last until the app closes them (Connection: close, GOAWAY), or dies',
    join: 'any',
  });
  builder.after(sigterm, closed, {
    seconds: { earliest: 0, latest: Infinity },
    certainty: 'assumed',
    parameter: app.keepAliveSeconds.name,
    message: 'whether the app closes its connections at SIGTERM is not known',
  });
  builder.atOnce(stopped, closed, 'they are cut when the process ends');
}

/** A hook that tells the app to stop begins the drain before the stop signal does. */
function addStopByHook(
  builder: TimelineBuilder,
  { name, preStop }: PodContainer,
  stopsAccepting: string,
  exits: string,
): void {
  const inHook = eventId('exits-in-hook', name);
  if (!builder.has(inHook)) return;
  builder.after(eventId('prestop-started', name), stopsAccepting, {
    seconds: preStop.stopsAppAfter,
    certainty: 'assumed',
    parameter: 'app.pre-stop-seconds',
    message: stopByHook(preStop),
    setBy: preStop.setBy,
  });
  builder.atOnce(inHook, exits, 'the app has ended before the stop signal');
}

function stopByHook({ stopsApp }: PodContainer['preStop']): string {
  return stopsApp === 'yes'
    ? 'the hook itself tells the app to stop'
    : 'what the hook does to the app is not known: it may tell it to stop';
}

function assumed(it: PodContainer['app']['drainSeconds']) {
  const { value, because, cites, name, certainty } = it;
  return { seconds: value, message: because, cites, parameter: name, certainty };
}

function cut({ earliest, latest }: TimeWindow, limit: number): TimeWindow {
  return { earliest: Math.min(earliest, limit), latest: Math.min(latest, limit) };
}

/** The most that cutting a hook's length down to whole seconds gives back. */
function fractionOf({ earliest, latest }: TimeWindow, grace: number): number {
  const whole = earliest === latest && (Number.isInteger(earliest) || earliest >= grace);
  if (!whole) return 1;
  // A hook of whole seconds runs a few milliseconds over them.
  return earliest === 0 ? 0 : 0.05;
}

function plusFraction(seconds: number, fraction: number): TimeWindow {
  return { earliest: seconds, latest: seconds + fraction };
}
