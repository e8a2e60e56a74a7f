/** Environment from an object that can change: replicas read it at different times. */
import {
  field,
  fieldAt,
  toFieldRef,
  type Citable,
  type KubernetesObject,
} from '../../manifest/index.ts';
import type { AppBehaviour, ContainerView, PodModel } from '../../lifecycle/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { isVersionedName, restartsOnChange } from '../facts/config-changes.ts';
import { configReferences } from '../facts/config-references.ts';
import { edited, REPLACEMENT } from '../facts/config-replays.ts';
import { escaped } from '../facts/mentions.ts';
import { isLongRunning, lastingContainers, podsText } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFix, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'config-env-skew',
  severity: 'warning',
  basis: 'source',
  summary:
    'After a change of configuration each replica takes the new value at its next restart, whenever that is.',
  why: `
    Environment variables are read when a container is made, and never again. A change of the ConfigMap
    or Secret makes no new pods: a container that crashes afterwards runs with the new value beside
    replicas that have the old one.
  `,
  remedy:
    'Put a hash of the configuration into its name or into an annotation of the pod template, so that a change rolls out.',
  upstream: [{ path: 'pkg/kubelet/kubelet_pods.go' }],
  replay: {
    by: 'configuration',
    lost(story) {
      const { workload, model } = story;
      const plan = edited(workload, { at: CHANGED_AT });
      const second = { name: 'second', after: workload.replicas > 1 ? SECOND_AFTER : Infinity };
      const { views } = story.configured({
        ...plan,
        apps: crashing(model),
        others: [...(plan.others ?? []), second].filter((it) => it.after < Infinity),
        until: SECOND_AFTER + CRASHES_AFTER + 60,
      });
      // What a change replaces is not of one template with what replaces it.
      const lasting = views.filter((it) => plan.others === undefined || it.pod === REPLACEMENT);
      return lastingContainers(model).some(({ name }) => differ(lasting, name));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  env:
                    - name: PASSWORD
                      valueFrom: { secretKeyRef: { name: web, key: password } }
        #                                                ^^^ a change of Secret web reaches the 3 pods of Deployment web one by one, each at its next restart: until then they run with different values
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: web }
        #                 ^^^ related: it can change
        stringData: { password: hunter2 }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata:
              labels: { app: web }
              annotations: { checksum/config: 5f1b7c }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  envFrom: [{ configMapRef: { name: web } }]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        data: { LOG_LEVEL: info }
      `,
      // It cannot change.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  envFrom: [{ configMapRef: { name: web } }]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        immutable: true
        data: { LOG_LEVEL: info }
      `,
    ],
  },

  *find(workload) {
    const { replicas, kind, name, model } = workload;
    if (!isLongRunning(workload) || replicas < 2 || restartsOnChange(workload)) return;
    const [first, ...more] = mutableObjects(workload);
    if (!first) return;
    const all = [first, ...more].map((it) => it.what);
    const list =
      all.length > 3 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more` : all.join(', ');
    yield {
      at: first.at,
      message: `a change of ${list} reaches ${podsText(workload)} of ${kind} ${name} one by one, each at its next restart: until then they run with different values`,
      related: [{ message: 'it can change', at: first.object }],
      witness: model ? witnessOf(first, model) : [],
      get fixes() {
        return underNewNames([first, ...more], workload);
      },
    };
  },
});

/** One container after the other is made anew; what only init containers read has no such moments. */
function witnessOf({ what, container }: MutableObject, model: PodModel): readonly WitnessStep[] {
  if (!lastingContainers(model).some((it) => it.name === container)) return [];
  return [
    { at: 0, text: `${what} is changed; no pod is replaced`, moment: `api:put:${what}` },
    {
      at: START_SECONDS + CRASHES_AFTER - CHANGED_AT,
      text: `${container} of one pod crashes, and reads the new value; the other pods have the old one`,
      moment: `app:exit:${container}`,
    },
    {
      at: SECOND_AFTER + START_SECONDS + CRASHES_AFTER - CHANGED_AT,
      text: `${container} of the next pod crashes as well: only now both have the same`,
      moment: `app:exit:${container}`,
    },
  ];
}

/** The first pod's arrival is second 0; its containers crash so long after each start. */
const CRASHES_AFTER = 300;
const CHANGED_AT = 200;
const SECOND_AFTER = 120;
/** From the arrival to the start: the wait for volumes and the sandbox's 0.3 s. */
const START_SECONDS = 0.62;

function crashing(model: PodModel): Readonly<Record<string, AppBehaviour>> {
  return Object.fromEntries(
    lastingContainers(model).map(({ name }) => [name, { runFor: CRASHES_AFTER, exitCode: 1 }]),
  );
}

/** Whether two pods run a container with different variables at any time. */
function differ(views: readonly ContainerView[], container: string): boolean {
  const now = new Map<string, string>();
  return views
    .filter((it) => it.variables && it.container === container)
    .some((it) => {
      now.set(it.pod, JSON.stringify(it.variables));
      return new Set(now.values()).size > 1;
    });
}

interface MutableObject {
  readonly what: string;
  readonly at: Citable;
  readonly object: Citable;
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Who reads it. */
  readonly container: string;
}

/** The declared objects that containers read into their environment and that can change. */
function mutableObjects({
  pod,
  namespace,
  prediction,
}: WorkloadPrediction): readonly MutableObject[] {
  if (!pod) return [];
  const found = new Map<string, MutableObject>();
  for (const { kind, name, by, at, container = '' } of configReferences(pod)) {
    if (by !== 'env' || kind === 'PersistentVolumeClaim' || isVersionedName(name)) continue;
    const object = prediction.snapshot.get(kind, namespace, name);
    const what = `${kind} ${name}`;
    if (!object || object.immutable === true || found.has(what)) continue;
    const place = { at, object: field(object).metadata.name };
    found.set(what, { what, ...place, kind, name, container });
  }
  return [...found.values()];
}

/** Gives each a versioned name, here and where it is named: a change is another one, and a rollout. */
function underNewNames(
  all: readonly MutableObject[],
  { namespace, prediction }: WorkloadPrediction,
): readonly RaceFix[] {
  const { snapshot, declaredWorkloads, world } = prediction;
  const isFree = ({ kind, name }: MutableObject) =>
    !snapshot.get(kind, namespace, `${name}-v1`) &&
    !world.admitted.some((it) => namesOtherwise(it.stored, name));
  const readers = declaredWorkloads.filter((it) => it.namespace === namespace);
  if (!all.every(isFree)) return [];
  const changes = all.flatMap(({ kind, name, object }) => {
    const { root } = toFieldRef(object);
    const places = readers.flatMap(({ pod }) =>
      pod ? configReferences(pod).filter((it) => it.kind === kind && it.name === name) : [],
    );
    return [
      ...[object, ...places.map((it) => it.at)].map((at) => ({ at, value: `${name}-v1` })),
      { at: fieldAt(root, ['immutable']), value: true },
    ];
  });
  const names = all.map(({ what, name }) => `${what} to ${name}-v1`).join(', ');
  return [{ title: `Rename ${names}, immutable from now on`, changes }];
}

/** What is no pod, or a pod's pull secrets, names a Secret or ConfigMap in fields of its own. */
function namesOtherwise(object: KubernetesObject, name: string): boolean {
  // The volumes and variables of pods are among the references that are changed.
  const text = JSON.stringify(object).replaceAll(/"secret":\{[^}]*\}/g, '');
  const list = `"(?:imagePullSecrets|secrets|resourceNames)":\\[[^\\]]*`;
  const field = `"(?:secretName|secret|configMap)":`;
  return new RegExp(`(?:${list}|${field})"${escaped(name)}"`).test(text);
}
