/** Admission as predictions ask for it. Interim: pods only, until the whole chain is there. */
import { preparePodForCreate, setPodDefaults, validatePodCreate } from '../admission/index.ts';
import type { ClusterSnapshot } from '../cluster/index.ts';
import type { FieldPath, KubernetesObject } from '../manifest/index.ts';

/** What the API server answers to the create request of one object. */
export interface AdmissionOutcome {
  readonly allowed: boolean;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly {
    readonly reason: string;
    readonly message: string;
    readonly field: string;
  }[];
  readonly warnings: readonly string[];
  /** As stored; where refused, as far as it got. */
  readonly object: KubernetesObject;
  readonly mutations: readonly {
    readonly path: FieldPath;
    readonly author: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
  readonly webhooks?: readonly string[];
}

export interface AdmitInput {
  readonly object: KubernetesObject;
  readonly snapshot: ClusterSnapshot;
  readonly version: string;
}

export function admit({ object }: AdmitInput): AdmissionOutcome {
  const draft = JSON.parse(JSON.stringify(object)) as KubernetesObject;
  const ok = {
    allowed: true,
    code: 201,
    reason: '',
    message: '',
    causes: [],
    warnings: [],
    mutations: [],
  };
  if (object.kind !== 'Pod') return { ...ok, object: draft };
  setPodDefaults(draft as never);
  preparePodForCreate(draft as never);
  const errors = validatePodCreate(draft as never);
  return {
    ...ok,
    allowed: errors.length === 0,
    causes: errors.map((it) => ({ reason: it.type, message: it.body, field: it.field })),
    object: draft,
  };
}
