/**
 * Decides the files of a pod's configuration volumes, from the objects as the kubelet knows them.
 * After SetUpAt in pkg/volume/{configmap,secret,projected}. Left out: modes, fields of the pod.
 */
import type { Pod, Volume } from '../../../manifest/index.ts';
import { contentOf, type ConfigName, type ConfigObject } from './api-objects.ts';
import type { TokenRequest } from './token-manager.ts';

/** The files of a volume by their path in it. */
export type Files = Readonly<Record<string, string>>;

/** What the kubelet fills volumes from. */
export interface VolumeSource {
  get(name: ConfigName): ConfigObject | undefined;
  token(request: TokenRequest): string;
}

/** Written by controllers of every cluster, so nobody need declare it. */
const ROOT_CA = 'kube-root-ca.crt';

/** Whether a volume is made of objects, and follows them. */
export function isConfiguration({ configMap, secret, projected }: Volume): boolean {
  return configMap !== undefined || secret !== undefined || projected !== undefined;
}

/** The files of a configuration volume; a text is why it cannot be mounted. */
export function filesOf(pod: Pod, volume: Volume, source: VolumeSource): Files | string {
  const { namespace = 'default' } = pod.metadata;
  const errors: string[] = [];
  const files: Record<string, string> = {};
  const add = (kind: ConfigName['kind'], reference: Projection | undefined) => {
    if (!reference || reference.name === ROOT_CA) return;
    const { name = '', items, optional = false } = reference;
    const object = source.get({ kind, namespace, name });
    if (!object && !optional) return errors.push(`${kind.toLowerCase()} "${name}" not found`);
    const content = contentOf(object);
    if (!items) return Object.assign(files, content);
    for (const { key, path } of items) {
      const value = content[key];
      if (value !== undefined) files[path] = value;
      else if (!optional) errors.push(`references non-existent ${kind.toLowerCase()} key: ${key}`);
    }
  };
  add('ConfigMap', volume.configMap);
  add('Secret', volume.secret && { ...volume.secret, name: volume.secret.secretName });
  for (const { configMap, secret, serviceAccountToken: token } of volume.projected?.sources ?? []) {
    add('ConfigMap', configMap);
    add('Secret', secret);
    if (token) files[token.path] = source.token(token);
  }
  return errors.length > 0 ? errors.join(', ') : files;
}

interface Projection {
  readonly name?: string;
  readonly optional?: boolean;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

/** The part of a volume that a mount shows: all, a folder, or the one file under its own name. */
export function filesAt(files: Files, subPath: string | undefined): Files {
  if (subPath === undefined) return files;
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => path === subPath || path.startsWith(`${subPath}/`)),
  );
}

/** The ConfigMaps and Secrets that a pod names anywhere. */
export function namesIn(pod: Pod): readonly ConfigName[] {
  const { namespace = 'default' } = pod.metadata;
  const names: ConfigName[] = [];
  const add = (kind: ConfigName['kind'], name: string | undefined) => {
    if (name) names.push({ kind, namespace, name });
  };
  for (const { envFrom, env } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { configMapRef, secretRef } of envFrom ?? []) {
      add('ConfigMap', configMapRef?.name);
      add('Secret', secretRef?.name);
    }
    for (const { valueFrom } of env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name);
      add('Secret', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { configMap, secret, projected } of pod.spec.volumes ?? []) {
    add('ConfigMap', configMap?.name);
    add('Secret', secret?.secretName);
    for (const it of projected?.sources ?? []) {
      add('ConfigMap', it.configMap?.name);
      add('Secret', it.secret?.name);
    }
  }
  return names;
}
