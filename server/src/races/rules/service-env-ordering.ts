/** Variables of a Service that are there only when the Service was first. */
import type { PodModel } from '../../lifecycle/index.ts';
import {
  each,
  type Citable,
  type Container,
  type FieldCursor,
  type Pod,
  type Service,
} from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { heldUp, inTimeLag, lightly, pauseAfter } from '../facts/apply-lag.ts';
import { fileOrder } from '../facts/file-order.ts';
import { allContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'service-env-ordering',
  severity: 'warning',
  basis: 'source',
  summary:
    'A container reads the address of a Service from its environment, and may start before it is there.',
  why: `
    The variables {NAME}_SERVICE_HOST and {NAME}_SERVICE_PORT are written when a container is made, for
    the Services that exist at that moment and have a cluster IP. A container that is made first never
    gets them; the next restart does. A Service that follows the pod in its own file is there in time
    by the profile's numbers, as far as few documents are between: that is a note.
  `,
  remedy: 'Use the DNS name of the Service, or create it before the pods.',
  upstream: [{ path: 'pkg/kubelet/kubelet_pods.go' }, { path: 'pkg/kubelet/envvars/envvars.go' }],
  replay: {
    by: 'apply',
    lost(story) {
      const { views } = story.applied({ pauseSeconds: pauseAfter(story.workload) });
      return views.some((it) => it.missing?.some((name) => /_SERVICE_(?:HOST|PORT)/.test(name)));
    },
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
              args: [--cache=$(CACHE_SERVICE_HOST)]
        #            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ app reads CACHE_SERVICE_HOST, and Service cache is created after it: a container that is made first does not have it, until its next restart
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: cache }
        spec: { selector: { app: cache }, ports: [{ port: 6379 }] }
      `,
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: cache }
        spec: { selector: { app: cache }, ports: [{ port: 6379 }] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          enableServiceLinks: false
        #                     ^^^^^ related: no variables of Services
          containers:
            - name: app
              image: registry.example/web:1
              args: [--cache=$(CACHE_SERVICE_HOST)]
        #            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ enableServiceLinks is false: app never gets CACHE_SERVICE_HOST
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Service
        metadata: { name: cache }
        spec: { selector: { app: cache }, ports: [{ port: 6379 }] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              args: [--cache=$(CACHE_SERVICE_HOST)]
      `,
      // It brings its own.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              args: [--cache=$(CACHE_SERVICE_HOST)]
              env: [{ name: CACHE_SERVICE_HOST, value: cache }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: cache }
        spec: { selector: { app: cache }, ports: [{ port: 6379 }] }
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    const services = serviceVariables(workload);
    const told = new Set<Service>();
    for (const { container, at, name } of allContainers(model)) {
      const own = new Set((container.env ?? []).map((it) => it.name));
      for (const use of uses(container, at)) {
        const service = services.get(use.prefix);
        if (!service || own.has(use.variable) || told.has(service)) continue;
        const finding = findingOf(use, service, name, model.pod, workload, model);
        if (!finding) continue;
        told.add(service);
        yield finding;
      }
    }
  },
});

interface Use {
  readonly variable: string;
  readonly prefix: string;
  readonly at: Citable;
  /** The word that it stands in. */
  readonly word: string;
}

/** The declared Services by the beginning of their variables' names. */
function serviceVariables({
  namespace,
  prediction,
}: WorkloadPrediction): ReadonlyMap<string, Service> {
  return new Map(
    prediction.snapshot
      .list('Service', namespace)
      .map((it) => [it.metadata.name.toUpperCase().replaceAll('-', '_'), it]),
  );
}

function uses(container: Container, at: FieldCursor<Container>): readonly Use[] {
  const found: Use[] = [];
  const add = (text: string | undefined, place: Citable) => {
    for (const match of (text ?? '').matchAll(
      /\$[({]?(([A-Z][A-Z0-9_]*)_SERVICE_(?:HOST|PORT)\w*)/g,
    )) {
      found.push({ variable: match[1] ?? '', prefix: match[2] ?? '', at: place, word: text ?? '' });
    }
  };
  for (const [word, place] of [...each(at.command), ...each(at.args)]) add(word, place);
  for (const [{ value }, place] of each(at.env)) add(value, place.value);
  return container.name === '' ? [] : found;
}

function findingOf(
  use: Use,
  service: Service,
  container: string,
  pod: Pod,
  workload: WorkloadPrediction,
  model: PodModel,
): RaceFinding | undefined {
  const { variable, at } = use;
  const { manifest, object } = workload;
  const fixes = byName(use, service);
  const { name } = service.metadata;
  if (service.spec.clusterIP === 'None') {
    const message = `Service ${name} is headless: the kubelet writes no ${variable} for it`;
    return { at, severity: 'error', message, fixes };
  }
  if (pod.spec.enableServiceLinks === false) {
    return {
      at,
      severity: 'error',
      fixes,
      message: `enableServiceLinks is false: ${container} never gets ${variable}`,
      related: [{ message: 'no variables of Services', at: model.at.spec.enableServiceLinks }],
    };
  }
  const order = fileOrder(service, object);
  if (order === undefined || order === 'before' || manifest.kind === 'CronJob') return undefined;
  const when = order === 'after' ? `is created after it` : `may be created after it`;
  const lag = inTimeLag(service, workload);
  return {
    at,
    ...(lag ? lightly(lag) : {}),
    message: `${container} reads ${variable}, and Service ${name} ${when}: a container that is made first does not have it, until its next restart`,
    fixes,
    witness: heldUp(workload, service, variable, 'env', container),
  };
}

/** DNS has the Service under its name from the moment it exists, and for good. */
function byName({ word, prefix, at }: Use, { metadata, spec }: Service): readonly RaceFix[] {
  const variable = (suffix: string) =>
    new RegExp(
      String.raw`\$(?:\(${prefix}_${suffix}\)|\{${prefix}_${suffix}\}|${prefix}_${suffix}\b)`,
      'g',
    );
  const port = spec.ports?.[0]?.port;
  let value = word.replace(variable('SERVICE_HOST'), metadata.name);
  if (port !== undefined) value = value.replace(variable('SERVICE_PORT'), String(port));
  if (value.includes(`${prefix}_SERVICE_`)) return [];
  return [{ title: `Use the DNS name ${metadata.name}`, changes: [{ at, value }] }];
}
