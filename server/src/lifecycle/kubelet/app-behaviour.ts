/**
 * Decides how the n-th process made under a container's name behaves, and how its commands answer.
 * Unknown commands succeed at once.
 */
import type { Container } from '../../manifest/index.ts';
import type { AppBehaviour, AppCall, Behaviour, Growth, PerAttempt } from './scenario.ts';

/** The behaviour of one process, all lists resolved. */
export interface App {
  readonly startDelay: number;
  readonly runFor: number | undefined;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** What the stop signal does: undefined where it is ignored. */
  readonly onTerm: { readonly seconds: number; readonly exitCode: number } | undefined;
  readonly stopSignal: string;
  readonly drainsOn: string | undefined;
  readonly createFail: string | undefined;
  readonly startFail: string | undefined;
  readonly http: { readonly port: number | undefined; readonly late: boolean } | undefined;
  readonly silent: { readonly from: number; readonly until: number } | undefined;
  readonly processes: readonly Growth[];
  readonly writes: Readonly<Record<string, Growth>>;
  readonly logsCompressTo: number;
  readonly listens: readonly string[];
  readonly listenDelay: number;
  readonly calls: readonly AppCall[];
}

/** The behaviour of the process number `made` of a container. */
export function appOf(behaviour: Behaviour | undefined, container: Container, made: number): App {
  const own: AppBehaviour = {
    ...fromEnvironment(container),
    ...behaviour?.containers?.[container.name],
  };
  const http = nth(own.http, made) ?? undefined;
  const startDelay = nth(own.startDelay, made) ?? 0;
  return {
    startDelay,
    runFor: nth(own.runFor, made) ?? undefined,
    exitCode: nth(own.exitCode, made) ?? 0,
    oomKilled: nth(own.oomKilled, made) ?? false,
    onTerm: parseOnTerm(nth(own.onTerm, made) ?? 'exit:0'),
    stopSignal: own.stopSignal ?? 'SIGTERM',
    drainsOn: own.drainsOn,
    createFail: nth(own.createFail, made) ?? undefined,
    startFail: nth(own.startFail, made) ?? undefined,
    http: http === undefined ? undefined : { port: http.port, late: http.late === true },
    silent: nth(own.silent, made) ?? undefined,
    processes: nth(own.memory, made)?.processes ?? [],
    writes: nth(own.writes, made) ?? {},
    logsCompressTo: nth(own.logsCompressTo, made) ?? 1,
    listens: own.listens ?? [],
    listenDelay: nth(own.listenDelay, made) ?? startDelay,
    calls: own.calls ?? [],
  };
}

function nth<T>(value: PerAttempt<T> | undefined, index: number): T | undefined {
  if (!Array.isArray(value)) return value as T | undefined;
  return (value as readonly T[])[Math.min(index, value.length - 1)];
}

function fromEnvironment(container: Container): AppBehaviour {
  const env = container.env;
  if (env === undefined || env.length === 0) return {};
  const list = (name: string): string[] | undefined =>
    env.find((it) => it.name === name)?.value?.split('|');
  const numbers = (name: string) => list(name)?.map((it) => (it === '' ? 0 : Number(it)));
  const orNull = (values: number[] | undefined) =>
    values?.map((it) => (Number.isFinite(it) ? it : null));
  return {
    startDelay: numbers('START_DELAY'),
    runFor: orNull(numbers('RUN_FOR')),
    exitCode: numbers('EXIT_CODE'),
    onTerm: list('ON_TERM'),
  };
}

function parseOnTerm(text: string): App['onTerm'] {
  if (text === 'ignore') return undefined;
  const [, seconds, code] = text.split(':');
  return { seconds: Number(seconds ?? 0) || 0, exitCode: Number(code ?? 0) || 0 };
}

/** How a command ends: after so many seconds, with this code. */
export interface CommandResult {
  readonly seconds: number;
  readonly exitCode: number;
  readonly output: string;
  /** The command makes the app exit by itself after so long. */
  readonly quitAfter?: number;
  /** The command cannot be started at all. */
  readonly error?: string;
  /** It calls somebody after its seconds, and again so often: it fails where nobody answers. */
  readonly call?: { readonly to: string; readonly every: number | undefined };
}

/** What a command sees of its container. */
export interface CommandView {
  readonly app: App;
  /** Seconds since the container's start. */
  readonly age: number;
  readonly signalled: boolean;
  /** How often this very command ran in this container. */
  readonly calls: number;
}

/** Runs a command of the simulated apps. */
export function runCommand(command: readonly string[], view: CommandView): CommandResult {
  const [name, first, second, third] = command;
  const { age } = view;
  const a = Number(first ?? 0) || 0;
  switch (name) {
    case 'never':
      return done(1, 'never');
    case 'ready':
      return age + EPSILON >= view.app.startDelay && !view.signalled
        ? done(0)
        : done(1, 'not ready');
    case 'after':
      return age + EPSILON >= a ? done(0) : done(1, 'too early');
    case 'until':
      return age < a ? done(0) : done(1, 'too late');
    case 'between':
      return age >= a && age < Number(second ?? 0) ? done(0) : done(1, 'not now');
    case 'except':
      // Somebody who is asked gives no answer meanwhile.
      return age < a || age >= Number(second ?? 0)
        ? done(0)
        : { seconds: Number(second ?? 0) - age, exitCode: 1, output: 'no answer' };
    case 'seq': {
      const digits = first ?? '1';
      const digit = digits[Math.min(view.calls, digits.length - 1)];
      return digit === '1' ? done(0) : done(1, 'seq');
    }
    case 'slow':
    case 'sleep':
      return { seconds: a, exitCode: 0, output: '' };
    case 'fail':
      return { seconds: a, exitCode: 1, output: 'failed' };
    case 'exit':
      return done(a);
    case 'hangs':
      return age < a ? done(0) : { seconds: Infinity, exitCode: 0, output: '' };
    case 'missing':
      return { ...done(126), error: NO_PROGRAM };
    case 'call': {
      const every = third === undefined ? undefined : Number(third);
      return { ...done(0), seconds: Number(second ?? 0), call: { to: first ?? '', every } };
    }
    case 'quit':
      return { seconds: Infinity, exitCode: 0, output: '', quitAfter: a };
    default:
      return done(0);
  }
}

const EPSILON = 1e-6;
/** What the runtime says of a program that the image does not have. */
const NO_PROGRAM = 'failed to exec in container: executable file not found in $PATH';

function done(exitCode: number, output = ''): CommandResult {
  return { seconds: 0, exitCode, output };
}
