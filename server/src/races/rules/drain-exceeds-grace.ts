/** A preStop hook and a drain that together are longer than the grace period. */
import { formatSeconds } from '../../explanation/index.ts';
import type { LifecycleTimeline, PodContainer, PodModel } from '../../lifecycle/index.ts';
import { field, type Citable } from '../../manifest/index.ts';
import { DELETED } from '../facts/replays.ts';
import { drainOrRequest, graceThatFits, raiseGrace } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';
import { certainSteps, decisiveSteps } from '../witness.ts';

export default defineRaceRule({
  id: 'drain-exceeds-grace',
  severity: 'warning',
  basis: 'source',
  summary: 'SIGKILL comes before the app has finished what it has.',
  why: `
    The grace period counts from the first step of the kubelet, so the preStop hook is part of it.
    What is left of it is the time for the app to drain; SIGKILL cuts whatever lasts longer.
  `,
  remedy:
    'Raise terminationGracePeriodSeconds to the hook plus the drain and some seconds more, or shorten one of them.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  yieldsTo: ['grace-zero-force-delete', 'prestop-fills-grace'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const mains = story.model.mains.filter((it) => it.app.onSigterm.value !== 'ignore');
      const apps = Object.fromEntries(
        mains.map((it) => [it.name, { onTerm: `exit:${drainOrRequest(it)}` }]),
      );
      const life = story.live({ actions: DELETED, apps });
      return mains.some((it) => life.has(`app:signal:${it.name}:SIGKILL`));
    },
  },
  examples: {
    racing: [
      // Never enough.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.drain-seconds: "40" }
        #                                                   ^^^^ related: this is declared here
            spec:
              terminationGracePeriodSeconds: 45
        #                                    ^^ app needs 40s to drain after a hook of 10s, and the grace period is 45s: SIGKILL cuts what is left
              containers:
                - name: app
                  image: registry.example/web:1
                  lifecycle: { preStop: { sleep: { seconds: 10 } } }
      `,
      // Sometimes enough.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: worker
          annotations: { podsage.dev/app.drain-seconds: "1-60" }
        #                                               ^^^^^^ related: this is declared here
        spec:
          terminationGracePeriodSeconds: 30
        #                                ^^ app may need 1m to drain, and the grace period is 30s: SIGKILL cuts what is left
          containers:
            - name: app
              image: registry.example/worker:1
      `,
      // Nobody says how long the app drains, but how long its requests take.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { podsage.dev/app.max-request-seconds: "0-60" }
        #                                                         ^^^^^^ related: this is declared here
            spec:
              terminationGracePeriodSeconds: 30
        #                                    ^^ app may need 1m for the last request after a hook of 10s, and the grace period is 30s: SIGKILL cuts what is left
              containers:
                - name: app
                  image: registry.example/web:1
                  ports: [{ containerPort: 8080 }]
                  lifecycle: { preStop: { sleep: { seconds: 10 } } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
    safe: [
      // Just enough: the app exits in the second of SIGKILL at the latest.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations: { podsage.dev/app.drain-seconds: "20" }
        spec:
          terminationGracePeriodSeconds: 30
          containers:
            - name: app
              image: registry.example/web:1
              lifecycle: { preStop: { sleep: { seconds: 10 } } }
      `,
      // Nobody says how long it drains.
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
    ],
  },

  *find(workload) {
    const { model } = workload;
    const shutdown = workload.shutdown('delete');
    if (!model || !shutdown || model.gracePeriodSeconds === 0) return;
    for (const container of model.mains) {
      const finding = judge(container, model, shutdown);
      if (finding) yield finding;
    }
  },
});

/** What must end before SIGKILL: the declared drain, or the longest request that is declared. */
interface Work {
  readonly event: string;
  readonly seconds: number;
  readonly words: string;
  readonly assumption: { readonly name: string; readonly cites: readonly Citable[] };
}

function workOf({ name, app, serves }: PodContainer): Work | undefined {
  const { drainSeconds: drain, maxRequestSeconds: request } = app;
  if (drain.declared) {
    const seconds = drain.value.latest;
    const words = `${formatSeconds(seconds)} to drain`;
    return { event: `exits:${name}`, seconds, words, assumption: drain };
  }
  if (!request.declared || !serves) return undefined;
  const seconds = request.value.latest;
  const words = `${formatSeconds(seconds)} for the last request`;
  return { event: `last-request-ended:${name}`, seconds, words, assumption: request };
}

function judge(
  container: PodContainer,
  model: PodModel,
  shutdown: LifecycleTimeline,
): RaceFinding | undefined {
  const { name, preStop } = container;
  const hook = preStop.seconds;
  const work = workOf(container);
  if (!work || !Number.isFinite(work.seconds) || !Number.isFinite(hook.latest)) return undefined;
  const ids = [work.event, `sigkill:${name}`] as const;
  const order = shutdown.order(...ids);
  if (order.relation !== 'after' && order.relation !== 'unordered') return undefined;
  const always = order.relation === 'after';
  const grace = model.gracePeriodSeconds;
  const fits = graceThatFits(model, (it) => it.preStop.seconds.latest);
  const after = hook.latest > 0 ? ` after a hook of ${formatSeconds(hook.latest)}` : '';
  return {
    at: field(model.pod).spec.terminationGracePeriodSeconds,
    message: `${name} ${always ? 'needs' : 'may need'} ${work.words}${after}, and the grace period is ${formatSeconds(grace)}: SIGKILL cuts what is left`,
    ...(always ? { severity: 'error' as const } : {}),
    certainty: 'bounded',
    restsOn: `the declared ${work.assumption.name}`,
    related: work.assumption.cites.map((at) => ({ message: 'this is declared here', at })),
    witness: always
      ? certainSteps(shutdown, order.proof.chain, ids)
      : decisiveSteps(shutdown, order.bFirst),
    fixes: Number.isFinite(fits)
      ? [{ title: `Give the pod ${fits}s to end`, changes: raiseGrace(model, fits) }]
      : [],
    cause: `grace:${name}`,
  };
}
