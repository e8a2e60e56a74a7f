/** Decides how a command in a container runs and ends, as the runtime's ExecSync tells. */
import { runCommand, type CommandResult, type CommandView } from './app-behaviour.ts';
import type { Process } from './clock.ts';
import type { PodLife } from './pod-life.ts';
import type { ExecResult, RuntimeContainer } from './runtime-view.ts';

/** What is run, for what, and at most how many seconds. */
interface Exec {
  readonly command: readonly string[];
  readonly kind: string;
  readonly timeout: number | undefined;
  /** Ends the app by itself. */
  readonly quit: () => void;
}

/** A call that takes longer than this has an end of its own in the trace. */
export const LONG_CALL = 0.03;
const DEAD = 'failed to exec in container: container is in CONTAINER_EXITED state';

/** Runs a command: until it ends, its container dies or its time is over. */
export function* execSync(
  life: PodLife,
  container: RuntimeContainer,
  { command, kind, timeout, quit }: Exec,
): Process<ExecResult> {
  const { trace, node } = life;
  const cmd = command.join(' ');
  const base = { attempt: container.attempt, cmd, kind, timeout };
  const told = (result: object) => trace('cri', 'ExecSync', container.name, { ...base, ...result });
  if (container.state !== 'running') {
    told({ error: DEAD });
    return { error: DEAD };
  }
  const run = runCommand(command, commandView(life, container, cmd));
  if (run.quitAfter !== undefined) node.clock.after(run.quitAfter, quit);
  if (run.error !== undefined) {
    told({ error: run.error });
    yield node.timing.stepSeconds;
    return { error: run.error };
  }
  if (run.seconds <= LONG_CALL && run.call === undefined) {
    told({ exitCode: run.exitCode });
    yield Math.max(run.seconds, node.timing.stepSeconds);
    return { exitCode: run.exitCode, output: run.output };
  }
  const begun = node.clock.now;
  told({});
  const result = yield* untilEnd(life, container, run, timeout ?? Infinity);
  const { output: _, timedOut: __, ...shown } = result;
  const took = Math.round((node.clock.now - begun) * 1000) / 1000;
  const { attempt } = base;
  trace('cri', 'ExecSync.end', container.name, { attempt, cmd, kind, ...shown, took });
  return result;
}

/** Waits for a command that has been started: its end, its container's, or that of its time. */
function* untilEnd(
  { node, network }: PodLife,
  container: RuntimeContainer,
  run: CommandResult,
  timeout: number,
): Process<ExecResult> {
  const { clock, timing } = node;
  const ends = clock.now + timeout;
  let seconds = run.seconds + timing.stepSeconds / 4;
  for (;;) {
    const limit = Math.min(seconds, ends - clock.now);
    const died = yield {
      signal: container.exited,
      ...(Number.isFinite(limit) ? { seconds: limit } : {}),
    };
    if (died) return { exitCode: 137, output: '' };
    if (seconds > limit) return { error: 'timeout', timedOut: true };
    if (run.call === undefined) return { exitCode: run.exitCode, output: run.output };
    if (network.answers(run.call.to)) return { exitCode: 0, output: '' };
    if (run.call.every === undefined) return { exitCode: 1, output: 'connection refused' };
    seconds = run.call.every;
  }
}

/** What a command, or a call that is answered like one, sees of its container. */
export function commandView(life: PodLife, container: RuntimeContainer, cmd: string): CommandView {
  const calls = container.calls.get(cmd) ?? 0;
  container.calls.set(cmd, calls + 1);
  const { app, signalled } = container;
  return { app, age: ageOf(life, container), signalled, calls };
}

/** Seconds since the container's start. */
export function ageOf({ node }: PodLife, { startedAt }: RuntimeContainer): number {
  return node.clock.now - startedAt;
}
