/** trafficDistribution with too few pods for its zones. */
import { field } from '../../manifest/index.ts';
import { countOf, fewestReplicas } from '../facts/rollouts.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const ZONE = 'topology.kubernetes.io/zone';

export default defineRaceRule({
  id: 'zone-hints-last-endpoint',
  severity: 'information',
  basis: 'source',
  summary: 'All traffic of a zone may hang on one pod.',
  why: `
    With trafficDistribution clients of a zone are sent to the pods of that zone, however few they are.
    Where there is one, it gets the whole load of the zone, and when it terminates, as in every rollout,
    that load jumps to the pods of another zone.
  `,
  remedy: 'Run at least two pods a zone, spread with a DoNotSchedule constraint on the zone.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go' }],
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          trafficDistribution: PreferSameZone
        #                      ^^^^^^^^^^^^^^ Deployment web has 3 pods for 3 zones: one pod may carry all traffic of its zone, and a rollout moves that to another zone at once
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      // Two a zone.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          trafficDistribution: PreferSameZone
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 6
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              topologySpreadConstraints:
                - maxSkew: 1
                  topologyKey: topology.kubernetes.io/zone
                  whenUnsatisfiable: DoNotSchedule
                  labelSelector: { matchLabels: { app: web } }
                  matchLabelKeys: [pod-template-hash]
              containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    const zones = new Set(
      prediction.snapshot.list('Node').flatMap((it) => it.metadata.labels?.[ZONE] ?? []),
    ).size;
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const { trafficDistribution } = service.spec;
      const [workload, ...others] = workloads;
      if (!trafficDistribution || !workload || others.length > 0 || zones < 2) continue;
      if (workload.kind === 'DaemonSet' || trafficDistribution === 'PreferSameNode') continue;
      const pods = fewestReplicas(workload);
      const spread = (workload.pod?.spec.topologySpreadConstraints ?? []).some(
        (it) => it.topologyKey === ZONE && it.whenUnsatisfiable === 'DoNotSchedule',
      );
      if (pods === 0 || (pods >= 2 * zones && spread)) continue;
      const why =
        pods < 2 * zones
          ? `has ${countOf(pods, 'pod')} for ${zones} zones`
          : 'is not held to spread over the zones';
      yield {
        at: field(service).spec.trafficDistribution,
        message: `${nameOf(workload)} ${why}: one pod may carry all traffic of its zone, and a rollout moves that to another zone at once`,
        ...(prediction.world.declared.usesDefaultNodes
          ? { certainty: 'assumed' as const, restsOn: 'the three assumed zones' }
          : {}),
      };
    }
  },
});
