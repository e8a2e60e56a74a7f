/**
 * Keeps a pod from all nodes until its resource claims and their classes exist, and from nodes that
 * an allocated claim does not reach or that lack the devices of one that is not.
 */
import type { PodInfo } from '../../cluster/index.ts';
import type { Explanation } from '../../explanation/index.ts';
import { field, type KubernetesObject, type NodeSelectorTerm } from '../../manifest/index.ts';
import { allocateDevices, DeviceIndex, type ClaimSpec } from '../device-allocation.ts';
import {
  Refusal,
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
import type { AssumedClaim, SchedulingSnapshot } from '../scheduling-snapshot.ts';

/** The parts of a ResourceClaim that are read here. */
interface ResourceClaim extends KubernetesObject {
  readonly spec?: ClaimSpec;
  readonly status?: {
    readonly reservedFor?: readonly { readonly uid?: string; readonly name?: string }[];
    readonly allocation?: {
      readonly nodeSelector?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] };
    };
  };
}

const OUT_OF_REACH = 'resourceclaim not available on the node';

interface ResourceClaimTemplate extends KubernetesObject {
  readonly spec?: { readonly spec?: ClaimSpec };
}

interface DeviceState {
  readonly allocated: readonly ResourceClaim[];
  /** What is wanted by claims that hold nothing yet; by `namespace/name`. */
  readonly wanted: ReadonlyMap<string, ClaimSpec>;
  readonly index: DeviceIndex;
}

export const dynamicResources = {
  name: 'DynamicResources',
  upstream: {
    path: 'pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go',
    omits: [
      'allocation in a world that declares no ResourceSlice: any node is taken to have the devices',
      'admin access, partitionable and shared devices, device taints',
      'extended resources that DeviceClasses stand for',
      'the score of prioritized lists, which is 0 without them',
      'freeing a claim that no pod uses',
    ],
  },

  preFilter(pod, snapshot) {
    const allocated: ResourceClaim[] = [];
    const wanted = new Map<string, ClaimSpec>();
    for (const it of pod.pod.spec.resourceClaims ?? []) {
      const made = generatedName(pod, it.name);
      const name = it.resourceClaimName ?? made;
      const claim = name === undefined ? undefined : findClaim(snapshot, pod.namespace, name);
      if (claim?.status?.allocation) {
        allocated.push(claim);
        continue;
      }
      // The claim of a template is made right after the pod: what it will want is known.
      const spec =
        claim?.spec ?? templateSpec(snapshot, pod.namespace, it.resourceClaimTemplateName);
      if (!claim && !spec) return missing(pod, it.resourceClaimName, it.resourceClaimTemplateName);
      const refusal = spec && classRefusal(pod, spec, snapshot);
      if (refusal) return refusal;
      if (spec) wanted.set(`${pod.namespace}/${name ?? `${pod.name}-${it.name}`}`, spec);
    }
    if (allocated.length + wanted.size === 0) return SKIP;
    return { state: { allocated, wanted, index: new DeviceIndex(snapshot) } };
  },

  filter(pod, { facts }, { allocated, wanted, index }) {
    for (const { metadata, status } of allocated) {
      const terms = status?.allocation?.nodeSelector?.nodeSelectorTerms;
      if (!terms || nodeSelectorTermsMatch(terms, facts)) continue;
      return unresolvable(OUT_OF_REACH, () =>
        explain(pod, `The ResourceClaim ${metadata.name} is allocated where ${facts.name} is not.`),
      );
    }
    if (index.isEmpty || wanted.size === 0) return SUCCESS;
    if (allocateDevices([...wanted.values()], facts, index)) return SUCCESS;
    return unresolvable('cannot allocate all claims', () =>
      explain(pod, `${facts.name} has not all the devices that the pod's resource claims want.`),
    );
  },

  postFilter({ pod, snapshot, refusals, filtered }: PostFilterInput): PostFilterOutcome {
    // Where a preFilter refused the pod this plugin's own state is missing, and it says so.
    if (!filtered) return { message: 'not found', final: true };
    const outcome = dynamicResources.preFilter(pod, snapshot);
    if (!('state' in outcome)) return { message: 'no new claims to deallocate' };
    const outOfReach = [...refusals.values()].some((it) => it.reasons.includes(OUT_OF_REACH));
    return {
      message:
        outOfReach && outcome.state.allocated.some((it) => isUnused(it, pod))
          ? 'deallocation of ResourceClaim completed'
          : 'still not schedulable',
    };
  },

  preScore() {
    return { state: undefined };
  },

  score() {
    return 0;
  },
} satisfies PreFilterPlugin<DeviceState> &
  FilterPlugin<DeviceState> &
  PreScorePlugin<undefined> &
  ScorePlugin & { postFilter(input: PostFilterInput): PostFilterOutcome };

/** Whether no other pod holds a claim, so that it can be taken back and allocated elsewhere. */
function isUnused({ status }: ResourceClaim, { pod }: PodInfo): boolean {
  const { uid, name } = pod.metadata;
  const others = (status?.reservedFor ?? []).filter((it) =>
    uid ? it.uid !== uid : it.name !== name,
  );
  return others.length === 0;
}

/** The devices a pod placed on a node will hold. */
export function assumedDevices(
  pod: PodInfo,
  snapshot: SchedulingSnapshot,
  nodeName: string,
): ReadonlyMap<string, AssumedClaim> {
  const assumed = new Map<string, AssumedClaim>();
  const facts = snapshot.node(nodeName)?.facts;
  if (!facts || !pod.pod.spec.resourceClaims?.length) return assumed;
  const outcome = dynamicResources.preFilter(pod, snapshot);
  if (outcome instanceof Refusal || !('state' in outcome)) return assumed;
  const { wanted, index } = outcome.state;
  const devices = allocateDevices([...wanted.values()], facts, index) ?? [];
  // All claims of a pod are held together: which of them holds which device matters to no other.
  const [first] = wanted.keys();
  if (first !== undefined) assumed.set(`ResourceClaim/${first}`, { nodeName, devices });
  return assumed;
}

function generatedName({ pod }: PodInfo, name: string): string | undefined {
  return pod.status?.resourceClaimStatuses?.find((it) => it.name === name)?.resourceClaimName;
}

function findClaim(
  { cluster }: SchedulingSnapshot,
  namespace: string,
  name: string,
): ResourceClaim | undefined {
  return cluster
    .listUntyped('ResourceClaim')
    .find((it) => it.metadata.name === name && (it.metadata.namespace || 'default') === namespace);
}

function templateSpec(
  { cluster }: SchedulingSnapshot,
  namespace: string,
  name: string | undefined,
): ClaimSpec | undefined {
  const templates: readonly ResourceClaimTemplate[] = cluster.listUntyped('ResourceClaimTemplate');
  const template = templates.find(
    (it) => it.metadata.name === name && (it.metadata.namespace || 'default') === namespace,
  );
  return template?.spec?.spec;
}

function missing(pod: PodInfo, claim: string | undefined, template: string | undefined): Refusal {
  const kind = claim === undefined ? 'ResourceClaimTemplate' : 'ResourceClaim';
  const name = claim ?? template ?? '';
  const resource = `${kind.toLowerCase()}.resource.k8s.io`;
  return unresolvable(`${resource} "${name}" not found`, () =>
    explain(pod, `There is no ${kind} ${name} in the namespace ${pod.namespace}.`),
  );
}

/** A class that is not declared is missing only where others are: else classes are not declared. */
function classRefusal(
  pod: PodInfo,
  { devices }: ClaimSpec,
  { cluster }: SchedulingSnapshot,
): Refusal | undefined {
  const classes = cluster.listUntyped('DeviceClass');
  if (classes.length === 0) return undefined;
  for (const request of devices?.requests ?? []) {
    const { deviceClassName } = request.exactly ?? request;
    if (!deviceClassName || classes.some((it) => it.metadata.name === deviceClassName)) continue;
    return unresolvable(
      `request ${request.name ?? ''}: device class ${deviceClassName} does not exist`,
      () => explain(pod, `There is no DeviceClass ${deviceClassName}.`),
    );
  }
  return undefined;
}

function explain({ pod }: PodInfo, message: string): Explanation {
  return { message, cites: [field(pod).spec.resourceClaims] };
}
