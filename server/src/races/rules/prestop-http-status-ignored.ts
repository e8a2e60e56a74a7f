/** HTTP hooks: any answer is a success, and only a handler that blocks makes the hook last. */
import type { HookMeaning, PodContainer } from '../../lifecycle/index.ts';
import { DELETED, answering, signalled } from '../facts/replays.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'prestop-http-status-ignored',
  severity: 'information',
  basis: 'source',
  summary: 'An HTTP hook is done with any answer, a 404 or 500 too.',
  why: `
    The kubelet does not look at the status of the answer to an HTTP hook, and it does not wait for
    anything but the answer. A wrong path counts as a success; a handler that starts a drain and
    answers at once delays SIGTERM by nothing.
  `,
  remedy:
    'Let the handler answer only when the drain is done, check its path, or use the sleep action for a delay.',
  upstream: [{ path: 'pkg/kubelet/lifecycle/handlers.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ actions: DELETED, change: answering(404) });
      return story.model.mains.some(
        ({ name }) =>
          signalled(life, name) < life.at(`app:http:${name}:"agent":"kube-lifecycle`) + 0.5,
      );
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
                preStop:
                  httpGet:
        #         ^^^^^^^ the hook of app is done with any answer to /drain, a 404 or 500 too: SIGTERM follows the answer at once
                    path: /drain
                    port: 8080
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
              lifecycle: { preStop: { sleep: { seconds: 10 } } }
      `,
      // A probe does look at the status.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /ready, port: 8080 } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of [...model.sidecars, ...model.mains]) {
      const { preStop, postStart } = container;
      if (preStop.kind === 'httpGet') {
        yield findingOf(container, preStop, 'SIGTERM follows the answer at once');
      }
      if (postStart.kind === 'httpGet') {
        yield findingOf(container, postStart, 'the container counts as started then');
      }
    }
  },
});

function findingOf(container: PodContainer, hook: HookMeaning, then: string): RaceFinding {
  const { name } = container;
  const path = hook.calls[0]?.url ?? '/';
  return {
    at: hook.setBy,
    message: `the hook of ${name} is done with any answer to ${path}, a 404 or 500 too: ${then}`,
    witness: [
      {
        at: 0,
        text: `GET ${path}: 404, and the hook has succeeded`,
        moment: `app:http:${name}:"agent":"kube-lifecycle`,
      },
      hook === container.preStop
        ? { at: 0, text: then, moment: `app:signal:${name}:SIGTERM` }
        : { at: 0, text: then, moment: `status:started:${name}:true` },
    ],
  };
}
