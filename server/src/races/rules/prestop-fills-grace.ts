/** A preStop hook as long as the grace period: the app gets the two seconds that are always left. */
import { formatSeconds } from '../../explanation/index.ts';
import { MINIMUM_GRACE_SECONDS, type PodContainer, type PodModel } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { DELETED } from '../facts/replays.ts';
import { graceThatFits, knownDrain, raiseGrace } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'prestop-fills-grace',
  severity: 'error',
  basis: 'source',
  summary: 'The preStop hook uses up the grace period, so the app has 2 seconds to stop.',
  why: `
    The grace period counts from the moment the kubelet begins to stop the container, and the hook
    is part of it. What the hook leaves is the time between SIGTERM and SIGKILL, and never less
    than 2 seconds. A hook as long as the whole period leaves just those.
  `,
  remedy:
    'Set terminationGracePeriodSeconds to the length of the hook plus the time the app needs to drain.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      // What is left is enough for an app that is declared to need no more; others need a moment.
      const apps = Object.fromEntries(
        story.model.mains.map((it) => [it.name, { onTerm: `exit:${knownDrain(it) ?? 2.5}` }]),
      );
      const life = story.live({ actions: DELETED, apps });
      return life.has('app:signal::SIGKILL');
    },
  },
  examples: {
    racing: [
      // No grace period is written: it is 30.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
        #   ^^^^ related: the grace period is 30s
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle:
                    preStop:
                      sleep:
                        seconds: 30
        #                        ^^ the hook takes 30s of a grace period of 30s: app gets SIGTERM at 30s and SIGKILL 2s later, with whatever it has not finished
      `,
      // The command is cut at the grace period.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 20
        #                                ^^ related: the grace period is 20s
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                preStop:
                  exec:
                    command: [sleep, "60"]
        #           ^^^^^^^ the hook takes 1m of a grace period of 20s: app gets SIGTERM at 20s and SIGKILL 2s later, with whatever it has not finished
      `,
    ],
    safe: [
      // Three seconds are more than the minimum: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          terminationGracePeriodSeconds: 20
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                preStop:
                  sleep:
                    seconds: 17
      `,
      // It is declared to need no more.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.drain-seconds: "1" }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle:
                preStop:
                  sleep:
                    seconds: 30
      `,
    ],
  },

  *find({ model }) {
    if (!model || model.gracePeriodSeconds === 0) return;
    for (const container of model.mains) {
      const finding = judge(container, model);
      if (finding) yield finding;
    }
  },
});

function judge(container: PodContainer, model: PodModel): RaceFinding | undefined {
  const { name, preStop, app } = container;
  const grace = model.gracePeriodSeconds;
  const hook = preStop.seconds.earliest;
  if (preStop.kind === 'none' || hook <= 0 || hook < grace - MINIMUM_GRACE_SECONDS)
    return undefined;
  const { declared } = app.drainSeconds;
  if (declared && (knownDrain(container) ?? Infinity) <= MINIMUM_GRACE_SECONDS) return undefined;
  if (app.onSigterm.declared && app.onSigterm.value === 'exit-now') return undefined;
  const ends = Math.min(hook, grace);
  const fits = graceThatFits(model, (it) => it.preStop.seconds.earliest);
  return {
    at: preStop.setBy,
    message: `the hook takes ${formatSeconds(hook)} of a grace period of ${formatSeconds(grace)}: ${name} gets SIGTERM at ${formatSeconds(ends)} and SIGKILL ${formatSeconds(MINIMUM_GRACE_SECONDS)} later, with whatever it has not finished`,
    ...(preStop.certainty === 'exact'
      ? {}
      : { certainty: preStop.certainty, restsOn: 'that the image has the command of the hook' }),
    related: [
      {
        message: `the grace period is ${formatSeconds(grace)}`,
        at: field(model.pod).spec.terminationGracePeriodSeconds,
      },
    ],
    witness: [
      { at: 0, text: `the preStop hook of ${name} starts`, event: `prestop-started:${name}` },
      { at: ends, text: `SIGTERM to ${name}`, event: `sigterm:${name}` },
      {
        at: ends + MINIMUM_GRACE_SECONDS,
        text: `SIGKILL: what ${name} still does is cut`,
        event: `sigkill:${name}`,
      },
    ],
    fixes: Number.isFinite(fits)
      ? [{ title: `Give the pod ${fits}s to end`, changes: raiseGrace(model, fits) }]
      : [],
    cause: `grace:${name}`,
  };
}
