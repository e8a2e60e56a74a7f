/** Decides what an app does with the network by itself: it binds its ports and calls others. */
import type { Process } from './clock.ts';
import type { PodLife } from './pod-life.ts';
import type { RuntimeContainer } from './runtime-view.ts';
import type { AppCall } from './scenario.ts';

/** From the start of a container on; `exit` ends its process. */
export function connect(
  life: PodLife,
  container: RuntimeContainer,
  exit: (exitCode: number) => void,
): void {
  const { clock } = life.node;
  const { listens, listenDelay, calls } = container.app;
  if (listens.length > 0) clock.after(listenDelay, () => listen(life, container, exit));
  for (const it of calls) clock.spawn(call(life, container, it, exit));
}

/** A server that cannot have its port exits. */
function listen(
  life: PodLife,
  container: RuntimeContainer,
  exit: (exitCode: number) => void,
): void {
  if (container.state !== 'running') return;
  const { attempt, name, app } = container;
  const taken = life.network.bind(container);
  const error = taken && `listen ${taken}: address already in use`;
  life.trace('app', 'listen', name, { attempt, ports: app.listens.join(','), error });
  if (error) exit(1);
}

function* call(
  life: PodLife,
  container: RuntimeContainer,
  { after, to, every, ends }: AppCall,
  exit: (exitCode: number) => void,
): Process {
  yield after;
  while (container.state === 'running') {
    const answered = [to].flat().every((it) => life.network.answers(it));
    const { attempt, name } = container;
    life.trace('app', 'call', name, { attempt, to, answered });
    if (answered) return ends && exit(0);
    if (every === undefined) return exit(1);
    yield every;
  }
}
