/** Workloads that wait for one another: none of them ever becomes Ready. */
import { dependencies, type Dependency } from '../facts/dependencies.ts';
import { neverServes, STILL_SECONDS } from '../facts/first-install.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'init-dependency-cycle',
  severity: 'error',
  basis: 'source',
  summary: 'Workloads wait for each other to be Ready, so none of them ever is.',
  why: `
    A Service has an endpoint once a pod behind it is Ready, and a pod is Ready after its init
    containers are done. Where one workload waits for a second, and the second for the first, each
    holds the other back. What runs already keeps going; a first install and a full stop do not end.
  `,
  remedy: 'Break one of the waits: start without the other and try again from the app.',
  noFix: 'which of the waits can be given up is known only to whoever wrote the apps',
  upstream: [
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
    { path: 'staging/src/k8s.io/endpointslice/utils.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => neverServes(story),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: shop, labels: { app: shop } }
        spec:
          initContainers:
            - name: wait
              image: busybox:1.36
              command: [sh, -c, until nc -z stock 80; do sleep 1; done]
        #                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Pod shop is not Ready before stock, and that not before it (shop → stock → shop): from nothing, neither ever is
          containers: [{ name: app, image: registry.example/shop:1 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: stock, labels: { app: stock } }
        spec:
          initContainers:
            - name: wait
              image: busybox:1.36
              command: [sh, -c, until wget -q http://shop/; do sleep 1; done]
        #                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ related: stock waits for shop (init wait)
          containers: [{ name: app, image: registry.example/stock:1 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec: { selector: { app: shop }, ports: [{ port: 80 }] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: stock }
        spec: { selector: { app: stock }, ports: [{ port: 80 }] }
      `,
    ],
    safe: [
      // Only one of them waits.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: shop, labels: { app: shop } }
        spec:
          initContainers:
            - name: wait
              image: busybox:1.36
              command: [sh, -c, until nc -z stock 80; do sleep 1; done]
          containers: [{ name: app, image: registry.example/shop:1 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: stock, labels: { app: stock } }
        spec:
          initContainers:
            - name: ask
              image: busybox:1.36
              command: [sh, -c, wget -q http://shop/ || true]
          containers: [{ name: app, image: registry.example/stock:1 }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec: { selector: { app: shop }, ports: [{ port: 80 }] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: stock }
        spec: { selector: { app: stock }, ports: [{ port: 80 }] }
      `,
    ],
  },

  *findInWorld(prediction) {
    const all = dependencies(prediction);
    const told = new Set<string>();
    for (const start of all) {
      const cycle = cycleFrom(start, all);
      if (!cycle) continue;
      const key = cycle
        .map((it) => it.from.subject)
        .toSorted()
        .join(' ');
      if (told.has(key)) continue;
      told.add(key);
      yield findingOf(cycle);
    }
  },
});

/** The shortest way from a dependency back to whom it is of. */
function cycleFrom(
  start: Dependency,
  all: readonly Dependency[],
): readonly Dependency[] | undefined {
  let ways: (readonly Dependency[])[] = [[start]];
  const seen = new Set([start.to]);
  while (ways.length > 0) {
    const next: (readonly Dependency[])[] = [];
    for (const way of ways) {
      const last = way.at(-1);
      if (last?.to === start.from) return way;
      for (const step of all) {
        if (step.from !== last?.to || seen.has(step.to)) continue;
        seen.add(step.to);
        next.push([...way, step]);
      }
    }
    ways = next;
  }
  return undefined;
}

function findingOf(cycle: readonly Dependency[]): RaceFinding {
  const [first, ...more] = cycle as readonly [Dependency, ...Dependency[]];
  const chain = [...cycle.map((it) => it.from.name), first.from.name].join(' → ');
  const certain = cycle.every((it) => it.by === 'init');
  // Init containers ask every second, probes at their ticks.
  const still = cycle.find((it) => it.by === 'init');
  return {
    at: first.at,
    message: `${first.from.kind} ${first.from.name} is not Ready before ${first.to.name}, and that not before it (${chain}): from nothing, neither ever is`,
    ...(certain
      ? {}
      : {
          severity: 'warning' as const,
          certainty: 'assumed' as const,
          restsOn: 'that a readiness probe fails while the host it asks does not answer',
        }),
    related: more.map((it) => ({
      message: `${it.from.name} waits for ${it.host} (${it.by} ${it.container})`,
      at: it.at,
    })),
    witness: [
      ...cycle.map((it) => ({
        at: 0,
        text: `${it.from.name}: ${it.container} asks ${it.host}, which has no endpoint`,
        moment: askedIn(it),
      })),
      ...(still
        ? [
            {
              at: STILL_SECONDS,
              text: `${still.container} still asks in vain: none of them has a Ready pod, so no Service has an endpoint`,
              moment: askedIn(still),
            },
          ]
        : []),
    ],
  };
}

function askedIn({ from, container, by }: Dependency): string {
  const whose = `${from.name}/${container}`;
  return by === 'init' ? `app:call:${whose}:"answered":false` : `cri:ExecSync.end:${whose}:1`;
}
