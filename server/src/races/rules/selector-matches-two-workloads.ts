/** A Service that spreads its requests over workloads that have nothing to do with each other. */
import { field, fieldAt, keyOf, type Service, isWritten } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { every, podOf, slowest, steadyPod, TO_NODES } from '../facts/clients.ts';
import { nameOf, servedWorkloads } from '../facts/services.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFix, type WitnessStep } from '../race-rule.ts';
import type { ReplayWorld } from '../replay.ts';

/** Labels by which people tell the variants of one application apart. */
const VARIANT_LABELS = ['track', 'version', 'release', 'color', 'variant', 'canary'];

export default defineRaceRule({
  id: 'selector-matches-two-workloads',
  severity: 'warning',
  basis: 'source',
  summary: 'A Service sends its requests to the pods of two unrelated workloads.',
  why: `
    A selector knows labels, not workloads. Whatever carries the labels becomes an endpoint as soon as it
    is Ready, and gets its share of the requests: workers and Jobs too, that do not listen at all.
  `,
  remedy:
    'Add a label that only the pods meant have, such as app.kubernetes.io/component, to template and selector.',
  upstream: [{ path: 'staging/src/k8s.io/endpointslice/reconciler.go' }],
  replay: {
    by: 'clients',
    lostInWorld: (world) =>
      servedWorkloads(world.prediction).some(({ workloads }) => isSentAmiss(world, workloads)),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop }
        # ^^^^^^^^ selects the pods of Pod web and of Job migrate: while Job migrate runs, its pods get a share of the requests
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: shop } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate }
        #                 ^^^^^^^ related: Job migrate carries these labels, too
        spec:
          template:
            metadata: { labels: { app: shop } }
            spec:
              restartPolicy: Never
              containers: [{ name: migrate, image: "registry.example/migrate:1" }]
      `,
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop }
        # ^^^^^^^^ selects the pods of Pod web and of Pod worker: each gets a share of the requests
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: shop, component: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: worker, labels: { app: shop, component: worker } }
        #                 ^^^^^^ related: Pod worker carries these labels, too
        spec:
          containers: [{ name: app, image: "registry.example/worker:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop, component: web }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: shop, component: web } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: worker, labels: { app: shop, component: worker } }
        spec:
          containers: [{ name: app, image: "registry.example/worker:1" }]
      `,
      // A canary is meant to share the Service.
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop }
          ports: [{ port: 80, targetPort: 8080 }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: stable, labels: { app: shop, track: stable } }
        spec:
          containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: canary, labels: { app: shop, track: canary } }
        spec:
          containers: [{ name: app, image: "registry.example/web:2" }]
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const { service, workloads } of servedWorkloads(prediction)) {
      const distinct = workloads.filter(
        (it, i) => workloads.findIndex((other) => other.subject === it.subject) === i,
      );
      const [first, ...others] = distinct;
      const stranger = first && others.find((it) => areUnrelated(first, it));
      if (!first || !stranger) continue;
      const short = [first, stranger].find((it) => it.kind.endsWith('Job'));
      const loss = short
        ? `while ${nameOf(short)} runs, its pods get a share of the requests`
        : 'each gets a share of the requests';
      yield {
        at: keyOf(field(service).spec.selector),
        message: `selects the pods of ${nameOf(first)} and of ${nameOf(stranger)}: ${loss}`,
        related: [
          {
            message: `${nameOf(stranger)} carries these labels, too`,
            at: field(stranger.object).metadata.name,
          },
        ],
        witness: short ? witnessOf(short) : [],
        fixes: [
          ...[first, stranger].flatMap((it) => selectOnly(it, service, distinct)),
          ...[first, stranger].flatMap((it) => labelJob(it, service)),
        ],
      };
    }
  },
});

/** Adds a label to the selector that only the pods of one workload have. */
function selectOnly(
  workload: WorkloadPrediction,
  service: Service,
  all: readonly WorkloadPrediction[],
): readonly RaceFix[] {
  const { pod, kind } = workload;
  if (!pod || kind.endsWith('Job')) return [];
  const others = all.filter((it) => it !== workload);
  // What controllers and Helm write changes with each revision.
  const own = Object.entries(pod.metadata.labels ?? {}).find(
    ([key, value]) =>
      isWritten(fieldAt(pod, ['metadata', 'labels', key])) &&
      !/hash|revision|chart/.test(key) &&
      others.every((it) => it.pod?.metadata.labels?.[key] !== value),
  );
  if (!own) return [];
  const [key, value] = own;
  return [
    {
      title: `Select only ${nameOf(workload)}, by ${key}: ${value}`,
      changes: [{ at: fieldAt(service, ['spec', 'selector', key]), value }],
    },
  ];
}

/** Nothing else selects by the labels of a Job's pods, so theirs can say what they are. */
function labelJob(workload: WorkloadPrediction, service: Service): readonly RaceFix[] {
  const { pod, kind, name } = workload;
  const [key, value] = Object.entries(service.spec.selector ?? {})[0] ?? [];
  if (!pod || key === undefined || value === name || !kind.endsWith('Job')) return [];
  return [
    {
      title: `Label the pods of ${nameOf(workload)} ${key}: ${name}`,
      changes: [{ at: fieldAt(pod, ['metadata', 'labels', key]), value: name }],
    },
  ];
}

/** Different programs, and no label that says they are variants of one. */
function areUnrelated(a: WorkloadPrediction, b: WorkloadPrediction): boolean {
  if (images(a).some((it) => images(b).includes(it))) return false;
  return !VARIANT_LABELS.some((it) => label(a, it) !== label(b, it));
}

/** Repositories of the main containers, without tags. */
function images({ pod }: WorkloadPrediction): readonly string[] {
  return (pod?.spec.containers ?? []).map((it) => (it.image ?? '').replace(/[:@][^/]*$/, ''));
}

function label({ pod }: WorkloadPrediction, name: string): string | undefined {
  const labels = pod?.metadata.labels ?? {};
  return Object.entries(labels).find(([key]) => key === name || key.endsWith(`/${name}`))?.[1];
}

/** What runs to an end does not listen. */
function witnessOf(short: WorkloadPrediction): readonly WitnessStep[] {
  if (!short.model) return [];
  const lag = slowest(short.model, ...TO_NODES);
  return [
    { at: 0, text: `a pod of ${nameOf(short)} is Ready`, moment: 'ready' },
    { at: lag, text: 'every node sends it connections, too', moment: 'kube-proxy:synced' },
    { at: lag, text: 'one of them comes to it, where nobody listens', moment: 'client:refused' },
  ];
}

/**
 * A client that asks again and again is refused by a pod that does not listen, or answered by
 * another program than the first.
 */
function isSentAmiss(world: ReplayWorld, workloads: readonly WorkloadPrediction[]): boolean {
  const lives = workloads.flatMap((workload) => {
    const story = world.of(workload);
    const [container] = story?.model.mains ?? [];
    if (!story || !container) return [];
    const life = story.live({ until: 60 });
    const name = nameOf(workload);
    const pod = isLongRunning(workload)
      ? steadyPod(name)
      : { ...podOf(life, container), name, listens: Infinity };
    return [{ model: story.model, workload, life, pod }];
  });
  const [first] = lives;
  if (!first) return false;
  const lagSeconds = slowest(first.model, ...TO_NODES);
  const seen = world.clients(
    {
      pods: lives.map((it) => it.pod),
      clients: [
        { name: 'client', asks: every(0.05, 0, 30), way: { by: 'kube-proxy', lagSeconds } },
      ],
      until: 30,
    },
    lives.at(-1)?.life.entries,
  );
  const programs = lives
    .filter((it) => seen.has(`client:answered::${it.pod.name}`))
    .map((it) => images(it.workload).join(' '));
  return seen.has('client:refused') || new Set(programs).size > 1;
}
