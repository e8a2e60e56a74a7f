/**
 * A pod as every controller first makes it of a template, before the API server sees it.
 * Follows GetPodFromTemplate and the API server's simple name generator.
 */
import { templatePath } from '../cluster/index.ts';
import type { Upstream } from '../explanation/index.ts';
import {
  originFromTemplate,
  type FieldPath,
  type KubernetesObject,
  type OwnerReference,
  type Pod,
  type PodTemplateSpec,
} from '../manifest/index.ts';

export const podFromTemplateUpstream: Upstream = {
  path: 'pkg/controller/controller_utils.go',
  omits: ['generated parts of names: hashes and random suffixes are written as x'],
};

/** What stands for a hash of a template; as long as most are. */
export const PLACEHOLDER_HASH = 'xxxxxxxxxx';
/** What stands for the random end of a generated name. */
export const PLACEHOLDER_SUFFIX = 'xxxxx';
/** What stands for a uid, which the API server gives. */
export const PLACEHOLDER_UID = '00000000-0000-0000-0000-000000000000';
/** Generated names have at most 63 characters, five of them random. */
const MAX_GENERATED_PREFIX = 58;

/** A pod and where it comes from. */
export interface BuiltPod {
  readonly pod: Pod;
  /** The declared workload it belongs to, which need not be its controller. */
  readonly owner: KubernetesObject;
  /** The way from the workload to the template its fields stand in. */
  readonly templatePath: FieldPath;
}

/**
 * The pod as the controller sends it. Only a StatefulSet names its pods; to the others the API
 * server gives a name after the plugins that change pods have run, so these refuse by the prefix.
 */
export function podRequest({ pod, owner }: BuiltPod): Pod {
  if (owner.kind === 'StatefulSet') return pod;
  const { name: _name, ...metadata } = pod.metadata;
  return { ...pod, metadata: metadata as Pod['metadata'] };
}

/** What came of the request, under the placeholder that tells the pods of one template apart. */
export function namedAs({ pod: { metadata } }: BuiltPod, stored: Pod): Pod {
  const { name } = metadata;
  return stored.metadata.name === name
    ? stored
    : { ...stored, metadata: { ...stored.metadata, name } };
}

/** An object that controls pods: what its reference says. */
export type Controller = Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>;

/** What a controller adds to the template. */
export interface PodParts {
  /** The exact name; generated of the prefix where there is none. */
  readonly name?: string;
  readonly generateName: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: Partial<Pod['spec']>;
}

/** Makes a pod of a template for the controller, tied to the text of the declared owner. */
export function podFromTemplate(
  owner: KubernetesObject,
  controller: Controller,
  template: PodTemplateSpec | undefined,
  parts: PodParts,
): BuiltPod {
  const { metadata = {}, spec } = template ?? {};
  const labels = { ...metadata.labels, ...parts.labels };
  const annotations = { ...metadata.annotations, ...parts.annotations };
  const finalizers = [...new Set([...(metadata.finalizers ?? []), ...(parts.finalizers ?? [])])];
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.name ?? generatedName(parts.generateName),
      generateName: parts.generateName,
      ...(owner.metadata.namespace ? { namespace: owner.metadata.namespace } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ownerReferences: [controllerReference(controller)],
      ...(finalizers.length > 0 ? { finalizers } : {}),
    },
    spec: { containers: [], ...spec, ...parts.spec },
  };
  const path = templatePath(owner.kind ?? '') ?? [];
  return { pod: originFromTemplate(pod, owner, path), owner, templatePath: path };
}

/**
 * The prefix of the names of a controller's pods: its own name and a dash, where that is a name.
 */
export function podsPrefix(controllerName: string): string {
  const prefix = `${controllerName}-`;
  return prefix.length <= 253 ? prefix : controllerName;
}

/** A name as the API server would generate it, with a placeholder for what is random. */
export function generatedName(prefix: string, suffix: string = PLACEHOLDER_SUFFIX): string {
  return prefix.slice(0, MAX_GENERATED_PREFIX) + suffix;
}

function controllerReference({ apiVersion = '', kind = '', metadata }: Controller): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? PLACEHOLDER_UID,
    controller: true,
    blockOwnerDeletion: true,
  };
}
