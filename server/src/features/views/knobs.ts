/**
 * What a user may pull on: parameters of the manifest, of the app and of the environment. A what-if
 * is a prediction of the same world with one workload, or one setting, changed.
 */
import type { PodsageConfig } from '../../cluster/index.ts';
import { clonePlain } from '../../admission/index.ts';
import { fieldAt, valueAt, withOrigin, type FieldPath, type Json } from '../../manifest/index.ts';
import { admit, type WorkloadPrediction } from '../../prediction/index.ts';
import type { KnobView } from '../../protocol/index.ts';
import { fixViews } from './findings-view.ts';

/** A parameter: how it is shown, read, and applied. */
interface Knob {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly kind: KnobView['kind'];
  readonly range?: { readonly min: number; readonly max: number; readonly step: number };
  readonly choices?: readonly string[];
  /** What is said of it where it has no value, and where its slider stands then. */
  readonly unset?: { readonly unset: string; readonly startsAt: number };
  /** As it stands; empty where nothing bounds it, undefined where it does not apply. */
  read(workload: WorkloadPrediction): string | undefined;
  /** Where the manifest says it, from the workload's root, and the value there. */
  path?(workload: WorkloadPrediction): FieldPath | undefined;
  value?(text: string): Json;
  /** Or what it changes in the configuration. */
  configure?(config: PodsageConfig, text: string): PodsageConfig;
}

/** Where a slider stands whose assumption has no end: many servers drain within it. */
const UNSET_SECONDS = 10;

const KNOBS: readonly Knob[] = [
  fieldKnob('preStop', 'preStop sleep', 's', { min: 0, max: 120, step: 1 }, (it) => {
    const container = servingContainer(it);
    return container && [...container, 'lifecycle', 'preStop', 'sleep', 'seconds'];
  }),
  fieldKnob('grace', 'grace period', 's', { min: 0, max: 300, step: 1 }, (it) => [
    ...it.templatePath,
    'spec',
    'terminationGracePeriodSeconds',
  ]),
  fieldKnob('readinessPeriod', 'readiness period', 's', { min: 1, max: 60, step: 1 }, (it) =>
    probeField(it, 'readinessProbe', 'periodSeconds'),
  ),
  fieldKnob('readinessFailures', 'readiness failures', '', { min: 1, max: 20, step: 1 }, (it) =>
    probeField(it, 'readinessProbe', 'failureThreshold'),
  ),
  fieldKnob('livenessPeriod', 'liveness period', 's', { min: 1, max: 60, step: 1 }, (it) =>
    probeField(it, 'livenessProbe', 'periodSeconds'),
  ),
  fieldKnob('livenessFailures', 'liveness failures', '', { min: 1, max: 20, step: 1 }, (it) =>
    probeField(it, 'livenessProbe', 'failureThreshold'),
  ),
  fieldKnob('startupFailures', 'startup failures', '', { min: 1, max: 60, step: 1 }, (it) =>
    probeField(it, 'startupProbe', 'failureThreshold'),
  ),
  fieldKnob('replicas', 'replicas', '', { min: 0, max: 20, step: 1 }, (it) =>
    ['Deployment', 'StatefulSet', 'ReplicaSet'].includes(it.kind)
      ? ['spec', 'replicas']
      : undefined,
  ),
  appKnob('drain-seconds', 'drain after SIGTERM', (it) => it.drainSeconds.value.latest),
  appKnob('listen-seconds', 'start to listening', (it) => it.listenSeconds.value.latest),
  {
    id: 'profile',
    label: 'environment',
    unit: '',
    kind: 'choice',
    choices: ['lab', 'default', 'stressed'],
    read: (it) => it.prediction.config.profile,
    configure: (config, profile) => ({ ...config, profile }),
  },
  {
    id: 'dataPlane',
    label: 'data plane',
    unit: '',
    kind: 'choice',
    choices: [
      'as declared',
      'kube-proxy-iptables',
      'kube-proxy-nftables',
      'kube-proxy-ipvs',
      'ebpf',
    ],
    read: (it) => it.prediction.config.dataPlane ?? 'as declared',
    configure: (config, text) => ({
      ...config,
      dataPlane: text === 'as declared' ? undefined : text,
    }),
  },
  {
    id: 'nodeLost',
    label: 'its node is lost',
    unit: '',
    kind: 'switch',
    read: ({ prediction, scheduling }) => {
      if (prediction.lostNode !== undefined) return 'true';
      return scheduling?.nodeName === undefined ? undefined : 'false';
    },
  },
];

/** The knobs of a workload; `original` is the workload as the manifest has it, where this is a what-if. */
export function knobViews(
  workload: WorkloadPrediction,
  original: WorkloadPrediction = workload,
): readonly KnobView[] {
  return KNOBS.flatMap((knob) => {
    const value = knob.read(workload);
    if (value === undefined) return [];
    const changed = value !== knob.read(original);
    const path = knob.path?.(original);
    const write =
      changed && path
        ? fixViews([
            {
              title: `Set ${knob.label} to ${value}${knob.unit}`,
              changes: [
                { at: fieldAt(original.object, path), value: knob.value?.(value) ?? Number(value) },
              ],
            },
          ])[0]
        : undefined;
    return [
      {
        id: knob.id,
        label: knob.label,
        unit: knob.unit,
        kind: knob.kind,
        value,
        changed,
        ...(value === '' && knob.unset ? knob.unset : {}),
        ...knob.range,
        ...(knob.choices ? { choices: knob.choices } : {}),
        write: write ?? null,
      },
    ];
  });
}

/** The workload in a world where the knobs stand as given. Unknown knobs and values are left out. */
export function applyWhatIf(
  workload: WorkloadPrediction,
  values: Readonly<Record<string, string>>,
): WorkloadPrediction {
  const { prediction, manifest } = workload;
  let { config } = prediction;
  const object = clonePlain(manifest.object);
  for (const knob of KNOBS) {
    const text = values[knob.id];
    if (text === undefined || text === '' || knob.read(workload) === undefined) continue;
    if (knob.configure) config = knob.configure(config, text);
    const path = knob.path?.(workload);
    const value = knob.value?.(text) ?? Number(text);
    if (path && (typeof value !== 'number' || Number.isFinite(value))) write(object, path, value);
  }
  const { snapshot } = prediction.world.declared;
  const admission = admit({
    written: object,
    object,
    snapshot,
    version: config.kubernetesVersion,
  });
  const origin = { document: manifest.document, at: manifest.at };
  const stored = withOrigin(admission.object, origin);
  const changed = prediction.withWorkload({ manifest, admission, stored }, config);
  const lost = values['nodeLost'] === 'true' ? workload.scheduling?.nodeName : undefined;
  const world = lost === undefined ? changed : changed.withoutNode(lost);
  return world.workloadOf(manifest) ?? workload;
}

function fieldKnob(
  id: string,
  label: string,
  unit: string,
  range: { readonly min: number; readonly max: number; readonly step: number },
  path: (workload: WorkloadPrediction) => FieldPath | undefined,
): Knob {
  return {
    id,
    label,
    unit,
    kind: 'number',
    range,
    path,
    read(workload) {
      const at = path(workload);
      if (!at) return undefined;
      const value = valueAt(fieldAt(workload.object, at));
      return typeof value === 'number' ? String(value) : '0';
    },
    value: Number,
  };
}

type Assumptions = NonNullable<WorkloadPrediction['model']>['mains'][number]['app'];

/** An assumption about the app; written, it becomes the annotation on the pod template. */
function appKnob(
  key: 'drain-seconds' | 'listen-seconds',
  label: string,
  latest: (app: Assumptions) => number,
): Knob {
  return {
    id: key,
    label,
    unit: 's',
    kind: 'number',
    range: { min: 0, max: 120, step: 1 },
    unset: { unset: `nobody bounds it; try from ${UNSET_SECONDS}s`, startsAt: UNSET_SECONDS },
    path: (it) => [...it.templatePath, 'metadata', 'annotations', `podsage.dev/app.${key}`],
    read({ model }) {
      const app = (model?.mains.find((it) => it.serves) ?? model?.mains[0])?.app;
      const seconds = app && latest(app);
      if (seconds === undefined) return undefined;
      return Number.isFinite(seconds) ? String(seconds) : '';
    },
    value: (text) => `0-${text}`,
  };
}

/** The path to the container that owns the port traffic is sent to; else to the first. */
function servingContainer({ model, templatePath }: WorkloadPrediction): FieldPath | undefined {
  if (!model || model.mains.length === 0) return undefined;
  const index = Math.max(
    0,
    model.mains.findIndex((it) => it.serves),
  );
  return [...templatePath, 'spec', 'containers', index];
}

function probeField(
  workload: WorkloadPrediction,
  probe: 'readinessProbe' | 'livenessProbe' | 'startupProbe',
  name: string,
): FieldPath | undefined {
  const container = servingContainer(workload);
  if (!container) return undefined;
  const declared = valueAt(fieldAt(workload.object, [...container, probe]));
  return declared === undefined ? undefined : [...container, probe, name];
}

/** Writes into plain values, making the parents that are missing. */
function write(root: object, path: FieldPath, value: Json): void {
  let at = root as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    if (next === null || typeof next !== 'object') at[step] = {};
    at = at[step] as Record<string | number, unknown>;
  }
  // A hook is one of exec, httpGet and sleep: another one has to go.
  if (path.at(-2) === 'sleep' && path.at(-3) === 'preStop') {
    const preStop = parentOf(root, path, 2);
    for (const name of Object.keys(preStop)) if (name !== 'sleep') delete preStop[name];
  }
  at[path.at(-1) ?? ''] = value;
}

function parentOf(root: object, path: FieldPath, up: number): Record<string, unknown> {
  return valueAt(fieldAt(root, path.slice(0, path.length - up))) as Record<string, unknown>;
}
