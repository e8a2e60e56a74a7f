/**
 * What an admission plugin is, in the API server's two phases.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/interfaces.go.
 */
import type { ClusterSnapshot } from '../cluster/index.ts';
import type { Upstream } from '../explanation/index.ts';
import type { FieldPath, KubernetesObject } from '../manifest/index.ts';

/** One create request on its way to etcd. `object` is a draft: plugins change it in place. */
export interface AdmissionRequest {
  readonly kind: string;
  readonly apiVersion: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly object: KubernetesObject;
  /** The declared world as it was before the request. */
  readonly snapshot: ClusterSnapshot;
  /** Collects the texts of `Warning` headers, in order. */
  warn(text: string): void;
  /**
   * Reads and defaults the object again after a policy patched it; the chain knows how. Why it
   * cannot be read any more, in the server's words.
   */
  setDefaults?(): string | undefined;
  /** Nothing will be stored; policies can ask for it. */
  readonly dryRun?: boolean;
  /** The mutating pass runs a second time because a policy changed the object. */
  readonly isReinvoke?: boolean;
  /** Asks the chain for that second pass over all mutating plugins. */
  setShouldReinvoke?(): void;
}

/** A refusal with the Status the client would see. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes?: readonly StatusCause[];
  /** Where each cause is, in the order of `causes`; one place where there are no causes. */
  readonly places?: readonly FieldPath[];
}

/** As in `Status.details.causes`. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface AdmissionPlugin {
  /** Upstream's name, letter for letter. */
  readonly name: string;
  readonly upstream: Upstream;
  /** Kinds it looks at; all where missing. */
  readonly kinds?: readonly string[];
}

/** Runs before validation and may change the object. */
export interface MutationPlugin extends AdmissionPlugin {
  admit(request: AdmissionRequest): Refusal | undefined;
}

/** Runs after validation and may only refuse or warn. */
export interface ValidationPlugin extends AdmissionPlugin {
  validate(request: AdmissionRequest): Refusal | undefined;
}
