/** trafficDistribution with too few pods for its zones. */
import { field, type Service } from '../../manifest/index.ts';
import { every, slowest, steadyPod, TO_NODES } from '../facts/clients.ts';
import { countOf, fewestReplicas } from '../facts/rollouts.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import type { ReplayWorld } from '../replay.ts';

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
  upstream: [
    { path: 'staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go' },
    { path: 'pkg/proxy/topology.go' },
  ],
  replay: {
    by: 'clients',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(({ service }) => leavesZone(world, service)),
  },
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
        witness: workload.model
          ? [
              {
                at: 0,
                text: 'the only pod of a zone is deleted',
                moment: 'endpoints:terminating',
              },
              {
                at: slowest(workload.model, ...TO_NODES),
                text: 'all connections of the zone go to the pods of another one',
                moment: 'client:moved',
              },
            ]
          : [],
      };
    }
  },
});

/** Each pod in turn is deleted, and clients of its zone, who had come to it, come to another zone. */
function leavesZone(world: ReplayWorld, service: Service): boolean {
  const endpoints = world.slices(service).flatMap((it) => it.endpoints);
  const [model] = world.prediction.workloads.flatMap((it) => it.model ?? []);
  if (!model) return false;
  const lagSeconds = slowest(model, ...TO_NODES);
  const deleted = lagSeconds + 1;
  return endpoints.some((leaving) => {
    const { zone } = leaving;
    if (zone === undefined) return false;
    const pods = endpoints.map((it) => {
      const { name } = it.pod.metadata;
      const zones = it.hints?.forZones?.map((hint) => hint.name);
      const going = { ready: false, serving: true, terminating: true };
      return {
        ...steadyPod(name),
        zone: it.zone,
        endpoint: [
          { t: -Infinity, state: { ...it.conditions, zones } },
          ...(it === leaving ? [{ t: deleted, state: going }] : []),
        ],
      };
    });
    const until = deleted + lagSeconds + 1;
    const way = { by: 'kube-proxy', lagSeconds, zone } as const;
    const seen = world.clients(
      { pods, clients: [{ name: zone, asks: every(0.1, 0, until), way }], until },
      [{ t: deleted, source: 'endpoints', what: 'terminating' }],
    );
    const moved = seen.entries.filter((it) => it.what === 'moved');
    const isAway = (it: { readonly detail?: unknown }) =>
      (it.detail as { readonly zone?: string }).zone !== zone;
    return moved.some((it) => it.t > deleted && isAway(it)) && !moved.some((it) => it.t < deleted);
  });
}
