/** A Service whose selector selects no declared pod. */
import { whyNot } from '../../endpoints/index.ts';
import { fieldAt, keyOf, type Pod, type Service } from '../../manifest/index.ts';
import { servedWorkloads } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'selector-matches-nothing',
  severity: 'error',
  basis: 'source',
  summary: 'A Service selects no pod.',
  why: `
    A Service gets endpoints from the pods of its namespace that carry every label of its selector.
    With none, its slices are empty and connections are refused at once.
  `,
  remedy: 'Make the selector and the labels of the pod template agree.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/reconciler.go' }],
  replay: {
    by: 'endpoints',
    lostInWorld: (world) =>
      world.prediction.snapshot
        .list('Service')
        .filter((it) => Object.keys(it.spec.selector ?? {}).length > 0)
        .some((it) => world.slices(it).every(({ endpoints }) => endpoints.length === 0)),
  },
  examples: {
    racing: [
      yaml`
        #- podsage.yaml
        world: closed
        #- web.yaml
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: wbe }
        #             ^^^ The selector matches no pod; the nearest is web: its app is web, not wbe
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web, tier: front } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
      `,
      // Somebody else makes its endpoints.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: database }
        spec:
          ports: [{ port: 5432 }]
      `,
    ],
  },

  *findInWorld(prediction) {
    const closed = prediction.config.world === 'closed';
    // With no pod declared in the namespace at all, the Service's pods are simply elsewhere.
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const namespace = service.metadata.namespace || 'default';
      const pods = prediction.runningPods.filter(
        (it) => (it.metadata.namespace || 'default') === namespace,
      );
      if (workloads.length > 0 || (!closed && pods.length === 0)) continue;
      for (const { code, message, cites } of whyNot(service, pods, [])) {
        const fixes = nearestLabel(service, pods);
        const [at] = cites;
        if (!at || !code.startsWith('selector-matches')) continue;
        yield closed
          ? { at: keyOf(at), message, fixes }
          : {
              at: keyOf(at),
              message,
              fixes,
              severity: 'information',
              certainty: 'assumed',
              restsOn: 'that all pods of the namespace are declared',
            };
      }
    }
  },
});

/** One label away: where all such pods have the same value, that is the one that is meant. */
function nearestLabel(service: Service, pods: readonly Pod[]): readonly RaceFix[] {
  const selector = Object.entries(service.spec.selector ?? {});
  const near = pods.flatMap(({ metadata: { labels = {} } }) => {
    const [first, ...others] = selector.filter(([key, value]) => labels[key] !== value);
    const value = first && labels[first[0]];
    return first && others.length === 0 && value !== undefined ? [{ key: first[0], value }] : [];
  });
  const [one] = near;
  if (!one || near.some((it) => it.key !== one.key || it.value !== one.value)) return [];
  const at = fieldAt(service, ['spec', 'selector', one.key]);
  return [{ title: `Select ${one.key}: ${one.value}`, changes: [{ at, value: one.value }] }];
}
