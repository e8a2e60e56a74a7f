/** Readiness of all replicas that follows one dependency. */
import { formatSeconds } from '../../explanation/index.ts';
import { notReadyAfter } from '../../lifecycle/index.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { probeDependency } from '../facts/probe-dependencies.ts';
import { probesOf } from '../facts/probes.ts';
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
      };
    }
  },
});
