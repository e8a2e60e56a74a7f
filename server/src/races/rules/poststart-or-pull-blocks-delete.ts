/** A postStart hook without an end: a deletion waits for it before anything is stopped. */
import { formatSeconds } from '../../explanation/index.ts';
import { parseShellScript, shellCommand, type PodContainer } from '../../lifecycle/index.ts';
import type { Container } from '../../manifest/index.ts';
import { waitBefore } from '../facts/moves.ts';
import { withHook } from '../facts/replays.ts';
import { allContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** When the pod is deleted, after the start of its container. */
const DELETE_SECONDS = 5;

/** When what a loop waits for comes up: a minute after the grace period would be over. */
function waitSeconds(grace: number): number {
  return DELETE_SECONDS + grace + 60;
}

export default defineRaceRule({
  id: 'poststart-or-pull-blocks-delete',
  severity: 'warning',
  basis: 'source',
  summary: 'A deletion waits for the postStart hook, and the hook may never end.',
  why: `
    The kubelet handles one step of a pod at a time, and starting its containers, their pulls and
    their postStart hooks is one step that a deletion does not interrupt. The grace period begins
    only when that step is over. A hook that waits for something holds the pod in Terminating.
  `,
  remedy:
    'Bound the hook with timeout, or wait in an init container or in the app itself, which a deletion can stop.',
  upstream: [
    { path: 'pkg/kubelet/pod_workers.go' },
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' },
  ],
  yieldsTo: ['exec-prestop-shellless'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const grace = story.model.gracePeriodSeconds;
      const actions = [{ do: 'delete', when: 'cri:StartContainer', plus: DELETE_SECONDS }] as const;
      const waiting = allContainers(story.model).filter(
        ({ container }) => hasLoop(container) && !isBounded(container),
      );
      const change = withHook(waiting, 'postStart', ['slow', `${waitSeconds(grace)}`]);
      const life = story.live({ hooks: 'latest', actions, change, until: 600 });
      return life.at('event:Killing') > life.at('api:delete') + grace;
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
              lifecycle:
                postStart:
                  exec:
                    command: [sh, -c, "until nc -z db 5432; do sleep 1; done"]
        #           ^^^^^^^ the postStart hook of app loops until something else is there: a deletion that comes meanwhile waits for its end, and only then the 30s of grace begin
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 30
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                postStart:
                  exec:
                    command: [sleep, "120"]
        #           ^^^^^^^ the postStart hook of app takes 2m: a deletion that comes meanwhile waits for its end, and only then the 30s of grace begin
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                postStart:
                  exec:
                    command: [timeout, "20", sh, -c, "until nc -z db 5432; do sleep 1; done"]
      `,
      // Shorter than the grace period by one: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 30
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { postStart: { exec: { command: [sleep, "29"] } } }
      `,
      // What the program does nobody can tell.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { postStart: { exec: { command: [/app/warm-up] } } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of [...model.sidecars, ...model.mains]) {
      const words = blocks(container, model.gracePeriodSeconds);
      if (words) {
        const fixes = waitBefore(container, model);
        yield { ...findingOf(container, words, model.gracePeriodSeconds), fixes };
      }
    }
  },
});

/** How long the hook holds the worker, in words; undefined where it is short or not known. */
function blocks({ container, postStart }: PodContainer, grace: number): string | undefined {
  if (postStart.kind !== 'exec' && postStart.kind !== 'sleep') return undefined;
  const { earliest, latest } = postStart.seconds;
  if (earliest >= Math.max(1, grace)) return `takes ${formatSeconds(earliest)}`;
  if (latest !== Infinity) return undefined;
  const waits = hasLoop(container) && !isBounded(container);
  return waits ? 'loops until something else is there' : undefined;
}

function scriptOf({ lifecycle }: Container): string | undefined {
  return shellCommand(lifecycle?.postStart?.exec?.command ?? [])?.script;
}

function hasLoop(container: Container): boolean {
  const script = scriptOf(container);
  const compound = script === undefined ? undefined : parseShellScript(script).compound;
  return compound === 'until' || compound === 'while';
}

/** A loop that counts, or that is bounded from within, may end by itself. */
function isBounded(container: Container): boolean {
  return /\btimeout\b|\bbreak\b|\bexit\b|\bseq\b|-lt\b|-le\b|-gt\b|-ge\b|\(\(/.test(
    scriptOf(container) ?? '',
  );
}

function findingOf({ name, postStart }: PodContainer, words: string, grace: number): RaceFinding {
  const { earliest, latest } = postStart.seconds;
  const ends = latest === Infinity ? waitSeconds(grace) : earliest;
  return {
    at: postStart.setBy,
    message: `the postStart hook of ${name} ${words}: a deletion that comes meanwhile waits for its end, and only then the ${formatSeconds(grace)} of grace begin`,
    certainty: 'bounded',
    restsOn: 'a deletion while the hook runs',
    witness: [
      {
        at: 0,
        text: `${name} starts, and its postStart hook with it`,
        moment: `cri:StartContainer:${name}`,
      },
      {
        at: DELETE_SECONDS,
        text: 'the pod is deleted; the kubelet is still starting its containers',
        moment: 'api:delete',
      },
      {
        at: ends,
        text: `the hook ends, ${formatSeconds(ends - DELETE_SECONDS)} after the delete: only now the kubelet begins to stop ${name}`,
        moment: `event:Killing:${name}`,
      },
    ],
  };
}
