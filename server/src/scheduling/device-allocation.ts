/**
 * Which devices of a node's ResourceSlices would satisfy a pod's claims.
 * Follows staging/src/k8s.io/dynamic-resource-allocation/structured/allocator.go.
 * Left out: admin access, partitionable and shared devices, device taints, and prioritized lists
 * beyond their first entry that fits.
 */
import type { NodeFacts } from '../cluster/index.ts';
import type { KubernetesObject, NodeSelectorTerm } from '../manifest/index.ts';
import {
  attributeText,
  deviceMatches,
  type DeviceSelector,
  type SliceDevice,
} from './device-selectors.ts';
import { nodeSelectorTermsMatch } from './node-selector.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

/** What is read of a ResourceSlice. */
export interface ResourceSlice extends KubernetesObject {
  readonly spec?: {
    readonly driver?: string;
    readonly pool?: { readonly name?: string };
    readonly nodeName?: string;
    readonly allNodes?: boolean;
    readonly nodeSelector?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] };
    readonly devices?: readonly SliceDevice[];
  };
}

/** What is read of a request; `exactly` is where v1 has what v1beta1 has at the top. */
export interface DeviceRequest {
  readonly name?: string;
  readonly exactly?: DeviceRequest;
  readonly firstAvailable?: readonly DeviceRequest[];
  readonly deviceClassName?: string;
  readonly selectors?: readonly DeviceSelector[];
  readonly allocationMode?: string;
  readonly count?: number;
}

/** The part of a claim that says what it wants. */
export interface ClaimSpec {
  readonly devices?: {
    readonly requests?: readonly DeviceRequest[];
    readonly constraints?: readonly {
      readonly requests?: readonly string[];
      readonly matchAttribute?: string;
    }[];
  };
}

interface DeviceClass extends KubernetesObject {
  readonly spec?: { readonly selectors?: readonly DeviceSelector[] };
}

interface Device {
  /** `driver/pool/name`. */
  readonly id: string;
  readonly driver: string;
  readonly device: SliceDevice;
}

/** One device that a claim needs. */
interface Slot {
  readonly request: string;
  readonly candidates: readonly Device[];
  /** The attributes this device must share, each with those of one constraint. */
  readonly shared: readonly { readonly constraint: string; readonly attribute: string }[];
}

/** Steps of the search after which a node counts as having no solution. */
const MAX_STEPS = 20_000;

/** The ids of devices for all the claims on a node; undefined where there are none. */
export function allocateDevices(
  claims: readonly ClaimSpec[],
  node: NodeFacts,
  index: DeviceIndex,
): readonly string[] | undefined {
  const devices = index.at(node);
  const free = devices.filter((it) => !index.taken.has(it.id));
  const slots: Slot[] = [];
  for (const [i, claim] of claims.entries()) {
    for (const request of claim.devices?.requests ?? []) {
      const found = slotsOf(request, claim, i, devices, free, index);
      if (!found) return undefined;
      slots.push(...found);
    }
  }
  return search(slots);
}

/** The devices that allocated claims hold. */
function allocatedDevices(snapshot: SchedulingSnapshot): ReadonlySet<string> {
  const found = new Set<string>();
  for (const it of snapshot.cluster.listUntyped('ResourceClaim') as readonly AllocatedClaim[]) {
    for (const { driver, pool, device, adminAccess } of it.status?.allocation?.devices?.results ??
      []) {
      if (!adminAccess) found.add(`${driver}/${pool}/${device}`);
    }
  }
  for (const { devices } of snapshot.assumedClaims.values()) {
    for (const it of devices ?? []) found.add(it);
  }
  return found;
}

interface AllocatedClaim extends KubernetesObject {
  readonly status?: {
    readonly allocation?: {
      readonly devices?: {
        readonly results?: readonly {
          readonly driver: string;
          readonly pool: string;
          readonly device: string;
          readonly adminAccess?: boolean;
        }[];
      };
    };
  };
}

/** The devices of a world by where they are; made once a cycle. */
export class DeviceIndex {
  readonly #snapshot: SchedulingSnapshot;
  readonly #ofNode = new Map<string, Device[]>();
  /** Slices that more than one node may reach. */
  readonly #shared: { readonly slice: ResourceSlice; readonly devices: readonly Device[] }[] = [];
  /** Held by claims. */
  readonly taken: ReadonlySet<string>;

  constructor(snapshot: SchedulingSnapshot) {
    this.#snapshot = snapshot;
    this.taken = allocatedDevices(snapshot);
    const slices: readonly ResourceSlice[] = snapshot.cluster.listUntyped('ResourceSlice');
    for (const slice of slices) {
      const driver = slice.spec?.driver ?? '';
      const pool = slice.spec?.pool?.name ?? '';
      const devices = (slice.spec?.devices ?? []).map((device) => ({
        id: `${driver}/${pool}/${device.name}`,
        driver,
        device,
      }));
      const nodeName = slice.spec?.nodeName;
      if (!nodeName) this.#shared.push({ slice, devices });
      else this.#ofNode.set(nodeName, [...(this.#ofNode.get(nodeName) ?? []), ...devices]);
    }
  }

  /** Whether any device is declared. */
  get isEmpty(): boolean {
    return this.#ofNode.size + this.#shared.length === 0;
  }

  /** The selectors of a class. */
  classSelectors(name: string | undefined): readonly DeviceSelector[] {
    const classes: readonly DeviceClass[] = this.#snapshot.cluster.listUntyped('DeviceClass');
    return classes.find((it) => it.metadata.name === name)?.spec?.selectors ?? [];
  }

  /** The devices a node can reach. */
  at(node: NodeFacts): readonly Device[] {
    const own = this.#ofNode.get(node.name) ?? [];
    if (this.#shared.length === 0) return own;
    const reached = this.#shared.filter(({ slice: { spec } }) => {
      if (spec?.allNodes === true) return true;
      const terms = spec?.nodeSelector?.nodeSelectorTerms;
      return terms !== undefined && nodeSelectorTermsMatch(terms, node);
    });
    return [...own, ...reached.flatMap((it) => it.devices)];
  }
}

function slotsOf(
  request: DeviceRequest,
  claim: ClaimSpec,
  claimIndex: number,
  devices: readonly Device[],
  free: readonly Device[],
  index: DeviceIndex,
): readonly Slot[] | undefined {
  const name = request.name ?? '';
  const shared = (claim.devices?.constraints ?? []).flatMap((it, i) =>
    it.matchAttribute && (!it.requests?.length || it.requests.includes(name))
      ? [{ constraint: `${claimIndex}/${i}`, attribute: it.matchAttribute }]
      : [],
  );
  for (const wanted of request.firstAvailable ?? [request.exactly ?? request]) {
    const selectors = [
      ...index.classSelectors(wanted.deviceClassName),
      ...(wanted.selectors ?? []),
    ];
    const matches = (it: Device): boolean => deviceMatches(selectors, it.driver, it.device);
    const candidates = free.filter(matches);
    // All of a node's devices are wanted: one that is taken already is one too few.
    const all = wanted.allocationMode === 'All';
    const count = all ? devices.filter(matches).length : (wanted.count ?? 1);
    if (count === 0 || candidates.length < count) continue;
    return Array.from({ length: count }, () => ({ request: name, candidates, shared }));
  }
  return undefined;
}

/** One device a slot, none twice, shared attributes equal. */
function search(slots: readonly Slot[]): readonly string[] | undefined {
  const chosen: string[] = [];
  const attributes = new Map<string, string>();
  let steps = 0;
  const place = (at: number): boolean => {
    const slot = slots[at];
    if (!slot) return true;
    for (const it of slot.candidates) {
      if (++steps > MAX_STEPS) return false;
      if (chosen.includes(it.id)) continue;
      const added = share(slot, it, attributes);
      if (!added) continue;
      chosen.push(it.id);
      if (place(at + 1)) return true;
      chosen.pop();
      for (const key of added) attributes.delete(key);
    }
    return false;
  };
  return place(0) ? chosen : undefined;
}

/** The constraints a device is the first of; undefined where it does not share an attribute. */
function share(
  { shared }: Slot,
  { driver, device }: Device,
  attributes: Map<string, string>,
): readonly string[] | undefined {
  const added: string[] = [];
  for (const { constraint, attribute } of shared) {
    const value = attributeText(attribute, driver, device);
    const before = attributes.get(constraint);
    if (value !== undefined && before === value) continue;
    if (value === undefined || before !== undefined) {
      for (const key of added) attributes.delete(key);
      return undefined;
    }
    attributes.set(constraint, value);
    added.push(constraint);
  }
  return added;
}
