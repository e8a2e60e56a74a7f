/**
 * Keeps a pod from all nodes until its resource claims exist, and from those they do not reach.
 */
import type { Explanation } from '../../explanation/index.ts';
import { field, type KubernetesObject, type NodeSelectorTerm } from '../../manifest/index.ts';
import type { PodInfo } from '../../cluster/index.ts';
import {
  SKIP,
  SUCCESS,
  unresolvable,
  type FilterPlugin,
  type PostFilterInput,
  type PostFilterOutcome,
  type PreFilterPlugin,
  type PreScorePlugin,
  type ScorePlugin,
} from '../framework.ts';
import { nodeSelectorTermsMatch } from '../node-selector.ts';
import type { SchedulingSnapshot } from '../scheduling-snapshot.ts';

/** The parts of a ResourceClaim that are read here. */
interface ResourceClaim extends KubernetesObject {
  readonly status?: {
    readonly allocation?: {
      readonly nodeSelector?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] };
    };
  };
}

export const dynamicResources = {
  name: 'DynamicResources',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go',
    omits: [
      'the allocation of devices: a claim not allocated yet is taken to be allocatable anywhere',
      'extended resources that DeviceClasses stand for',
      'the score of prioritized lists, which is 0 without them',
    ],
  },

  preFilter(pod, snapshot) {
    const claims: ResourceClaim[] = [];
    for (const it of pod.pod.spec.resourceClaims ?? []) {
      const name = claimName(pod, it.name, it.resourceClaimName);
      if (name === undefined) {
        // The claim of a template is made by a controller right after the pod.
        continue;
      }
      const claim = findResourceClaim(snapshot, pod.namespace, name);
      if (!claim) {
        return unresolvable(`resourceclaim.resource.k8s.io "${name}" not found`, () =>
          explain(pod, `There is no ResourceClaim ${name} in the namespace ${pod.namespace}.`),
        );
      }
      claims.push(claim);
    }
    return claims.length === 0 ? SKIP : { state: claims };
  },

  filter(pod, { facts }, claims) {
    for (const { metadata, status } of claims) {
      const terms = status?.allocation?.nodeSelector?.nodeSelectorTerms;
      if (!terms || nodeSelectorTermsMatch(terms, facts)) continue;
      return unresolvable('resourceclaim not available on the node', () =>
        explain(pod, `The ResourceClaim ${metadata.name} is allocated where ${facts.name} is not.`),
      );
    }
    return SUCCESS;
  },

  postFilter({ filtered }: PostFilterInput): PostFilterOutcome {
    // Where a preFilter refused the pod this plugin's own state is missing, and it says so.
    if (!filtered) return { message: 'not found', final: true };
    return { message: 'no new claims to deallocate' };
  },

  preScore() {
    return { state: undefined };
  },

  score() {
    return 0;
  },
} satisfies PreFilterPlugin<readonly ResourceClaim[]> &
  FilterPlugin<readonly ResourceClaim[]> &
  PreScorePlugin<undefined> &
  ScorePlugin & { postFilter(input: PostFilterInput): PostFilterOutcome };

function claimName({ pod }: PodInfo, name: string, named: string | undefined): string | undefined {
  if (named !== undefined) return named;
  return pod.status?.resourceClaimStatuses?.find((it) => it.name === name)?.resourceClaimName;
}

function findResourceClaim(
  { cluster }: SchedulingSnapshot,
  namespace: string,
  name: string,
): ResourceClaim | undefined {
  return cluster
    .listUntyped('ResourceClaim')
    .find((it) => it.metadata.name === name && (it.metadata.namespace || 'default') === namespace);
}

function explain({ pod }: PodInfo, message: string): Explanation {
  return { message, cites: [field(pod).spec.resourceClaims] };
}
