/**
 * Decides how long a lifecycle hook takes and whether it fails. An HTTP hook takes any answer for a
 * success; a sleep runs inside the kubelet; a tcpSocket is accepted by the API and always fails.
 * After pkg/kubelet/lifecycle/handlers.go.
 */
import type { Container, LifecycleHandler } from '../../manifest/index.ts';
import type { Process } from './clock.ts';
import type { PodLife } from './pod-life.ts';
import { portNumber } from './ports.ts';
import type { RuntimeContainer } from './runtime-view.ts';

/** As whom the kubelet calls; its probes come as `kube-probe`. */
const AGENT = 'kube-lifecycle/1.36';

/** Runs a hook; the message of its failure, if it fails. */
export function* runHook(
  life: PodLife,
  container: Container,
  running: RuntimeContainer,
  handler: LifecycleHandler,
  kind: 'postStart' | 'preStop',
): Process<string | undefined> {
  if (handler.exec !== undefined) {
    const command = handler.exec.command ?? [];
    const result = yield* life.runtime.exec(running, command, kind);
    if (result.exitCode === 0) return undefined;
    return `Exec lifecycle hook (${command.join(' ')}) for Container "${container.name}" failed`;
  }
  if (handler.sleep !== undefined) {
    yield handler.sleep.seconds;
    return undefined;
  }
  if (handler.httpGet !== undefined) {
    const port = portNumber(container, handler.httpGet.port);
    const path = handler.httpGet.path ?? '/';
    yield life.node.timing.stepSeconds / 4;
    const status = life.runtime.request(running, port, path);
    life.trace('app', 'http', container.name, { agent: AGENT, path, status });
    return status === undefined ? 'Http lifecycle hook failed: connection refused' : undefined;
  }
  return 'Cannot run handler: invalid handler';
}
