/** A native sidecar whose preStop hook stops it: hooks of all containers start together. */
import type { PodContainer } from '../../lifecycle/index.ts';
import { DELETED, exited, lasting, withHook } from '../facts/replays.ts';
import { knownDrain } from '../facts/shutdown.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** How long an app drains at least, after its own hook. */
const DRAIN_SECONDS = 1;

/** What the paths and commands that end proxies are called; to drain is not to end. */
const STOPS = /quit|shutdown|healthcheck\/fail/i;

export default defineRaceRule({
  id: 'native-sidecar-prestop-early',
  severity: 'warning',
  basis: 'source',
  summary: 'The preStop hook of a sidecar stops it while the app still needs it.',
  why: `
    Only the stop signal is ordered: a sidecar gets SIGTERM after all main containers have stopped.
    The preStop hooks of all containers, sidecars too, start together at the beginning. A hook that
    tells the sidecar to quit takes it away from the app.
  `,
  remedy: 'Remove the hook: the order of SIGTERM does what it is meant to do.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const change = withHook(story.model.sidecars.filter(stopsItself), 'preStop', ['quit', '0']);
      const life = story.live({ actions: DELETED, apps: lasting(story, DRAIN_SECONDS), change });
      return story.model.sidecars.some((it) =>
        story.model.mains.some((app) => exited(life, it.name) < exited(life, app.name)),
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
          initContainers:
            - name: proxy
              image: registry.example/envoy:1
              restartPolicy: Always
              ports: [{ containerPort: 15000 }]
              lifecycle:
                preStop:
                  httpGet:
        #         ^^^^^^^ the hook stops proxy when the end of the pod begins, not after app: app runs its own hook and drains without it
                    path: /quitquitquit
                    port: 15000
          containers:
            - name: app
        #           ^^^ related: app stops after that
              image: registry.example/web:1
      `,
    ],
    safe: [
      // A sleep harms nobody.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          initContainers:
            - name: proxy
              image: registry.example/envoy:1
              restartPolicy: Always
              lifecycle: { preStop: { sleep: { seconds: 10 } } }
          containers:
            - name: app
              image: registry.example/web:1
      `,
      // A main container's hook may stop it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: web
              image: nginx:1.27
              lifecycle: { preStop: { exec: { command: [nginx, -s, quit] } } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    const [app] = model.mains;
    for (const sidecar of model.sidecars) {
      const { preStop, name, at } = sidecar;
      if (!app || !stopsItself(sidecar)) continue;
      yield {
        at: preStop.setBy,
        message: `the hook stops ${name} when the end of the pod begins, not after ${app.name}: ${app.name} runs its own hook and drains without it`,
        ...(preStop.stopsApp === 'yes'
          ? {}
          : { certainty: 'assumed' as const, restsOn: 'that the call does what its name says' }),
        related: [{ message: `${app.name} stops after that`, at: app.at.name }],
        witness: [
          {
            at: 0,
            text: `the end of ${app.name} and the hook of ${name} begin together`,
            moment: 'api:delete',
          },
          { at: 0, text: `${name} does as its hook says, and exits`, moment: `app:exit:${name}` },
          {
            at: app.preStop.seconds.earliest + Math.max(knownDrain(app) ?? 0, DRAIN_SECONDS),
            text: `${app.name} has drained, without ${name}`,
            moment: `app:exit:${app.name}`,
          },
        ],
        fixes: [
          {
            title: `Remove the preStop hook of ${name}`,
            changes: [
              {
                at: sidecar.postStart.kind === 'none' ? at.lifecycle : at.lifecycle.preStop,
                value: undefined,
              },
            ],
          },
        ],
      };
    }
  },
});

function stopsItself({ preStop, container }: PodContainer): boolean {
  if (preStop.kind === 'none' || preStop.kind === 'sleep' || preStop.fails === 'yes') return false;
  if (preStop.stopsApp === 'yes') return true;
  const { exec, httpGet } = container.lifecycle?.preStop ?? {};
  const text = [...(exec?.command ?? []), httpGet?.path ?? ''].join(' ');
  return preStop.stopsApp === 'unknown' && STOPS.test(text);
}
