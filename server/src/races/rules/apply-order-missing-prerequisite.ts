/** Objects of one file that stand before what they need. */
import { isClusterScoped, namespaceOf } from '../../cluster/index.ts';
import { field, fieldAt, type Citable, type KubernetesObject } from '../../manifest/index.ts';
import { definesKind, type AdmittedManifest, type Prediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml, type RaceFinding, type RaceFix } from '../race-rule.ts';

/** From one document to the next, in the witness and where it is played. */
const REQUEST_SECONDS = 0.1;

export default defineRaceRule({
  id: 'apply-order-missing-prerequisite',
  severity: 'error',
  basis: 'source',
  summary: 'A file creates an object before the one it cannot be created without.',
  why: `
    kubectl sends the objects of a file in the order they are written. The API server refuses an object
    whose namespace does not exist, and a pod whose service account, priority class or runtime class
    does not. Kinds are even looked up before anything is sent, so a definition in the same file comes
    too late wherever it stands. What controllers make is tried again; what the file itself creates is
    not, and kubectl exits with 1. A second apply passes, so it shows in a new cluster.
  `,
  remedy:
    'Write what others need first (namespaces, accounts, classes), and apply definitions of kinds in a file of their own.',
  upstream: [
    { path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go' },
    { path: 'plugin/pkg/admission/serviceaccount/admission.go' },
    { path: 'staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go' },
    { path: 'staging/src/k8s.io/cli-runtime/pkg/resource/mapper.go' },
  ],
  replay: {
    by: 'apply',
    // What a second apply of the same file mends was wrong with the order alone.
    lostInWorld: (world) =>
      world
        .applies(REQUEST_SECONDS)
        .some(({ first, second }) => first.exitStatus === 1 && second.exitStatus === 0),
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web, namespace: shop }
        #                                 ^^^^ Namespace shop comes further down: where it does not exist yet, kubectl apply of this file fails for ConfigMap web (namespaces "shop" not found)
        data: { log-level: info }
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        #                 ^^^^ related: created only here
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          serviceAccountName: web
        #                     ^^^ ServiceAccount web comes further down: where it does not exist yet, kubectl apply of this file fails for Pod web (error looking up service account default/web: serviceaccount "web" not found)
          containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web }
        #                 ^^^ related: created only here
      `,
      // kubectl asks for the kinds of all documents before it sends the first.
      yaml`
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: widgets.example.com }
        #                 ^^^^^^^^^^^^^^^^^^^ related: created only here
        spec:
          group: example.com
          names: { kind: Widget, plural: widgets }
          scope: Namespaced
          versions:
            - name: v1
              served: true
              storage: true
              schema: { openAPIV3Schema: { type: object } }
        ---
        apiVersion: example.com/v1
        kind: Widget
        #     ^^^^^^ CustomResourceDefinition widgets.example.com is in the same file: where it does not exist yet, kubectl apply of this file fails for Widget web (no matches for kind "Widget" in version "example.com/v1")
        metadata: { name: web }
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: web, namespace: shop }
        data: { log-level: info }
      `,
      // The ReplicaSet controller tries again.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              serviceAccountName: web
              containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web }
      `,
    ],
  },

  *findInWorld(prediction) {
    for (const file of byFile(prediction)) {
      const told = new Set<string>();
      for (const [index, { stored }] of file.entries()) {
        for (const need of needsOf(stored, file)) {
          const at = file.findIndex((it) => need.is(it.stored));
          const isLate = at > index || (at >= 0 && need.isLookedUp === true);
          const key = `${need.what} ${file[at]?.stored.metadata.name}`;
          if (!isLate || told.has(key)) continue;
          told.add(key);
          const after = file[at]?.stored;
          const isMovable = after && !need.isLookedUp && isFree(after, file, index, at);
          yield {
            ...findingOf(file, index, at, need),
            ...(isMovable ? { fixes: [moveUp(stored, need, after)] } : {}),
          };
        }
      }
    }
  },
});

interface Need {
  readonly what: string;
  readonly at: Citable;
  readonly is: (object: KubernetesObject) => boolean;
  readonly refusal: string;
  /** By kubectl, before it sends anything. */
  readonly isLookedUp?: boolean;
}

function byFile(prediction: Prediction): readonly (readonly AdmittedManifest[])[] {
  const files = new Map<string, AdmittedManifest[]>();
  for (const it of prediction.world.admitted) {
    const { uri } = it.manifest.document.file;
    const list = files.get(uri);
    if (list) list.push(it);
    else files.set(uri, [it]);
  }
  return [...files.values()];
}

/** What an object cannot be created without. */
function needsOf(object: KubernetesObject, file: readonly AdmittedManifest[]): readonly Need[] {
  const at = field(object);
  const { apiVersion = '', kind = '', metadata } = object;
  const namespace = namespaceOf(object);
  const needs: Need[] = [];
  if (!isClusterScoped(kind) && metadata.namespace) {
    needs.push({
      what: 'Namespace',
      at: at.metadata.namespace,
      is: (it) => it.kind === 'Namespace' && it.metadata.name === namespace,
      refusal: `namespaces "${namespace}" not found`,
    });
  }
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  if (group?.includes('.')) {
    needs.push({
      what: 'CustomResourceDefinition',
      at: fieldAt(object, ['kind']),
      is: (it) => definesKind(it, group, kind),
      refusal: `no matches for kind "${kind}" in version "${apiVersion}"`,
      isLookedUp: true,
    });
  }
  if (kind === 'Pod') needs.push(...podNeeds(object, namespace));
  return file.length > 1 ? needs : [];
}

function podNeeds(object: KubernetesObject, namespace: string): readonly Need[] {
  const { spec } = object as {
    readonly spec?: Readonly<Record<string, unknown>>;
  };
  const need = (
    path: string,
    kind: string,
    own: string,
    refusal: (name: string) => string,
  ): Need[] => {
    const name = spec?.[path];
    if (typeof name !== 'string' || name === '' || name === 'default') return [];
    return [
      {
        what: kind,
        at: fieldAt(object, ['spec', path]),
        is: (it) => it.kind === kind && it.metadata.name === name && namespaceOf(it) === own,
        refusal: refusal(name),
      },
    ];
  };
  return [
    ...need(
      'serviceAccountName',
      'ServiceAccount',
      namespace,
      (name) =>
        `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    ),
    ...need(
      'priorityClassName',
      'PriorityClass',
      '',
      (name) => `no PriorityClass with name ${name} was found`,
    ),
    ...need(
      'runtimeClassName',
      'RuntimeClass',
      '',
      (name) => `pod rejected: RuntimeClass "${name}" not found`,
    ),
  ];
}

/** Whether it can move up alone: what it needs itself would have to be moved first. */
function isFree(
  object: KubernetesObject,
  file: readonly AdmittedManifest[],
  index: number,
  at: number,
): boolean {
  const between = file.slice(index, at).map((it) => it.stored);
  return needsOf(object, file).every((need) => !between.some(need.is));
}

function moveUp(object: KubernetesObject, need: Need, later: KubernetesObject): RaceFix {
  const { kind, metadata } = object;
  return {
    title: `Write ${need.what} ${later.metadata.name} before ${kind} ${metadata.name}`,
    changes: [{ move: fieldAt(later, []), to: fieldAt(object, []) }],
  };
}

function findingOf(
  file: readonly AdmittedManifest[],
  index: number,
  at: number,
  need: Need,
): RaceFinding {
  const name = (i: number) => {
    const { kind = '', metadata } = file[i]?.stored ?? { metadata: { name: '' } };
    return `${kind} ${metadata.name}`;
  };
  const later = file[at]?.stored;
  const { isLookedUp = false, refusal, what } = need;
  const since = (i: number) => Math.max(0, i - (isLookedUp ? -1 : index)) * REQUEST_SECONDS;
  const where = isLookedUp ? 'is in the same file' : 'comes further down';
  return {
    at: need.at,
    message: `${what} ${later?.metadata.name} ${where}: where it does not exist yet, kubectl apply of this file fails for ${name(index)} (${refusal})`,
    certainty: 'assumed',
    restsOn: 'that kubectl is given the file as it is',
    related: later ? [{ message: 'created only here', at: field(later).metadata.name }] : [],
    witness: [
      {
        at: 0,
        text: isLookedUp
          ? `kubectl looks up the kinds of all documents: ${refusal}`
          : `kubectl sends ${name(index)}: ${refusal}`,
        moment: `kubectl:refused:${name(index)}`,
      },
      {
        at: since(at),
        text: `kubectl sends ${name(at)}: created`,
        moment: `kubectl:created:${name(at)}`,
      },
      { at: since(file.length - 1), text: 'kubectl exits with 1', moment: 'kubectl:exit::1' },
    ],
  };
}
