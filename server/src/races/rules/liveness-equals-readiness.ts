/** A liveness probe that restarts an overloaded app before readiness takes its load away. */
import { formatSeconds } from '../../explanation/index.ts';
import { killAfterHang, probeNumbers, type PodContainer } from '../../lifecycle/index.ts';
import { handlerText } from '../facts/probes.ts';
import { HANGING_LIFE_SECONDS, hangingAge, hangs } from '../facts/hangs.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'liveness-equals-readiness',
  severity: 'warning',
  basis: 'source',
  summary: 'Liveness and readiness ask the same at the same pace: overload restarts the app.',
  why: `
    Readiness takes a pod that cannot keep up out of its Services until it has caught up. Where liveness
    asks the same question and counts as fast, the container is killed at that moment instead. The load
    goes to the other replicas, which fail the same way.
  `,
  remedy:
    'Let liveness ask something cheap, or let it count at least three times as long as readiness.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }],
  replay: {
    by: 'kubelet',
    // Without its traffic an app recovers in as long as it took to lose it.
    lost: (story) =>
      lastingContainers(story.model).some((it) => {
        if (!asksTheSame(it)) return false;
        const age = hangingAge(story, it);
        const life = story.live({ change: hangs(age), until: HANGING_LIFE_SECONDS });
        const busy = life.at(`cri:StartContainer:${it.name}`) + age;
        const unready = life.after(busy, `status:ready:${it.name}:false`);
        return life.after(busy, `app:signal:${it.name}:SIGTERM`) - busy < 2 * (unready - busy);
      }),
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
              readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 5 }
        #     ^^^^^^^^^^^^^^ related: asks the same
              livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 10 }
        #     ^^^^^^^^^^^^^ liveness asks what readiness asks: when app is too busy to answer it is restarted after 31s, soon after its traffic is taken away (16s)
      `,
    ],
    safe: [
      // Three times as long.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 5 }
              livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 15 }
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /healthz, port: 8080 } }
              livenessProbe: { tcpSocket: { port: 8080 } }
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const { container, at, name } of lastingContainers(model)) {
      const { livenessProbe: liveness, readinessProbe: readiness } = container;
      if (!liveness || !readiness || !asksTheSame({ container })) continue;
      const kills = killAfterHang(liveness).latest;
      const leaves = killAfterHang(readiness).latest;
      if (kills > 2 * leaves) continue;
      const { period } = probeNumbers(liveness);
      const failureThreshold = Math.max(6, Math.ceil((3 * leaves) / period));
      const together = kills === leaves ? 'just as' : kills < leaves ? 'before' : 'soon after';
      yield {
        at: at.livenessProbe,
        message: `liveness asks what readiness asks: when ${name} is too busy to answer it is restarted after ${formatSeconds(kills)}, ${together} its traffic is taken away (${formatSeconds(leaves)})`,
        // A connection is accepted by the kernel even for an app that is too busy.
        ...(liveness.tcpSocket ? { severity: 'information' as const } : {}),
        related: [{ message: 'asks the same', at: at.readinessProbe }],
        witness: [
          {
            at: 0,
            text: `${name} answers both probes for the last time: too many requests`,
            moment: `cri:ExecSync:${name}:"kind":"liveness"`,
          },
          {
            at: leaves,
            text: 'readiness fails: no new requests',
            moment: `status:ready:${name}:false`,
          },
          {
            at: kills,
            text: `liveness fails: ${name} is stopped, then starts cold`,
            moment: `event:Killing:${name}`,
          },
        ].toSorted((a, b) => a.at - b.at),
        fixes: [
          {
            title: `Let liveness fail ${failureThreshold} times`,
            changes: [{ at: at.livenessProbe.failureThreshold, value: failureThreshold }],
          },
        ],
      };
    }
  },
});

function asksTheSame({ container }: Pick<PodContainer, 'container'>): boolean {
  const { livenessProbe, readinessProbe } = container;
  if (!livenessProbe || !readinessProbe) return false;
  return handlerText(livenessProbe) === handlerText(readinessProbe);
}
