/** Apps that hang in a simulated life, and when the probes are slowest or quickest to notice. */
import type { PodContainer } from '../../lifecycle/index.ts';
import type { Pod, Probe } from '../../manifest/index.ts';
import type { ReplayStory } from '../replay.ts';

/** A container does not hang before it has run this long. */
const HANGS_AFTER_SECONDS = 20;
/** Lives of apps that hang are watched this long. */
export const HANGING_LIFE_SECONDS = 500;
/** Nobody hangs later than this. */
const LATEST_SECONDS = 300;
/** Probes of one moment are no farther apart; as close as that to a probe an app hangs. */
const MOMENT_SECONDS = 0.05;

/** Probes that pass until the container is so old and have no answer from then on: it hangs. */
export function hangs(seconds: number): (pod: Pod) => Pod {
  const until = (probe: Probe | undefined) =>
    probe && {
      ...probe,
      httpGet: undefined,
      tcpSocket: undefined,
      grpc: undefined,
      exec: { command: ['hangs', `${seconds}`] },
    };
  return (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((it) => ({
        ...it,
        livenessProbe: until(it.livenessProbe),
        readinessProbe: until(it.readinessProbe),
      })),
    },
  });
}

/**
 * The age at which a container hangs: right after it has answered a liveness probe, and its
 * readiness probe with it where the two ever come together. No hang is noticed later.
 */
export function hangingAge(story: ReplayStory, container: PodContainer): number {
  const { calm, started, probes } = calmLife(story, container);
  const together = (at: number) =>
    calm.after(at - MOMENT_SECONDS, probe(container, 'readiness')) < at + MOMENT_SECONDS;
  const at = container.container.readinessProbe ? probes.find(together) : undefined;
  return (at ?? probes[0] ?? HANGS_AFTER_SECONDS) + MOMENT_SECONDS - started;
}

/** Ages right before so many liveness probes, one after the other. No hang is noticed sooner. */
export function hangingAges(
  story: ReplayStory,
  container: PodContainer,
  count: number,
): readonly number[] {
  const { started, probes } = calmLife(story, container);
  return probes.slice(0, count).map((it) => it - MOMENT_SECONDS - started);
}

/** A life in which nothing hangs: when the liveness probes come. */
function calmLife(story: ReplayStory, container: PodContainer) {
  const calm = story.live({ change: hangs(LATEST_SECONDS), until: LATEST_SECONDS });
  const started = calm.at(`cri:StartContainer:${container.name}`);
  const probes: number[] = [];
  let next = started + HANGS_AFTER_SECONDS;
  while ((next = calm.after(next, probe(container, 'liveness'))) < LATEST_SECONDS) {
    probes.push(next);
    next += MOMENT_SECONDS;
  }
  return { calm, started, probes };
}

function probe({ name }: PodContainer, kind: 'liveness' | 'readiness'): string {
  return `cri:ExecSync:${name}:"kind":"${kind}"`;
}
