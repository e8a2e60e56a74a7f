/** A postStart hook that holds the rest of the pod back. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer, PodModel } from '../../lifecycle/index.ts';
import type { Citable } from '../../manifest/index.ts';
import { waitBefore } from '../facts/moves.ts';
import { probesOf } from '../facts/probes.ts';
import { withHook } from '../facts/replays.ts';
import { handlerWaits } from '../facts/waits.ts';
import { allContainers, lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'poststart-hangs-pod',
  severity: 'warning',
  basis: 'source',
  summary:
    'A postStart hook without an end holds every later container, all probes and the deletion back.',
  why: `
    The kubelet starts the containers of a pod in one step, and waits in it for each postStart hook.
    Until the hook returns, later containers are not started, earlier ones are neither probed nor Ready,
    and a deletion waits. Nothing limits the hook's time.
  `,
  remedy:
    'Bound the hook by timeout, or use a sidecar with a startupProbe for what must come first.',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'pkg/kubelet/pod_workers.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const waiting = lastingContainers(story.model).filter((it) => hangOf(it)?.assumed);
      const change = withHook(waiting, 'postStart', ['slow', `${ANSWER_SECONDS}`]);
      const life = story.live({ hooks: 'latest', change, until: 3 * ANSWER_SECONDS });
      const started = life.at('cri:StartContainer');
      const held = story.model.mains.some(
        (it) => !(life.at(`cri:StartContainer:${it.name}`) < started + LONG_SECONDS),
      );
      const ready = life.at('ready') < started + LONG_SECONDS;
      return held || !ready;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /, port: 8080 } }
              lifecycle:
                postStart:
                  exec: { command: [sh, -c, until nc -z db 5432; do sleep 1; done] }
        #                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the hook of app waits for db without an end; until it returns, no probe runs, the pod is not Ready, and a deletion waits
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { postStart: { sleep: { seconds: 30 } } }
        #                                                 ^^ the hook of app takes 30s; until it returns, metrics does not start, the pod is not Ready, and a deletion waits
            - name: metrics
              image: registry.example/metrics:1
      `,
    ],
    safe: [
      // Nobody is held back that long.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { postStart: { sleep: { seconds: 29 } } }
            - name: metrics
              image: registry.example/metrics:1
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /, port: 8080 } }
              lifecycle:
                postStart:
                  exec: { command: [timeout, '10', sh, -c, until nc -z db 5432; do sleep 1; done] }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of lastingContainers(model)) {
      const hang = hangOf(container);
      const held = hang && heldBack(container, model);
      if (!hang || held === undefined) continue;
      yield {
        at: hang.at,
        message: `the hook of ${container.name} ${hang.why}; until it returns, ${held}, and a deletion waits`,
        ...(hang.assumed ? { certainty: 'assumed' as const, restsOn: hang.assumed } : {}),
        witness: witnessOf(container, hang.seconds, model),
        cause: `poststart:${container.name}`,
        fixes: waitBefore(container, model),
      };
    }
  },
});

/** When what a hook waits for comes up, after the start of the hook. */
const ANSWER_SECONDS = 60;

/** A hook that is held to be long from this time on. */
const LONG_SECONDS = 30;

function hangOf(container: PodContainer):
  | {
      readonly at: Citable;
      readonly why: string;
      readonly seconds: number;
      readonly assumed?: string;
    }
  | undefined {
  const { postStart, at } = container;
  const place = at.lifecycle.postStart;
  const argv = container.container.lifecycle?.postStart?.exec?.command ?? [];
  // The mesh's own hook ends after a minute.
  if (argv[0] === 'pilot-agent') return undefined;
  // A limit around the loop is a word of its own.
  const [wait] = argv.includes('timeout') ? [] : handlerWaits(container, place.exec.command);
  if (wait) {
    const why = `waits for ${wait.host} without an end`;
    return {
      at: wait.at,
      why,
      seconds: ANSWER_SECONDS,
      assumed: `that ${wait.host} may not answer`,
    };
  }
  const { earliest } = postStart.seconds;
  if (earliest < LONG_SECONDS) return undefined;
  return { at: postStart.setBy, why: `takes ${formatSeconds(earliest)}`, seconds: earliest };
}

function witnessOf(
  container: PodContainer,
  seconds: number,
  model: PodModel,
): readonly WitnessStep[] {
  const { name } = container;
  const all = allContainers(model);
  const next = all[all.indexOf(container) + 1];
  return [
    {
      at: 0,
      text: `${name} starts, and its hook with it`,
      moment: `cri:StartContainer:${name}`,
    },
    {
      at: seconds,
      text: `the hook returns after ${formatSeconds(seconds)}: only now ${next ? `${next.name} starts` : `${name} is reported as running`}`,
      moment: next ? `cri:StartContainer:${next.name}` : `status:started:${name}:true`,
    },
  ];
}

function heldBack(container: PodContainer, model: PodModel): string | undefined {
  const all = [...model.startOrder, ...model.mains];
  const later = all.slice(all.indexOf(container) + 1).map((it) => it.name);
  const parts: string[] = [];
  if (later.length > 0)
    parts.push(`${later.join(', ')} ${later.length > 1 ? 'do' : 'does'} not start`);
  if (lastingContainers(model).some((it) => probesOf(it).length > 0)) parts.push('no probe runs');
  return parts.length > 0 ? `${parts.join(', ')}, the pod is not Ready` : undefined;
}
