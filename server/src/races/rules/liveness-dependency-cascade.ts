/** A liveness probe that fails with somebody else's failure. */
import { formatSeconds } from '../../explanation/index.ts';
import { killAfterHang } from '../../lifecycle/index.ts';
import { probeDependency } from '../facts/probe-dependencies.ts';
import { asReadiness } from '../facts/moves.ts';
import { probesOf, type PlacedProbe } from '../facts/probes.ts';
import { HANGING_LIFE_SECONDS, hangingAge, hangs } from '../facts/hangs.ts';
import { lastingContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'liveness-dependency-cascade',
  severity: 'warning',
  basis: 'documentation',
  summary: 'An outage of something else restarts every replica of the app at once.',
  why: `
    A failed liveness probe restarts the container. Where the probe asks a database or another service,
    all replicas fail together when that does not answer, and no budget for disruptions protects them
    from restarts. When it is back, all of them boot at the same time.
  `,
  remedy: 'Let liveness test only the process itself, such as /livez or /actuator/health/liveness.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }],
  replay: {
    by: 'kubelet',
    // What the probe asks answers no more; the app itself is well.
    lost: (story) =>
      lastingContainers(story.model).some((it) => {
        const placed = probesOf(it).find(({ kind }) => kind === 'liveness');
        if (!placed || !probeDependency(it, placed)) return false;
        const life = story.live({
          change: hangs(hangingAge(story, it)),
          until: HANGING_LIFE_SECONDS,
        });
        return life.has(`app:signal:${it.name}:SIGTERM`);
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
              livenessProbe:
                exec: { command: [sh, -c, pg_isready -h db -p 5432] }
        #                                 ^^^^^^^^^^^^^^^^^^^^^^^^ liveness of app asks db: when it fails for more than 20s to 31s, app is restarted
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              livenessProbe: { httpGet: { path: /actuator/health, port: 8080 } }
        #                                       ^^^^^^^^^^^^^^^^ liveness of app asks every health indicator of the app (databases, brokers): when one of them fails for more than 20s to 31s, app is restarted
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
              livenessProbe: { httpGet: { path: /actuator/health/liveness, port: 8080 } }
      `,
      // It asks itself.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: db }
        spec:
          containers:
            - name: app
              image: postgres:17
              livenessProbe:
                exec: { command: [sh, -c, pg_isready -h localhost] }
      `,
    ],
  },

  *find({ model, replicas }) {
    if (!model) return;
    for (const container of lastingContainers(model)) {
      const placed = probesOf(container).find(({ kind }) => kind === 'liveness');
      const dependency = placed && probeDependency(container, placed);
      if (!placed || !dependency) continue;
      const { earliest, latest } = killAfterHang(placed.probe);
      const all = replicas > 1 ? `all ${replicas} replicas` : container.name;
      yield {
        at: dependency.at,
        message: `liveness of ${container.name} asks ${dependency.on}: when ${dependency.named ? 'it' : 'one of them'} fails for more than ${formatSeconds(earliest)} to ${formatSeconds(latest)}, ${all} ${replicas > 1 ? 'are' : 'is'} restarted`,
        certainty: 'assumed',
        restsOn: 'that the probe fails when it gets no answer there',
        ...(dependency.named ? {} : { severity: 'information' as const }),
        fixes: dependency.named ? asReadiness(container, 'livenessProbe') : ownGroup(placed),
        witness: [
          {
            at: 0,
            text: `${dependency.on}: the last answer, to the liveness probe`,
            moment: `cri:ExecSync:${container.name}:"kind":"liveness"`,
          },
          {
            at: latest,
            text: `liveness has failed for the last time, here as everywhere: ${all} stopped`,
            moment: `event:Killing:${container.name}`,
          },
        ],
      };
    }
  },
});

/** Spring Boot has a group for liveness beside the indicators of everything, on Kubernetes unasked. */
function ownGroup({ probe, at }: PlacedProbe): readonly RaceFix[] {
  const path = `${probe.httpGet?.path?.replace(/\/$/, '')}/liveness`;
  return [{ title: `Ask ${path}`, changes: [{ at: at.httpGet.path, value: path }] }];
}
