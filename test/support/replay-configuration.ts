/** Plays what containers read of their configuration, alone and while it is being applied. */
import { keyOfObject } from '../../server/src/cluster/index.ts';
import {
  simulatePod,
  viewsIn,
  type ConfigChange,
  type Scenario,
} from '../../server/src/lifecycle/kubelet/index.ts';
import type { PodModel } from '../../server/src/lifecycle/index.ts';
import {
  mapContainers,
  type Container,
  type KubernetesObject,
  type Pod,
} from '../../server/src/manifest/index.ts';
import {
  replacePods,
  runApply,
  type AdmittedManifest,
  type ApplyRun,
  type Prediction,
  type WorkloadPrediction,
} from '../../server/src/prediction/index.ts';
import type {
  ApplyPlan,
  ConfigurationPlan,
  ReplayEntry,
  SeenLife,
} from '../../server/src/races/index.ts';

type Told = Pick<SeenLife, 'views'> & { readonly entries: readonly ReplayEntry[] };

const KINDS = ['ConfigMap', 'Secret', 'Service'] as const;

/** The API server's own Service, which every cluster has. */
const API_SERVER: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  ...{ spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] } },
};

/** Pods of the workload on one node. */
export function configuredLife(
  model: PodModel,
  scenario: Scenario,
  { objects = declared(model), changes = [], others = [] }: ConfigurationPlan,
): Told {
  const pod = withVariables(scenario.pod, model.pod);
  const { seconds } = model.profile.parameters['p.sandbox'];
  const entries = simulatePod({
    ...scenario,
    pod,
    behaviour: { ...scenario.behaviour, sandbox: { delay: seconds.earliest } },
    extraPods: others.map(({ name, after, pod: other }) => ({
      name,
      after,
      pod: named(other ? withVariables(pod, other) : pod, name),
    })),
    configuration: { objects: [API_SERVER, ...objects], changes },
  });
  return { entries, views: viewsIn(entries) };
}

/** The first pod of the workload in one apply of all files; its life is told from its binding on. */
export function appliedLife(
  { prediction, manifest }: WorkloadPrediction,
  model: PodModel,
  scenario: Scenario,
  { pauseSeconds = 0, made = [] }: ApplyPlan,
): Told {
  const documents = documentsOf(prediction, folderOf(manifest.document.file.uri));
  const own = documents.find((it) => it.manifest === manifest);
  const run = applyOnce(prediction, documents, clusterWithout(prediction, documents), {
    ...(own ? { pause: { after: own, seconds: pauseSeconds } } : {}),
  });
  const bound = run.bound.find((it) => it.of === own);
  if (!bound) return { entries: run.entries, views: [] };
  const makes = made.flatMap(({ object, of, after }) =>
    run.created
      .filter((it) => keyOfObject(it.object) === keyOfObject(of))
      .map(({ t }) => ({ t: t + after, object })),
  );
  const changes = [...run.created, ...makes]
    .filter(({ object }) => KINDS.some((it) => it === object.kind))
    .map(({ t, object }): ConfigChange => ({ at: t - bound.t, put: object }));
  const life = configuredLife(model, scenario, {
    objects: changes.flatMap((it) => (it.at !== undefined && it.at < 0 && it.put) || []),
    changes: changes.filter((it) => (it.at ?? 0) >= 0),
  });
  const since = <T extends { readonly t: number }>(it: T): T => ({ ...it, t: it.t + bound.t });
  const entries = [...run.entries, ...life.entries.map(since)].toSorted((a, b) => a.t - b.t);
  return { entries, views: life.views.map(since) };
}

/** Each file applied twice to a cluster that has all the others. */
export function appliedFiles(
  prediction: Prediction,
  requestSeconds: number,
): readonly { readonly first: ApplyRun; readonly second: ApplyRun }[] {
  const files = new Set(prediction.world.admitted.map((it) => it.manifest.document.file.uri));
  return [...files].map((uri) => {
    const documents = documentsOf(prediction, '').filter(
      (it) => it.manifest.document.file.uri === uri,
    );
    const cluster = clusterWithout(prediction, documents);
    const first = applyOnce(prediction, documents, cluster, { requestSeconds });
    const created = first.created.map((it) => it.object);
    return { first, second: applyOnce(prediction, documents, [...created, ...cluster]) };
  });
}

/** All pods of the workloads are gone, and are made anew. */
export function recreatedPods(
  prediction: Prediction,
  workloads: readonly WorkloadPrediction[],
  controllerSeconds: number,
): ApplyRun {
  const documents = prediction.world.admitted.filter(({ manifest }) =>
    workloads.some((it) => it.manifest === manifest),
  );
  const gone = new Set(workloads.flatMap((it) => it.runningPods.map(({ pod }) => pod)));
  return replacePods({
    ...surroundings(prediction, { controllerSeconds }),
    documents,
    cluster: [...prediction.snapshot.objects()].filter((it) => it.kind !== 'Pod'),
    running: prediction.runningPods.filter((it) => !gone.has(it)),
  });
}

interface ApplyChoices {
  readonly requestSeconds?: number;
  readonly controllerSeconds?: number;
}

function applyOnce(
  prediction: Prediction,
  documents: readonly AdmittedManifest[],
  cluster: readonly KubernetesObject[],
  { pause, ...choices }: ApplyChoices & Pick<Parameters<typeof runApply>[0], 'pause'> = {},
): ApplyRun {
  const own = new Set(documents.map((it) => it.stored.metadata.name));
  const running = prediction.runningWithOwners.filter(
    ({ pod, owner }) => !own.has((owner ?? pod).metadata.name),
  );
  return runApply({
    ...surroundings(prediction, choices),
    documents,
    cluster,
    running: running.map(({ pod }) => pod),
    ...(pause ? { pause } : {}),
  });
}

/** Everybody is as quick as the profile allows, except who is told otherwise. */
function surroundings(
  { config, profile }: Prediction,
  { requestSeconds, controllerSeconds }: ApplyChoices,
) {
  const least = (...names: readonly (keyof typeof profile.parameters)[]) =>
    names.reduce((sum, it) => sum + profile.parameters[it].seconds.earliest, 0);
  return {
    kubernetesVersion: config.kubernetesVersion,
    pace: {
      request: requestSeconds ?? least('p.auth', 'p.api'),
      controller: controllerSeconds ?? least('p.watch', 'p.ctrl', 'p.auth', 'p.api'),
      scheduler: least('p.watch', 'p.sched'),
      kubelet: least('p.kubelet', 'p.mount', 'p.sandbox', 'p.create', 'p.status'),
    },
  };
}

/** All documents by folder, file and place; those of one folder first. */
function documentsOf({ world }: Prediction, first: string): readonly AdmittedManifest[] {
  const uri = (it: AdmittedManifest) => it.manifest.document.file.uri;
  const isFirst = (it: AdmittedManifest) => Number(folderOf(uri(it)) === first);
  return world.admitted.toSorted(
    (a, b) =>
      isFirst(b) - isFirst(a) ||
      uri(a).localeCompare(uri(b), 'en') ||
      a.manifest.document.index - b.manifest.document.index,
  );
}

function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'));
}

function clusterWithout(
  { world }: Prediction,
  documents: readonly AdmittedManifest[],
): readonly KubernetesObject[] {
  const own = new Set(documents.map((it) => keyOfObject(it.stored)));
  return [...world.snapshot.objects()].filter((it) => !own.has(keyOfObject(it)));
}

function declared({ snapshot }: PodModel): readonly KubernetesObject[] {
  return KINDS.flatMap((it) => snapshot.listUntyped(it));
}

/** The simulated apps are told how to behave by variables, so scenarios come without the pod's own. */
function withVariables(pod: Pod, own: Pod): Pod {
  const all = [...(own.spec.initContainers ?? []), ...own.spec.containers];
  const restore = (it: Container): Container => {
    const { env, envFrom } = all.find(({ name }) => name === it.name) ?? it;
    return { ...it, env, envFrom };
  };
  const restored = mapContainers(pod, restore);
  return { ...restored, spec: { ...restored.spec, volumes: own.spec.volumes } };
}

function named(pod: Pod, name: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, name } };
}
