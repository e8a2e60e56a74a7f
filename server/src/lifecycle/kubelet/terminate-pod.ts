/**
 * Decides how a pod ends on its node: all containers at once, the sandbox after the last, the final
 * status, and one relist later the end of the object.
 * After SyncTerminatingPod and SyncTerminatedPod in pkg/kubelet/kubelet.go and
 * killContainersWithSyncResult. Left out: the wait for slow unmounts.
 */
import { type Process, Signal } from './clock.ts';
import { generateStatus } from './generate-status.ts';
import { killContainer } from './kill-container.ts';
import type { PodLife } from './pod-life.ts';
import { containerNamed } from './pod-status.ts';
import type { RuntimeView } from './runtime-view.ts';
import { terminationOrder } from './termination-order.ts';

/** Kills all running containers of a view in parallel, then the sandbox. */
export function* killPod(life: PodLife, view: RuntimeView, grace: number): Process {
  const { clock, timing } = life.node;
  const pod = life.pod();
  const running = view.containers.filter((it) => it.state === 'running');
  const order = terminationOrder(clock, pod, new Set(running.map((it) => it.name)));
  let left = running.length;
  const allEnded = new Signal();
  const one = () => {
    if (--left === 0) allEnded.fire();
  };
  for (const it of [...running].reverse()) {
    const container = containerNamed(pod, it.name);
    const found = life.runtime.find(it.id);
    if (container === undefined || found === undefined) one();
    else {
      const kill = { running: found, container, reason: 'other', grace } as const;
      clock.spawn(killContainer(life, kill, order), one);
    }
  }
  if (left > 0) yield { signal: allEnded };
  yield timing.stepSeconds / 4;
  if (view.sandboxMade || life.runtime.sandbox !== 'none') life.runtime.stopSandbox();
}

/** The step that stops everything. */
export function* syncTerminatingPod(life: PodLife, view: RuntimeView, grace: number): Process {
  life.status.set(generateStatus(life, view, false));
  life.probes.stopLivenessAndStartup();
  yield* killPod(life, view, grace);
  life.probes.stopAll();
  yield life.node.timing.stepSeconds / 2;
  life.status.set(generateStatus(life, life.runtime.view(), true));
}

/** The step after it: nothing runs any more. */
export function* syncTerminatedPod(life: PodLife, view: RuntimeView): Process {
  life.status.set(generateStatus(life, view, true));
  life.configuration?.unregister();
  yield life.node.timing.stepSeconds / 2;
  life.status.terminate();
}
