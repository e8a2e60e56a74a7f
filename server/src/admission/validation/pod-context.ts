/** What the parts of pod validation know of the whole pod. */
import type { Volume } from './pod-written.ts';

/** Upstream's PodValidationOptions, as far as they are not fixed by the default feature gates. */
export interface PodValidationOptions {
  /** The object is a Pod, not a template in something else. */
  readonly resourceIsPod: boolean;
  /** The Pod stands for one that the kubelet runs from a file. */
  readonly isMirror?: boolean;
  /** A StatefulSet gives its Pods hostname and subdomain; those of its template do not count. */
  readonly ignoresHostname?: boolean;
}

/** Facts of a pod spec that the rules of containers and volumes need. */
export interface PodContext extends PodValidationOptions {
  /** Name of the Pod; empty in a template. */
  readonly podName: string;
  /** The volumes without a fault, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Names of `spec.resourceClaims`, sorted. */
  readonly claimNames: readonly string[];
  readonly gracePeriodSeconds: number | undefined;
  readonly restartPolicy: string;
  /** Containers share the host's user namespace; false only where `hostUsers: false`. */
  readonly hostUsers: boolean;
  /** `spec.os.name`, empty where not written. */
  readonly os: string;
}
