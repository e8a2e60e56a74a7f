/** An optional reference to an object that is being made at the same time. */
import type { ContainerView } from '../../lifecycle/index.ts';
import { field, type KubernetesObject } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { configReferences, producerOf, type ConfigReference } from '../facts/config-references.ts';
import { heldUp, inTimeLag, lightly, pauseAfter } from '../facts/apply-lag.ts';
import { madeAfter, objectsRead } from '../facts/config-replays.ts';
import { fileOrder, type FileOrder } from '../facts/file-order.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'config-optional-race',
  severity: 'warning',
  basis: 'source',
  summary: 'Whether an app gets optional configuration depends on which object was created first.',
  why: `
    The kubelet does not wait for an optional ConfigMap or Secret. A container that is made before the
    object exists runs without its variables until it is restarted; a volume gets its files within a
    minute or two. Replicas that start at different times differ. What follows the pod in its own file
    is there in time by the profile's numbers, as far as few documents are between: that is a note.
  `,
  remedy: 'Take optional out, so that containers wait for the object, or apply the object first.',
  upstream: [{ path: 'pkg/kubelet/kubelet_pods.go' }],
  replay: {
    by: 'apply',
    lost(story) {
      const { workload } = story;
      const made = madeAfter(workload, WRITTEN_AFTER);
      const { views } = story.applied({ pauseSeconds: pauseAfter(workload), made });
      // A container that is made when everything is there.
      const late = story.configured({ objects: objectsRead(workload) }).views;
      return late.some((it) => {
        const first = views.find(
          (other) => other.container === it.container && (other.files === undefined) === !it.files,
        );
        return first !== undefined && keysIn(it).some((key) => !keysIn(first).includes(key));
      });
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
              envFrom: [{ configMapRef: { name: web, optional: true } }]
        #                                       ^^^ ConfigMap web is optional and is created after it: a container that is made first runs without it until its next restart
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        #                 ^^^ related: created here
        data: { LOG_LEVEL: info }
      `,
      yaml`
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: { name: web }
        #                 ^^^ related: made of this
        spec: { target: { name: web-key } }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              volumeMounts: [{ name: key, mountPath: /etc/key }]
          volumes: [{ name: key, secret: { secretName: web-key, optional: true } }]
        #                                              ^^^^^^^ Secret web-key is optional and is written by a controller (ExternalSecret web) at its own time: a container that is made first starts without its files, and gets them a minute or two later
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web }
        data: { LOG_LEVEL: info }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              envFrom: [{ configMapRef: { name: web, optional: true } }]
      `,
      // It waits.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
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
    ],
  },

  *find(workload) {
    const { pod } = workload;
    if (!pod) return;
    const told = new Set<string>();
    for (const reference of configReferences(pod)) {
      const { kind, name, optional, by, at, optionalAt } = reference;
      const maker = optional && makerOf(reference, workload);
      if (!maker || told.has(`${kind}/${name}/${by}`)) continue;
      told.add(`${kind}/${name}/${by}`);
      const otherwise =
        by === 'env'
          ? 'a container that is made first runs without it until its next restart'
          : 'a container that is made first starts without its files, and gets them a minute or two later';
      const lag = by === 'env' && maker.isApplied && inTimeLag(maker.object, workload);
      yield {
        at,
        ...(lag ? lightly(lag) : {}),
        message: `${kind} ${name} is optional and ${maker.when}: ${otherwise}`,
        related: [{ message: maker.what, at: field(maker.object).metadata.name }],
        witness: maker.isApplied
          ? heldUp(workload, maker.object, `${kind} ${name}`, by, reference.container)
          : writtenLate(workload, maker.object, reference),
        fixes: optionalAt
          ? [
              {
                title: `Wait for ${kind} ${name}: optional false`,
                changes: [{ at: optionalAt, value: false }],
              },
            ]
          : [],
      };
    }
  },
});

/** How long the controller takes to write the object, in the witness and where it is played. */
const WRITTEN_AFTER = 30;

/** The controller writes the object once the pod runs. */
function writtenLate(
  workload: WorkloadPrediction,
  producer: KubernetesObject,
  { kind, name, by, container }: ConfigReference,
): readonly WitnessStep[] {
  const what = `${kind} ${name}`;
  const [created, made] = heldUp(workload, producer, what, by, container);
  const text = `the controller of ${producer.kind} ${producer.metadata.name} writes ${what}`;
  // What it is made of may have been there long before the workload.
  const written = { at: WRITTEN_AFTER, text, moment: `api:put:${what}` };
  if (!created || !made) return [];
  const { kind: own, name: workloadName } = workload;
  return [{ ...created, text: `kubectl creates ${own} ${workloadName}` }, made, written];
}

/** The names of variables, and the paths of files. */
function keysIn({ variables = {}, files = {} }: ContainerView): readonly string[] {
  return [
    ...Object.keys(variables),
    ...Object.entries(files).flatMap(([path, all]) => Object.keys(all).map((it) => path + it)),
  ];
}

const WHEN: Readonly<Record<FileOrder, string>> = {
  before: '',
  after: 'is created after it',
  unknown: 'may be created after it',
};

interface Maker {
  readonly object: KubernetesObject;
  readonly when: string;
  readonly what: string;
  /** As opposed to written by a controller. */
  readonly isApplied: boolean;
}

/** Who makes the object, where that may be later than the pod. */
function makerOf(
  reference: ConfigReference,
  { namespace, prediction, object }: WorkloadPrediction,
): Maker | undefined {
  const { kind, name } = reference;
  const declared = prediction.snapshot.get(kind, namespace, name) as KubernetesObject | undefined;
  if (declared) {
    const order = fileOrder(declared, object);
    if (order === undefined || order === 'before') return undefined;
    return { object: declared, when: WHEN[order], what: 'created here', isApplied: true };
  }
  const producer = producerOf(reference, namespace, prediction.snapshot);
  return (
    producer && {
      object: producer,
      when: `is written by a controller (${producer.kind} ${producer.metadata.name}) at its own time`,
      what: 'made of this',
      isApplied: false,
    }
  );
}
