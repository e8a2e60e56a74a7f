/** A create request for the tests of plugins, with what the server said about it. */
import type {
  AdmissionRequest,
  MutationPlugin,
  Refusal,
  ValidationPlugin,
} from '../../../server/src/admission/admission-plugin.ts';
import { ClusterSnapshot } from '../../../server/src/cluster/index.ts';
import type { KubernetesObject } from '../../../server/src/manifest/index.ts';

export type Json = Record<string, unknown>;

/** Any manifest, with metadata filled in. */
export function manifest(apiVersion: string, kind: string, name: string, rest: Json = {}): Json {
  const { metadata, ...others } = rest;
  return { apiVersion, kind, metadata: { name, ...(metadata as Json) }, ...others };
}

export function pod(spec: Json, metadata: Json = {}): Json {
  return manifest('v1', 'Pod', 'web', { metadata, spec });
}

export interface Ran {
  readonly refusal: Refusal | undefined;
  readonly warnings: readonly string[];
  readonly object: Json;
  readonly reinvoked: boolean;
}

/** Runs both passes of one plugin over a copy of the object, in the namespace `ns`. */
export function run(
  plugin: Partial<MutationPlugin> & Partial<ValidationPlugin>,
  object: Json,
  world: readonly Json[] = [],
  more: Partial<AdmissionRequest> = {},
): Ran {
  const draft = structuredClone(object);
  const warnings: string[] = [];
  let reinvoked = false;
  const request: AdmissionRequest = {
    kind: String(object['kind']),
    apiVersion: String(object['apiVersion']),
    namespace: 'ns',
    object: draft as unknown as KubernetesObject,
    snapshot: new ClusterSnapshot(world as unknown as KubernetesObject[]),
    warn: (text) => void warnings.push(text),
    setShouldReinvoke: () => {
      reinvoked = true;
    },
    ...more,
  };
  const refusal = plugin.admit?.(request) ?? plugin.validate?.(request);
  return { refusal, warnings, object: draft, reinvoked };
}
