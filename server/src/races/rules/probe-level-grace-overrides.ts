/** A probe with a grace period of its own that is too short for the hook and the drain. */
import { formatSeconds } from '../../explanation/index.ts';
import { MINIMUM_GRACE_SECONDS, type PodContainer } from '../../lifecycle/index.ts';
import type { FieldCursor, Probe } from '../../manifest/index.ts';
import { HANGING_LIFE_SECONDS, hangingAge, hangs } from '../facts/hangs.ts';
import { lasting, signalled } from '../facts/replays.ts';
import { knownDrain } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

/** Up to here somebody wants a container that hangs to go at once. */
const FAST_SECONDS = 10;

export default defineRaceRule({
  id: 'probe-level-grace-overrides',
  severity: 'information',
  basis: 'source',
  summary: 'A kill by this probe leaves less time than the hook and the drain take.',
  why: `
    terminationGracePeriodSeconds of a liveness or startup probe replaces that of the pod when the
    probe restarts the container, and only then. The preStop hook runs at such a restart too, and is
    cut when the period is over.
  `,
  remedy:
    'Make the period of the probe as long as hook and drain, or accept that a container that hangs is ended without them.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) =>
      story.model.mains.some((it) => {
        const change = hangs(hangingAge(story, it));
        const life = story.live({ change, apps: lasting(story), until: HANGING_LIFE_SECONDS });
        return (
          signalled(life, it.name) - life.at(`event:Killing:${it.name}`) <
            it.preStop.seconds.earliest - 0.5 || life.has(`app:signal:${it.name}:SIGKILL`)
        );
      }),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 60
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 20 } } }
        #                                               ^^ related: the hook takes 20s
              livenessProbe:
                httpGet: { path: /live, port: 8080 }
                terminationGracePeriodSeconds: 15
        #                                      ^^ a restart by the liveness probe gives app 15s, and its hook and drain take 20s: SIGKILL comes at 17s
      `,
    ],
    safe: [
      // As long as the hook: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 60
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 20 } } }
              livenessProbe:
                httpGet: { path: /live, port: 8080 }
                terminationGracePeriodSeconds: 20
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of [...model.sidecars, ...model.mains]) {
      const { container: spec, at } = container;
      for (const [name, probe, place] of [
        ['liveness', spec.livenessProbe, at.livenessProbe],
        ['startup', spec.startupProbe, at.startupProbe],
      ] as const) {
        const finding = probe && judge(container, name, probe, place);
        if (finding) yield finding;
      }
    }
  },
});

function judge(
  container: PodContainer,
  probeName: string,
  probe: Probe,
  at: FieldCursor<Probe>,
): RaceFinding | undefined {
  const { name, preStop } = container;
  const given = probe.terminationGracePeriodSeconds;
  if (given === undefined) return undefined;
  const hook = preStop.seconds.earliest;
  const needs = hook + (knownDrain(container) ?? 0);
  if (!Number.isFinite(needs) || needs <= given) return undefined;
  const cut = Math.min(hook, given);
  const killed = Math.max(given, cut + MINIMUM_GRACE_SECONDS);
  return {
    at: at.terminationGracePeriodSeconds,
    message: `a restart by the ${probeName} probe gives ${name} ${formatSeconds(given)}, and its hook and drain take ${formatSeconds(needs)}: SIGKILL comes at ${formatSeconds(killed)}`,
    ...(given > FAST_SECONDS ? { severity: 'warning' as const } : {}),
    certainty: 'bounded',
    restsOn: `the container being ended by its ${probeName} probe`,
    ...(preStop.kind === 'none'
      ? {}
      : { related: [{ message: `the hook takes ${formatSeconds(hook)}`, at: preStop.setBy }] }),
    witness: [
      {
        at: 0,
        text: `the ${probeName} probe has failed for the last time: the end of ${name} begins`,
        moment: `event:Killing:${name}`,
      },
      {
        at: cut,
        text: hook > given ? `the hook is cut: SIGTERM to ${name}` : `SIGTERM to ${name}`,
        moment: `app:signal:${name}:SIGTERM`,
      },
      ...(cut + (knownDrain(container) ?? 0) > killed
        ? [
            {
              at: killed,
              text: `SIGKILL to ${name}, which has not drained`,
              moment: `app:signal:${name}:SIGKILL`,
            },
          ]
        : []),
    ],
    fixes: [
      {
        title: `Give the probe's restart ${Math.ceil(needs)}s`,
        changes: [{ at: at.terminationGracePeriodSeconds, value: Math.ceil(needs) }],
      },
    ],
  };
}
