/** Objects of one file that stand before what they need. */
import { isClusterScoped, namespaceOf } from '../../cluster/index.ts';
import { field, fieldAt, type Citable, type KubernetesObject } from '../../manifest/index.ts';
import type { AdmittedManifest, Prediction } from '../../prediction/index.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'apply-order-missing-prerequisite',
  severity: 'error',
  basis: 'source',
  summary: 'A file creates an object before the one it cannot be created without.',
  why: `
    kubectl sends the objects of a file in the order they are written. The API server refuses an object
    whose namespace does not exist, and a pod whose service account, priority class or runtime class
    does not. What controllers make is tried again; what the file itself creates is not, and kubectl
    exits with 1. A second apply passes, so it shows in a new cluster.
  `,
  remedy:
    'Write what others need first: definitions, namespaces, accounts and classes, then the rest.',
  upstream: [
    { path: 'staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go' },
    { path: 'plugin/pkg/admission/serviceaccount/admission.go' },
    { path: 'staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go' },
  ],
  replay: {
    by: 'nothing',
    because:
      'whether an object is in the cluster already is not in the files, and kubectl itself is not simulated',
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
        #                     ^^^ ServiceAccount web comes further down: where it does not exist yet, kubectl apply of this file fails for Pod web (ServiceAccount "web" is not found)
          containers: [{ name: app, image: 'registry.example/web:1' }]
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web }
        #                 ^^^ related: created only here
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
          const after = at > index ? file[at] : undefined;
          const key = `${need.what} ${after?.stored.metadata.name}`;
          if (!after || told.has(key)) continue;
          told.add(key);
          yield findingOf(stored, need, after.stored);
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
  const { kind = '', metadata } = object;
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
  const group = object.apiVersion?.includes('/') ? object.apiVersion.split('/')[0] : '';
  if (group?.includes('.')) {
    needs.push({
      what: 'CustomResourceDefinition',
      at: fieldAt(object, ['kind']),
      is: (it) => defines(it, group, kind),
      refusal: `no matches for kind "${kind}"`,
    });
  }
  if (kind === 'Pod') needs.push(...podNeeds(object, namespace));
  return file.length > 1 ? needs : [];
}

function defines(object: KubernetesObject, group: string, kind: string): boolean {
  if (object.kind !== 'CustomResourceDefinition') return false;
  const { spec } = object as {
    readonly spec?: { readonly group?: unknown; readonly names?: { readonly kind?: unknown } };
  };
  return spec?.group === group && spec.names?.kind === kind;
}

function podNeeds(object: KubernetesObject, namespace: string): readonly Need[] {
  const { spec } = object as {
    readonly spec?: Readonly<Record<string, unknown>>;
  };
  const need = (path: string, kind: string, own: string): Need[] => {
    const name = spec?.[path];
    if (typeof name !== 'string' || name === '' || name === 'default') return [];
    return [
      {
        what: kind,
        at: fieldAt(object, ['spec', path]),
        is: (it) => it.kind === kind && it.metadata.name === name && namespaceOf(it) === own,
        refusal: `${kind} "${name}" is not found`,
      },
    ];
  };
  return [
    ...need('serviceAccountName', 'ServiceAccount', namespace),
    ...need('priorityClassName', 'PriorityClass', ''),
    ...need('runtimeClassName', 'RuntimeClass', ''),
  ];
}

function findingOf(object: KubernetesObject, need: Need, later: KubernetesObject): RaceFinding {
  const { kind, metadata } = object;
  return {
    at: need.at,
    message: `${need.what} ${later.metadata.name} comes further down: where it does not exist yet, kubectl apply of this file fails for ${kind} ${metadata.name} (${need.refusal})`,
    certainty: 'assumed',
    restsOn: 'that kubectl is given the file as it is',
    related: [{ message: 'created only here', at: field(later).metadata.name }],
    witness: [
      { at: 0, text: `kubectl sends ${kind} ${metadata.name}: ${need.refusal}` },
      { at: 0.1, text: `kubectl sends ${need.what} ${later.metadata.name}: created` },
      { at: 0.2, text: 'kubectl exits with 1' },
    ],
  };
}
