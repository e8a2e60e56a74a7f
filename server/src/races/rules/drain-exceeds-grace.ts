/** A preStop hook and a drain that together are longer than the grace period. */
import { formatSeconds } from '../../explanation/index.ts';
import type { LifecycleTimeline, PodContainer, PodModel } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { graceThatFits, raiseGrace } from '../facts/shutdown.ts';
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
        #                                                   ^^^^ related: the drain is declared here
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
        #                                               ^^^^^^ related: the drain is declared here
        spec:
          terminationGracePeriodSeconds: 30
        #                                ^^ app may need 1m to drain, and the grace period is 30s: SIGKILL cuts what is left
          containers:
            - name: app
              image: registry.example/worker:1
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

function judge(
  container: PodContainer,
  model: PodModel,
  shutdown: LifecycleTimeline,
): RaceFinding | undefined {
  const { name, app, preStop } = container;
  const { value: drain, declared } = app.drainSeconds;
  const hook = preStop.seconds;
  if (!declared || !Number.isFinite(drain.latest) || !Number.isFinite(hook.latest))
    return undefined;
  const ids = [`exits:${name}`, `sigkill:${name}`] as const;
  const order = shutdown.order(...ids);
  if (order.relation !== 'after' && order.relation !== 'unordered') return undefined;
  const always = order.relation === 'after';
  const grace = model.gracePeriodSeconds;
  const fits = graceThatFits(model, (it) => it.preStop.seconds.latest);
  const after = hook.latest > 0 ? ` after a hook of ${formatSeconds(hook.latest)}` : '';
  return {
    at: field(model.pod).spec.terminationGracePeriodSeconds,
    message: `${name} ${always ? 'needs' : 'may need'} ${formatSeconds(drain.latest)} to drain${after}, and the grace period is ${formatSeconds(grace)}: SIGKILL cuts what is left`,
    ...(always ? { severity: 'error' as const } : {}),
    certainty: 'bounded',
    restsOn: `the declared ${app.drainSeconds.name}`,
    related: app.drainSeconds.cites.map((at) => ({ message: 'the drain is declared here', at })),
    witness: always
      ? certainSteps(shutdown, order.proof.chain, ids)
      : decisiveSteps(shutdown, order.bFirst),
    fixes: Number.isFinite(fits)
      ? [{ title: `Give the pod ${fits}s to end`, changes: raiseGrace(model, fits) }]
      : [],
    cause: `grace:${name}`,
  };
}
