/** A ConfigMap, Secret, claim or key that a pod names and that is not there. */
import { editDistance } from '../../endpoints/index.ts';
import { field, type ConfigMap, type KubernetesObject, type Secret } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import {
  configReferences,
  isGiven,
  producerOf,
  type ConfigReference,
} from '../facts/config-references.ts';
import { madeAfter } from '../facts/config-replays.ts';
import {
  defineRaceRule,
  yaml,
  type FieldChange,
  type RaceFinding,
  type RaceFix,
} from '../race-rule.ts';

/** How long a controller takes to write an object, in the replay. */
const MADE_AFTER = 5;

export default defineRaceRule({
  id: 'config-object-missing',
  severity: 'error',
  basis: 'source',
  summary: 'A pod names a ConfigMap, Secret, claim or key that does not exist.',
  why: `
    The kubelet makes no container before every object it reads is there, and mounts no volume. It
    tries again for as long as the pod exists: CreateContainerConfigError for the environment,
    FailedMount for a volume; a pod whose claim is missing is not scheduled.
  `,
  remedy: 'Declare the object or key, correct its name, or make the reference optional.',
  upstream: [
    { path: 'pkg/kubelet/kubelet_pods.go' },
    { path: 'pkg/volume/configmap/configmap.go' },
    { path: 'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go' },
  ],
  replay: {
    by: 'configuration',
    lost: (story) => {
      // What controllers make of declared resources is there before the pod has given up.
      const changes = madeAfter(story.workload, MADE_AFTER).map(({ object, after }) => ({
        at: after,
        put: object,
      }));
      const { trace } = story.configured({ changes, until: 300 });
      return !trace.has('ready') || story.placementByDeclared().nodeName === undefined;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        #                 ^^^ related: ConfigMap web
        data: { log-level: info }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - name: LOG_LEVEL
                  valueFrom: { configMapKeyRef: { name: web, key: loglevel } }
        #                                                         ^^^^^^^^ ConfigMap web has no key loglevel (log-level): the container is not made, CreateContainerConfigError
      `,
      yaml`
        #- podsage.yaml
        world: closed
        #- web.yaml
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              envFrom: [{ secretRef: { name: web } }]
        #                                    ^^^ there is no Secret web in default: the container is not made (CreateContainerConfigError)
      `,
      // Elsewhere it may be declared.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
          volumes:
            - name: data
              persistentVolumeClaim: { claimName: web }
        #                                         ^^^ no file declares PersistentVolumeClaim web: until it exists in default, the pod is not scheduled
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Secret
        metadata: { name: web }
        stringData: { password: hunter2 }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              env:
                - name: PASSWORD
                  valueFrom: { secretKeyRef: { name: web, key: password } }
                - name: EXTRA
                  valueFrom: { secretKeyRef: { name: extra, key: extra, optional: true } }
      `,
      // cert-manager writes it.
      yaml`
        #- podsage.yaml
        world: closed
        #- web.yaml
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: { name: web }
        spec: { secretName: web-tls }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
          volumes: [{ name: tls, secret: { secretName: web-tls } }]
      `,
    ],
  },

  *find(workload) {
    const { pod } = workload;
    if (!pod) return;
    const told = new Set<string>();
    for (const reference of configReferences(pod)) {
      if (reference.optional || isGiven(reference)) continue;
      const finding = missing(reference, workload);
      if (!finding) continue;
      // An object that is named ten times is missing once.
      const key = `${reference.kind}/${reference.name}/${finding.keyed ? reference.key : ''}`;
      if (told.has(key)) continue;
      told.add(key);
      yield finding.finding;
    }
  },
});

function missing(
  reference: ConfigReference,
  workload: WorkloadPrediction,
): { readonly finding: RaceFinding; readonly keyed: boolean } | undefined {
  const { kind, name, key, keyAt, by } = reference;
  const { namespace, prediction } = workload;
  const { snapshot, config } = prediction;
  const found = snapshot.get(kind, namespace, name);
  if (found) {
    if (key === undefined || !keyAt || kind === 'PersistentVolumeClaim') return undefined;
    const keys = keysOf(found as ConfigMap | Secret);
    // One without any keys is filled by somebody else.
    if (keys.length === 0 || keys.includes(key)) return undefined;
    const message = `${kind} ${name} has no key ${key} (${keys.slice(0, 5).join(', ')}): the container is not made, CreateContainerConfigError`;
    const related = [{ message: `${kind} ${name}`, at: field(found).metadata.name }];
    const same = (it: ConfigReference) => it.kind === kind && it.name === name && it.key === key;
    const fixes = nearest(key, keys, (value) =>
      references(workload).flatMap((it) => (same(it) && it.keyAt ? { at: it.keyAt, value } : [])),
    );
    return { finding: { at: keyAt, message, related, fixes }, keyed: true };
  }
  if (producerOf(reference, namespace, snapshot)) return undefined;
  // A StatefulSet's own claims are made for it.
  if (kind === 'PersistentVolumeClaim' && workload.kind === 'StatefulSet') return undefined;
  const closed = config.world === 'closed';
  const effect =
    kind === 'PersistentVolumeClaim'
      ? 'the pod is not scheduled'
      : by === 'env'
        ? 'the container is not made (CreateContainerConfigError)'
        : 'the pod stays in ContainerCreating (FailedMount)';
  const fixes = nearest(name, snapshot.list(kind, namespace).map(nameOf), (value) =>
    references(workload).flatMap((it) =>
      it.kind === kind && it.name === name ? { at: it.at, value } : [],
    ),
  );
  const finding = closed
    ? { at: reference.at, fixes, message: `there is no ${kind} ${name} in ${namespace}: ${effect}` }
    : {
        at: reference.at,
        fixes,
        message: `no file declares ${kind} ${name}: until it exists in ${namespace}, ${effect}`,
        severity: 'information' as const,
        certainty: 'assumed' as const,
        restsOn: 'that nobody but these files makes it',
      };
  return { finding, keyed: false };
}

function nameOf({ metadata }: KubernetesObject): string {
  return metadata.name;
}

function references({ pod }: WorkloadPrediction): readonly ConfigReference[] {
  return pod ? configReferences(pod) : [];
}

/** What is a slip of the finger away, where only one thing is. */
function nearest(
  wanted: string,
  declared: readonly string[],
  changesTo: (value: string) => readonly FieldChange[],
): readonly RaceFix[] {
  // Names that differ in a number are those of different things.
  const words = (it: string) => it.replaceAll(/\d+/g, '');
  const slips = wanted.length < 8 ? 1 : 2;
  const [one, ...others] = declared.filter(
    (it) => words(it) !== words(wanted) && editDistance(it, wanted) <= slips,
  );
  if (one === undefined || others.length > 0 || wanted.length < 4) return [];
  return [{ title: `Name ${one}`, changes: changesTo(one) }];
}

function keysOf(object: ConfigMap | Secret): readonly string[] {
  const { data, binaryData, stringData } = object as {
    readonly data?: object;
    readonly binaryData?: object;
    readonly stringData?: object;
  };
  return [data, binaryData, stringData].flatMap((it) => Object.keys(it ?? {}));
}
