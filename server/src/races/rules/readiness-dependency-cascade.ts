/** Readiness of all replicas that follows one dependency. */
import { formatSeconds } from '../../explanation/index.ts';
import { notReadyAfter, probeNumbers } from '../../lifecycle/index.ts';
import type { Probe } from '../../manifest/index.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';
import { probeDependency } from '../facts/probe-dependencies.ts';
import { probesOf } from '../facts/probes.ts';
import { outage } from '../facts/replays.ts';
import { lastingContainers } from '../facts/workloads.ts';

export default defineRaceRule({
  id: 'readiness-dependency-cascade',
  severity: 'information',
  basis: 'documentation',
  summary: 'An outage of something else makes every replica unready at once.',
  why: `
    A pod that is not ready is no endpoint. Where readiness of all replicas asks the same database or
    service, none of them is left when that does not answer: clients are refused, those too that did not
    need it.
  `,
  remedy:
    'Answer with what works instead of being unready, and never check two services against each other.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }],
  yieldsTo: ['readiness-via-own-service'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { workload } = story;
      const others = Array.from({ length: Math.min(workload.replicas, 3) - 1 }, (_, i) => ({
        name: `replica-${i + 2}`,
        after: 0,
      }));
      const life = story.live({ probes: outage(OUT_AT, 10 * OUT_AT), others, until: 10 * OUT_AT });
      const unready = (moment: string) => life.after(OUT_AT, moment) < 10 * OUT_AT;
      return (
        unready('endpoints:endpoint::"ready":false') &&
        others.every((it) =>
          unready(`status:condition:${it.name}/:"type":"Ready","status":"False"`),
        )
      );
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe:
                exec: { command: [redis-cli, -h, cache, ping] }
        #                                        ^^^^^ readiness of app asks cache: when it fails for 31s, Service web has no endpoint left
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe: { httpGet: { path: /readyz, port: 8080 } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80 }] }
      `,
      // Nobody is sent to it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: worker }
        spec:
          containers:
            - name: app
              image: registry.example/worker:1
              readinessProbe:
                exec: { command: [redis-cli, -h, cache, ping] }
      `,
    ],
  },

  *find({ model, services }) {
    const [service] = services;
    if (!model || !service) return;
    for (const container of lastingContainers(model)) {
      const placed = probesOf(container).find(({ kind }) => kind === 'readiness');
      const dependency = placed && probeDependency(container, placed);
      if (!placed || !dependency) continue;
      const { latest } = notReadyAfter(placed.probe);
      yield {
        at: dependency.at,
        message: `readiness of ${container.name} asks ${dependency.on}: when ${dependency.named ? 'it' : 'one of them'} fails for ${formatSeconds(latest)}, Service ${service.metadata.name} has no endpoint left`,
        certainty: 'assumed',
        restsOn: 'that the probe fails when it gets no answer there',
        witness: witness(container.name, dependency.on, placed.probe, service.metadata.name),
      };
    }
  },
});

/** When what is asked stops to answer, in seconds after the app's start. */
const OUT_AT = 60;

/** One pod of them all: the others go the same way. */
function witness(name: string, on: string, probe: Probe, service: string): readonly WitnessStep[] {
  const { period, timeout, failureThreshold } = probeNumbers(probe);
  const failed = timeout + (failureThreshold - 1) * Math.max(period, timeout);
  return [
    {
      at: 0,
      text: `a readiness probe asks ${on}, which does not answer any more`,
      moment: `cri:ExecSync:${name}:"kind":"readiness"`,
    },
    {
      at: failed,
      text: `${failureThreshold} have failed: no replica is ready`,
      moment: `status:ready:${name}:false`,
    },
    {
      at: failed,
      text: `Service ${service} has no endpoint that is ready`,
      moment: 'endpoints:endpoint::"ready":false',
    },
  ];
}
