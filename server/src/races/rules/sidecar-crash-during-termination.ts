/** A native sidecar that dies while the app drains: it is not started again. */
import { formatSeconds } from '../../explanation/index.ts';
import type { PodContainer } from '../../lifecycle/index.ts';
import { helperKind, WHAT_GOES } from '../facts/helpers.ts';
import { DELETED, exited } from '../facts/replays.ts';
import { knownDrain } from '../facts/shutdown.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** When the sidecar runs out of memory, after the delete. */
const CRASH_SECONDS = 20;
/** A shorter drain is not worth a word. */
const LONG_SECONDS = 60;

export default defineRaceRule({
  id: 'sidecar-crash-during-termination',
  severity: 'information',
  basis: 'source',
  summary: 'A sidecar that dies while the app drains stays dead.',
  why: `
    The kubelet restarts sidecars while a pod runs, and stops doing so once the pod is being
    deleted. An app that drains for minutes depends on its proxy for all of them.
  `,
  remedy: 'Give the sidecar the memory it needs at its worst, or make the drain short.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { mains, sidecars } = story.model;
      const calm = story.live({ actions: DELETED });
      const crash = calm.at('api:delete') + CRASH_SECONDS;
      const crashing = (name: string) => ({
        runFor: crash - calm.at(`cri:StartContainer:${name}`),
        oomKilled: true,
      });
      const apps = Object.fromEntries(sidecars.map(({ name }) => [name, crashing(name)]));
      const life = story.live({ actions: DELETED, apps });
      const takesLong = (app: string) => exited(life, app) >= life.at('api:delete') + LONG_SECONDS;
      return sidecars.some((it) =>
        mains.some((app) => {
          const gone = exited(life, it.name);
          const again = life.at(`cri:StartContainer:${it.name}`, 2);
          return gone < exited(life, app.name) && takesLong(app.name) && Number.isNaN(again);
        }),
      );
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.app.drain-seconds: "50" }
        spec:
          terminationGracePeriodSeconds: 90
          initContainers:
            - name: istio-proxy
        #           ^^^^^^^^^^^ istio-proxy is not started again if it dies in the 1m that app takes to end: app loses its network for the rest
              image: registry.example/istio/proxyv2:1.22.0
              restartPolicy: Always
          containers:
            - name: app
        #           ^^^ related: app needs it until it has stopped
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 10 } } }
      `,
    ],
    safe: [
      // A second less: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.app.drain-seconds: "49" }
        spec:
          terminationGracePeriodSeconds: 90
          initContainers:
            - name: istio-proxy
              image: registry.example/istio/proxyv2:1.22.0
              restartPolicy: Always
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 10 } } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    const needs = (it: PodContainer) => it.preStop.seconds.earliest + (knownDrain(it) ?? 0);
    const [app] = model.mains.toSorted((a, b) => needs(b) - needs(a));
    const ends = Math.min(model.gracePeriodSeconds, app ? needs(app) : 0);
    if (ends < LONG_SECONDS || !app) return;
    for (const sidecar of model.sidecars) {
      const kind = helperKind(sidecar);
      if (!kind || kind === 'logs') continue;
      yield {
        at: sidecar.at.name,
        message: `${sidecar.name} is not started again if it dies in the ${formatSeconds(ends)} that ${app.name} takes to end: ${app.name} loses ${WHAT_GOES[kind]} for the rest`,
        certainty: 'assumed',
        restsOn: `a crash of ${sidecar.name} in that time`,
        related: [{ message: `${app.name} needs it until it has stopped`, at: app.at.name }],
        witness: [
          { at: 0, text: 'the pod is deleted', moment: 'api:delete' },
          {
            at: CRASH_SECONDS,
            text: `${sidecar.name} is killed for its memory, and not restarted`,
            moment: `app:exit:${sidecar.name}:oom`,
          },
          {
            at: ends,
            text: `${app.name} has ended, without ${sidecar.name} for most of it`,
            moment: `app:exit:${app.name}`,
          },
        ],
      };
    }
  },
});
