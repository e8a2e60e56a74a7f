/**
 * Decides when one probe runs and from which result on it counts: a ticker that starts with the
 * worker, before the container, and manual runs that restart it.
 * After pkg/kubelet/prober/worker.go and prober.go.
 * Left out: what a gRPC service says of itself, probes of other hosts.
 */
import type { Container, Probe } from '../../manifest/index.ts';
import { truncatedToSecond } from './active-deadline.ts';
import { type Process, Signal } from './clock.ts';
import type { PodLife } from './pod-life.ts';
import { allStatuses, isTerminal, isTrue, type PodStatus } from './pod-status.ts';
import { portNumber } from './ports.ts';
import type { ProbeKind, ProbeResult } from './probe-manager.ts';
import { restartsAfterExit } from './restart-policy.ts';
import type { RuntimeContainer } from './runtime-view.ts';

/** A probe that cannot run is tried this often, and then forgotten. */
const TRIES = 3;

interface Probed {
  readonly result: ProbeResult;
  readonly output: string;
}

export class ProbeWorker {
  readonly #life: PodLife;
  readonly #container: Container;
  readonly #kind: ProbeKind;
  readonly #spec: Probe;
  #stopped = false;
  #triggered = false;
  #wake = new Signal();
  #nextTick = 0;
  #id = 0;
  #onHold = false;
  #lastResult: ProbeResult | undefined;
  #resultRun = 0;

  constructor(life: PodLife, container: Container, kind: ProbeKind, spec: Probe) {
    this.#life = life;
    this.#container = container;
    this.#kind = kind;
    this.#spec = spec;
  }

  stop(): void {
    this.#stopped = true;
    this.#wake.fire();
  }

  /** Asks for a run now. */
  trigger(): void {
    this.#triggered = true;
    this.#life.node.clock.after(this.#life.node.timing.stepSeconds / 4, () => this.#wake.fire());
  }

  *run(): Process {
    yield* this.#probeForEver();
    if (this.#id !== 0) this.#life.probes.forget(this.#kind, this.#id);
  }

  *#probeForEver(): Process {
    const { clock } = this.#life.node;
    const period = Math.max(1, this.#spec.periodSeconds || 10);
    this.#nextTick = clock.now + period;
    while (yield* this.#probeOnce()) {
      while (!this.#stopped && !this.#triggered && clock.now < this.#nextTick) {
        this.#wake = new Signal();
        yield { signal: this.#wake, seconds: this.#nextTick - clock.now };
      }
      if (this.#stopped) return;
      if (this.#triggered) {
        this.#triggered = false;
        this.#nextTick = clock.now + period;
      } else {
        while (this.#nextTick <= clock.now) this.#nextTick += period;
      }
    }
  }

  /** One look at the container, and a probe if it is to be probed; false ends the worker. */
  *#probeOnce(): Process<boolean> {
    const { status, probes, runtime } = this.#life;
    const current = status.current;
    if (current === undefined) return true;
    if (isTerminal(current.phase)) return false;
    const own = allStatuses(current).find((it) => it.name === this.#container.name);
    if (own === undefined || own.id === 0) return true;
    if (this.#id !== own.id) {
      if (this.#id !== 0) probes.forget(this.#kind, this.#id);
      this.#id = own.id;
      probes.setResult(this.#kind, own.id, INITIAL[this.#kind]);
      this.#onHold = false;
    }
    if (this.#onHold) return true;
    if (own.state.kind !== 'running') {
      probes.setResult(this.#kind, own.id, 'Failure');
      return own.state.kind !== 'terminated' || this.#comesBack(current, own.state.exitCode);
    }
    if (this.#tooEarly(own.state.startedAt)) return true;
    if (own.started === (this.#kind === 'startup')) return true;
    const running = runtime.find(own.id);
    const probed = running === undefined ? undefined : yield* this.#probe(running);
    if (probed !== undefined) this.#count(own.id, probed);
    return true;
  }

  #comesBack(current: PodStatus, exitCode: number): boolean {
    return (
      restartsAfterExit(this.#life.pod(), this.#container, exitCode) ||
      isTrue(current, 'AllContainersRestarting')
    );
  }

  #tooEarly(startedAt: number): boolean {
    const delay = this.#spec.initialDelaySeconds ?? 0;
    const age = this.#life.node.clock.now - truncatedToSecond(this.#life, startedAt);
    return Math.floor(age) < delay;
  }

  #count(id: number, { result }: Probed): void {
    this.#resultRun = this.#lastResult === result ? this.#resultRun + 1 : 1;
    this.#lastResult = result;
    const threshold =
      result === 'Failure' ? this.#spec.failureThreshold || 3 : this.#spec.successThreshold || 1;
    if (this.#resultRun < threshold) return;
    this.#life.probes.setResult(this.#kind, id, result);
    if (this.#kind === 'startup' || (this.#kind === 'liveness' && result === 'Failure')) {
      this.#onHold = true;
      this.#resultRun = 0;
    }
  }

  *#probe(running: RuntimeContainer): Process<Probed | undefined> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const probed = yield* this.#handler(running);
      if (probed !== undefined) {
        if (probed.result === 'Failure') this.#unhealthy(`probe failed: ${probed.output}`);
        return probed;
      }
    }
    this.#unhealthy('probe errored and resulted in unknown state');
    return undefined;
  }

  *#handler(running: RuntimeContainer): Process<Probed | undefined> {
    const { exec, httpGet, tcpSocket, grpc } = this.#spec;
    const { runtime } = this.#life;
    const timeout = this.#spec.timeoutSeconds || 1;
    if (exec !== undefined) {
      const command = exec.command ?? [];
      const result = yield* runtime.exec(running, command, this.#kind, timeout);
      if (result.timedOut === true) {
        const output = `command timed out: "${command.join(' ')}" timed out after ${timeout}s`;
        return { result: 'Failure', output };
      }
      if (result.error !== undefined) return undefined;
      const good = result.exitCode === 0;
      return { result: good ? 'Success' : 'Failure', output: result.output ?? '' };
    }
    yield this.#life.node.timing.stepSeconds / 4;
    const silence = runtime.silence(running);
    // A connection is taken by the kernel, so a TCP probe needs no answer.
    if (silence > 0 && tcpSocket === undefined) {
      const died = yield { signal: running.exited, seconds: Math.min(silence, timeout) };
      if (!died && silence > timeout) return this.#unanswered(timeout);
    }
    if (httpGet !== undefined) return this.#http(running, httpGet);
    if (tcpSocket !== undefined) {
      const port = portNumber(this.#container, tcpSocket.port);
      if (port === 0) return undefined;
      return runtime.request(running, port, '') === undefined
        ? refused(`dial tcp ${tcpSocket.host ?? '$IP'}:${port}: connect: connection refused`)
        : { result: 'Success', output: '' };
    }
    if (grpc !== undefined && runtime.request(running, grpc.port, '') === undefined) {
      return refused(`timeout: failed to connect service "$IP:${grpc.port}" within ${timeout}s`);
    }
    return { result: 'Success', output: '' };
  }

  #http(running: RuntimeContainer, get: NonNullable<Probe['httpGet']>): Probed | undefined {
    const port = portNumber(this.#container, get.port);
    if (port === 0) return undefined;
    const path = get.path ?? '/';
    const status = this.#life.runtime.request(running, port, path);
    if (status === undefined) {
      const dial = `dial tcp ${get.host ?? '$IP'}:${port}: connect: connection refused`;
      return refused(`Get "${this.#url(get)}": ${dial}`);
    }
    const name = this.#container.name;
    this.#life.trace('app', 'http', name, { agent: 'kube-probe/1.36', path, status });
    if (status >= 300 && status < 400) {
      const warning = `${capital(this.#kind)} probe warning`;
      const text = `${warning}: Probe terminated redirects, Response body: `;
      this.#life.events.warning('ProbeWarning', text, name);
    }
    return status >= 200 && status < 400
      ? { result: 'Success', output: '' }
      : refused(`HTTP probe failed with statuscode: ${status}`);
  }

  #url({ host = '$IP', port, path = '/' }: NonNullable<Probe['httpGet']>): string {
    return `http://${host}:${portNumber(this.#container, port)}${path}`;
  }

  /** The time is over before the app has answered. */
  #unanswered(timeout: number): Probed {
    const { httpGet } = this.#spec;
    if (!httpGet) return refused(`timeout: health rpc did not complete within ${timeout}s`);
    const why = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    return refused(`Get "${this.#url(httpGet)}": ${why}`);
  }

  #unhealthy(text: string): void {
    const message = `${capital(this.#kind)} ${text}`;
    this.#life.events.warning('Unhealthy', message, this.#container.name);
  }
}

const INITIAL = { startup: 'Unknown', readiness: 'Failure', liveness: 'Success' } as const;

function refused(output: string): Probed {
  return { result: 'Failure', output };
}

function capital(kind: ProbeKind): string {
  return kind.slice(0, 1).toUpperCase() + kind.slice(1);
}
