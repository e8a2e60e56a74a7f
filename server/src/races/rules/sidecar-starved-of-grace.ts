/** Main containers that use up the grace period: the sidecars after them get what is always left. */
import { formatSeconds } from '../../explanation/index.ts';
import { MINIMUM_GRACE_SECONDS, type PodContainer, type PodModel } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { DELETED } from '../facts/replays.ts';
import { knownDrain, raiseGrace, SPARE_SECONDS } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'sidecar-starved-of-grace',
  severity: 'warning',
  basis: 'source',
  summary: 'The app uses the whole grace period, and its sidecars get 2 seconds.',
  why: `
    Sidecars get SIGTERM when all main containers have stopped, one after the other. All of them
    share the one grace period. When it is over before their turn has come, all remaining sidecars
    get SIGTERM together, and SIGKILL 2 seconds later: buffered logs and metrics are lost.
  `,
  remedy:
    'Set terminationGracePeriodSeconds to what the app needs plus what each sidecar needs, and see that the app reacts to SIGTERM.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_termination_order.go' }],
  yieldsTo: ['drain-exceeds-grace', 'grace-zero-force-delete', 'prestop-fills-grace'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { mains, sidecars } = story.model;
      const apps = Object.fromEntries(
        [...mains, ...sidecars].map((it) => {
          const drain = knownDrain(it) ?? (it.role === 'sidecar' ? 2.5 : 0);
          return [it.name, it.app.onSigterm.value === 'ignore' ? {} : { onTerm: `exit:${drain}` }];
        }),
      );
      const life = story.live({ actions: DELETED, apps });
      return sidecars.some((it) => life.has(`app:signal:${it.name}:SIGKILL`));
    },
  },
  examples: {
    racing: [
      // The shell never ends by itself.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              initContainers:
                - name: logs
        #               ^^^^ related: logs waits for app
                  image: registry.example/fluent-bit:3
                  restartPolicy: Always
              containers:
                - name: app
                  image: registry.example/web:1
                  command: [tail, -f, /var/log/app.log]
        #         ^^^^^^^ app does not end at SIGTERM, so logs waits 30s for its turn and has 2s of its own then: what it has not written is lost
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations:
            podsage.dev/app.app.drain-seconds: "25"
            podsage.dev/app.logs.drain-seconds: "10"
        spec:
          terminationGracePeriodSeconds: 30
        #                                ^^ app takes 25s of 30s, and logs needs 10s after it: SIGKILL comes before logs has finished
          initContainers:
            - name: logs
        #           ^^^^ related: logs waits for app
              image: registry.example/fluent-bit:3
              restartPolicy: Always
          containers:
            - name: app
              image: registry.example/web:1
      `,
    ],
    safe: [
      // 25 and 10 are 35: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations:
            podsage.dev/app.app.drain-seconds: "25"
            podsage.dev/app.logs.drain-seconds: "10"
        spec:
          terminationGracePeriodSeconds: 35
          initContainers:
            - name: logs
              image: registry.example/fluent-bit:3
              restartPolicy: Always
          containers:
            - name: app
              image: registry.example/web:1
      `,
      // The sidecar has nothing to finish.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations:
            podsage.dev/app.app.drain-seconds: "30"
            podsage.dev/app.logs.on-sigterm: exit-now
        spec:
          terminationGracePeriodSeconds: 30
          initContainers:
            - name: logs
              image: registry.example/fluent-bit:3
              restartPolicy: Always
          containers:
            - name: app
              image: registry.example/web:1
      `,
    ],
  },

  *find({ model }) {
    if (!model || model.gracePeriodSeconds === 0) return;
    const sidecars = model.sidecars.filter(
      ({ app }) => !(app.onSigterm.declared && app.onSigterm.value === 'exit-now'),
    );
    const [first] = sidecars;
    if (!first) return;
    const finding = ignoringMain(model, first) ?? judge(model, sidecars);
    if (finding) yield finding;
  },
});

/** A main container that does not react holds the sidecars until the grace period is over. */
function ignoringMain(model: PodModel, sidecar: PodContainer): RaceFinding | undefined {
  const main = model.mains.find((it) => it.app.onSigterm.value === 'ignore');
  if (!main) return undefined;
  const { onSigterm } = main.app;
  const grace = formatSeconds(model.gracePeriodSeconds);
  const place = onSigterm.cites[0] ?? main.at.name;
  return {
    at: place,
    message: `${main.name} does not end at SIGTERM, so ${sidecar.name} waits ${grace} for its turn and has ${formatSeconds(MINIMUM_GRACE_SECONDS)} of its own then: what it has not written is lost`,
    certainty: onSigterm.certainty,
    ...(onSigterm.certainty === 'exact' ? {} : { restsOn: onSigterm.because }),
    related: [{ message: `${sidecar.name} waits for ${main.name}`, at: sidecar.at.name }],
    witness: steps(model, main, sidecar, Infinity),
  };
}

function judge(model: PodModel, sidecars: readonly PodContainer[]): RaceFinding | undefined {
  const [longest] = model.mains
    .map((main) => ({ main, ends: main.preStop.seconds.earliest + (knownDrain(main) ?? 0) }))
    .sort((a, b) => b.ends - a.ends);
  const need = sidecars.reduce((sum, it) => sum + (knownDrain(it) ?? MINIMUM_GRACE_SECONDS), 0);
  const [first] = sidecars;
  if (!longest || !first || longest.ends <= 0) return undefined;
  const { main, ends } = longest;
  const grace = model.gracePeriodSeconds;
  if (ends + need <= grace) return undefined;
  const fits = Math.ceil(ends + need) + SPARE_SECONDS;
  const names = sidecars.map((it) => it.name).join(' and ');
  return {
    at: field(model.pod).spec.terminationGracePeriodSeconds,
    message: `${main.name} takes ${formatSeconds(ends)} of ${formatSeconds(grace)}, and ${names} ${sidecars.length > 1 ? 'need' : 'needs'} ${formatSeconds(need)} after it: SIGKILL comes before ${names} ${sidecars.length > 1 ? 'have' : 'has'} finished`,
    certainty: 'bounded',
    restsOn: 'the drain times that are declared or known',
    related: [{ message: `${first.name} waits for ${main.name}`, at: first.at.name }],
    witness: steps(model, main, first, longest.ends),
    fixes: Number.isFinite(fits)
      ? [{ title: `Give the pod ${fits}s to end`, changes: raiseGrace(model, fits) }]
      : [],
  };
}

/** The main containers take until `ends`, or until SIGKILL: then it is the sidecar's turn. */
function steps(
  { gracePeriodSeconds: grace }: PodModel,
  main: PodContainer,
  sidecar: PodContainer,
  ends: number,
): readonly WitnessStep[] {
  const turn = Math.min(ends, grace);
  const why = ends < grace ? `${main.name} has stopped` : 'the grace period is over';
  return [
    {
      at: Math.min(main.preStop.seconds.earliest, grace),
      text: `SIGTERM to ${main.name}`,
      event: `sigterm:${main.name}`,
    },
    { at: turn, text: `${why}: SIGTERM to ${sidecar.name}`, event: `sigterm:${sidecar.name}` },
    {
      at: Math.max(grace, turn + MINIMUM_GRACE_SECONDS),
      text: `SIGKILL to ${sidecar.name}`,
      event: `sigkill:${sidecar.name}`,
    },
  ];
}
