/** Small worlds for the timelines: a pod with defaults filled in, and what stands around it. */
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';
import {
  environmentProfile,
  type EnvironmentSettings,
  type LifecycleInput,
} from '../../server/src/lifecycle/index.ts';
import type { KubernetesObject, Pod } from '../../server/src/manifest/index.ts';
import { parse } from 'yaml';

/** A pod from the YAML of its spec, with the labels `app: web`. */
export function pod(spec: string, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'default', labels: { app: 'web' }, ...metadata },
    spec: parse(spec) as Pod['spec'],
  };
}

/** The Service `web`, which selects the pod; more of its spec as YAML. */
export function service(spec = '{}', metadata: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec: {
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080 }],
      ...(parse(spec) as object),
    },
  } as KubernetesObject;
}

/** The input for a pod among objects. */
export function world(
  pod: Pod,
  objects: readonly KubernetesObject[] = [service()],
  settings: EnvironmentSettings = {},
): LifecycleInput {
  return { pod, snapshot: new ClusterSnapshot(objects), profile: environmentProfile(settings) };
}
