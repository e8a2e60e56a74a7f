/**
 * Probes, their handlers, and lifecycle hooks.
 * Follows validateProbe, validateHandler and validateLifecycle of
 * pkg/apis/core/validation/validation.go.
 */
import type { Container, LifecycleHandler, Probe } from './pod-written.ts';
import {
  forbidden,
  invalid,
  isHTTPHeaderName,
  isValidPortName,
  isValidPortNum,
  notSupported,
  required,
  validateNonnegativeField,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { requireText } from './pod-names.ts';
import { append } from './pod-append.ts';

const SCHEMES: readonly string[] = ['HTTP', 'HTTPS'];
const COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** What probes and hooks have in common: one way to ask a container something. */
type Handler = Partial<Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'>> &
  Partial<Pick<LifecycleHandler, 'sleep'>>;

/** Probes and hooks of a container that keeps running (containers and sidecars). */
export function validateProbesAndHooks(
  container: Container,
  gracePeriodSeconds: number | undefined,
  path: Path,
): FieldErrors {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors: FieldErrors = [];
  if (lifecycle) {
    const at = path.child('lifecycle');
    const { postStart, preStop } = lifecycle;
    if (postStart) {
      append(errors, validateHandler(postStart, gracePeriodSeconds, at.child('postStart')));
    }
    if (preStop) append(errors, validateHandler(preStop, gracePeriodSeconds, at.child('preStop')));
  }
  append(errors, validateOnceProbe(livenessProbe, path.child('livenessProbe')));
  append(errors, validateReadinessProbe(readinessProbe, path.child('readinessProbe')));
  append(errors, validateOnceProbe(startupProbe, path.child('startupProbe')));
  return errors;
}

/** A probe that one success settles: liveness and startup. */
function validateOnceProbe(probe: Probe | undefined, path: Path): FieldErrors {
  if (!probe) return [];
  const errors = validateProbe(probe, path);
  const threshold = probe.successThreshold ?? 0;
  if (threshold !== 1) {
    errors.push(invalid(path.child('successThreshold'), threshold, 'must be 1'));
  }
  return errors;
}

function validateReadinessProbe(probe: Probe | undefined, path: Path): FieldErrors {
  if (!probe) return [];
  const errors = validateProbe(probe, path);
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined) {
    const at = path.child('terminationGracePeriodSeconds');
    errors.push(invalid(at, seconds, 'must not be set for readinessProbes'));
  }
  return errors;
}

function validateProbe(probe: Probe, path: Path): FieldErrors {
  const errors = validateHandler(probe, undefined, path);
  for (const name of COUNTS) {
    append(errors, validateNonnegativeField(probe[name] ?? 0, path.child(name)));
  }
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0) {
    const at = path.child('terminationGracePeriodSeconds');
    errors.push(invalid(at, seconds, 'must be greater than 0'));
  }
  return errors;
}

function validateHandler(
  handler: Handler,
  gracePeriodSeconds: number | undefined,
  path: Path,
): FieldErrors {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const checks: (readonly [string, (at: Path) => FieldErrors])[] = [];
  if (exec) checks.push(['exec', (at) => validateExec(exec.command, at)]);
  if (httpGet) checks.push(['httpGet', (at) => validateHttpGet(httpGet, at)]);
  if (tcpSocket) {
    checks.push(['tcpSocket', (at) => validatePortNumOrName(tcpSocket.port, at.child('port'))]);
  }
  if (grpc) checks.push(['grpc', (at) => validatePortNumOrName(grpc.port ?? 0, at.child('port'))]);
  if (sleep) {
    checks.push(['sleep', (at) => validateSleep(sleep.seconds ?? 0, gracePeriodSeconds, at)]);
  }
  if (checks.length === 0) return [required(path, 'must specify a handler type')];
  return checks.flatMap(([name, check], i) =>
    i === 0
      ? check(path.child(name))
      : [forbidden(path.child(name), 'may not specify more than 1 handler type')],
  );
}

function validateExec(command: readonly string[] = [], path: Path): FieldErrors {
  return command.length === 0 ? [required(path.child('command'), '')] : [];
}

function validateHttpGet(http: NonNullable<Handler['httpGet']>, path: Path): FieldErrors {
  const errors = requireText(http.path, path.child('path'));
  append(errors, validatePortNumOrName(http.port, path.child('port')));
  const scheme = http.scheme ?? '';
  if (!SCHEMES.includes(scheme)) {
    errors.push(notSupported(path.child('scheme'), scheme, SCHEMES));
  }
  for (const { name = '' } of http.httpHeaders ?? []) {
    for (const it of isHTTPHeaderName(name)) {
      errors.push(invalid(path.child('httpHeaders'), name, it));
    }
  }
  return errors;
}

/** A port by number or by name; a missing one is the number 0. */
function validatePortNumOrName(port: number | string | undefined, path: Path): FieldErrors {
  if (typeof port === 'string') {
    return isValidPortName(port).map((it) => invalid(path, port, it));
  }
  return isValidPortNum(port ?? 0).map((it) => invalid(path, port ?? 0, it));
}

function validateSleep(
  seconds: number,
  gracePeriodSeconds: number | undefined,
  path: Path,
): FieldErrors {
  if (gracePeriodSeconds === undefined) return [];
  if (seconds >= 0 && seconds <= gracePeriodSeconds) return [];
  const text = `must be non-negative and less than terminationGracePeriodSeconds`;
  return [invalid(path, seconds, `${text} (${gracePeriodSeconds})`)];
}
