/**
 * What a pod asks of a node: containers, init containers, sidecars, pod-level resources, overhead.
 * Follows staging/src/k8s.io/component-helpers/resource/helpers.go (PodRequests). A request that is
 * not written is its limit, as the API server would have stored it, so both forms give one answer.
 * Left out: resources that dynamic resource claims add.
 */
import {
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  type Container,
  type Pod,
} from '../manifest/index.ts';

/** Amounts the scheduler counts in: thousandths of a CPU, bytes, and whole units by name. */
export interface ResourceAmounts {
  readonly milliCpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Extended resources, hugepages, attachable volumes. */
  readonly scalar: ReadonlyMap<string, number>;
}

/** The amount counted for a container that requests no CPU, in thousandths. */
export const DEFAULT_MILLI_CPU_REQUEST = 100;
/** The amount counted for a container that requests no memory, in bytes. */
export const DEFAULT_MEMORY_REQUEST = 200 * 1024 * 1024;

/** A pod's requests, and the same with the scheduler's defaults where a container names none. */
export interface PodRequests {
  readonly requests: ResourceAmounts;
  readonly nonZeroMilliCpu: number;
  readonly nonZeroMemory: number;
  /** The same of the containers and the overhead alone, without pod-level resources. */
  readonly containersNonZero: { readonly milliCpu: number; readonly memory: number };
}

type QuantityList = Readonly<Record<string, string | number | undefined>>;
type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
/** Amounts in nano-units, exact. */
type Amounts = Map<string, bigint>;

const NOTHING: Amounts = new Map();
const NANO = 1_000_000_000n;
const NO_SCALARS: ReadonlyMap<string, number> = new Map();
const NON_MISSING: Amounts = new Map([
  ['cpu', (BigInt(DEFAULT_MILLI_CPU_REQUEST) * NANO) / 1000n],
  ['memory', BigInt(DEFAULT_MEMORY_REQUEST) * NANO],
]);

/** Everything the scheduler needs to know of a pod's requests. */
export function podRequests(pod: Pod): PodRequests {
  const total = totalRequests(pod, NOTHING);
  const podLevel = hasPodLevelResources(pod);
  const complete = everyContainerRequests(pod);
  const containers = complete && !podLevel ? total : containerRequests(pod);
  // What is known of the pod as a whole is not made up for its containers.
  const unknown = new Map([...NON_MISSING].filter(([name]) => !total.has(name)));
  const nonZero = podLevel ? totalRequests(pod, unknown) : containers;
  return {
    requests: toResourceAmounts(total),
    nonZeroMilliCpu: milliOf(nonZero.get('cpu') ?? 0n),
    nonZeroMemory: unitsOfNano(nonZero.get('memory') ?? 0n),
    containersNonZero: {
      milliCpu: milliOf(containers.get('cpu') ?? 0n),
      memory: unitsOfNano(containers.get('memory') ?? 0n),
    },
  };
}

/** A pod's containers; none where the list is missing, as it may be in a manifest being written. */
export function containersOf({ spec }: Pod): readonly Container[] {
  return spec.containers ?? [];
}

/** A list as a manifest has it, such as a node's allocatable, in the scheduler's numbers. */
export function resourceAmounts(list: QuantityList | undefined): ResourceAmounts {
  return toResourceAmounts(amountsOf(list));
}

function everyContainerRequests(pod: Pod): boolean {
  const has = (it: Container): boolean => {
    const { requests, limits } = it.resources ?? {};
    const cpu = requests?.['cpu'] ?? limits?.['cpu'];
    const memory = requests?.['memory'] ?? limits?.['memory'];
    return cpu !== undefined && memory !== undefined;
  };
  return containersOf(pod).every(has) && (pod.spec.initContainers ?? []).every(has);
}

function hasPodLevelResources({ spec }: Pod): boolean {
  return Boolean(spec.resources?.requests ?? spec.resources?.limits);
}

function containerRequests(pod: Pod): Amounts {
  const total = sumOfContainers(pod, NON_MISSING);
  addTo(total, amountsOf(pod.spec.overhead));
  return total;
}

function totalRequests(pod: Pod, nonMissing: Amounts): Amounts {
  const total = sumOfContainers(pod, nonMissing);
  const podLevel = pod.spec.resources;
  if (podLevel && hasPodLevelResources(pod)) {
    const inUse = effectiveOf(pod, podLevel.requests, pod.status?.resources, pod.status);
    const written = amountsOf(podLevel.requests);
    const limits = amountsOf(podLevel.limits);
    const containers = nonMissing.size === 0 ? total : sumOfContainers(pod, NOTHING);
    for (const name of new Set([...written.keys(), ...limits.keys()])) {
      if (!isPodLevelResource(name)) continue;
      const overcommittable = !name.startsWith('hugepages-');
      const fromContainers = overcommittable ? containers.get(name) : undefined;
      const amount = written.get(name) ?? fromContainers ?? limits.get(name);
      const effective = inUse && written.has(name) ? (inUse.get(name) ?? 0n) : amount;
      if (effective !== undefined) total.set(name, effective);
    }
  }
  addTo(total, amountsOf(pod.spec.overhead));
  return total;
}

function sumOfContainers(pod: Pod, nonMissing: Amounts): Amounts {
  const total: Amounts = new Map();
  for (const container of containersOf(pod)) {
    const status = pod.status?.containerStatuses?.find((it) => it.name === container.name);
    addTo(total, requestsOf(pod, container, nonMissing, status));
  }
  const sidecars: Amounts = new Map();
  const init: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const stays = container.restartPolicy === 'Always';
    // One that ends counts as it is written, whatever it was given.
    const status = stays
      ? pod.status?.initContainerStatuses?.find((it) => it.name === container.name)
      : undefined;
    const own = requestsOf(pod, container, nonMissing, status);
    if (stays) {
      addTo(total, own);
      addTo(sidecars, own);
      raiseTo(init, sidecars);
    } else {
      const atOnce = new Map(own);
      addTo(atOnce, sidecars);
      raiseTo(init, atOnce);
    }
  }
  raiseTo(total, init);
  return total;
}

/** A container's own requests; of one that runs the most of what is wanted, granted and in use. */
function requestsOf(
  pod: Pod,
  container: Container,
  nonMissing: Amounts,
  status: ContainerStatus | undefined,
): Amounts {
  const { requests, limits } = container.resources ?? {};
  const own: Amounts = limits ? amountsOf(limits) : new Map();
  if (requests) for (const [name, nano] of amountsOf(requests)) own.set(name, nano);
  const amounts = effectiveOf(pod, own, status?.resources, status) ?? own;
  for (const [name, nano] of nonMissing) if (!amounts.has(name)) amounts.set(name, nano);
  return amounts;
}

/** What counts of something that was resized; undefined where nothing is known to run. */
function effectiveOf(
  pod: Pod,
  wanted: Amounts | QuantityList | undefined,
  inUse: { readonly requests?: QuantityList } | undefined,
  granted: { readonly allocatedResources?: QuantityList } | undefined,
): Amounts | undefined {
  if (!inUse) return undefined;
  const pending = pod.status?.conditions?.find((it) => it.type === 'PodResizePending');
  const most: Amounts = new Map();
  if (pending?.reason !== 'Infeasible') {
    raiseTo(most, wanted instanceof Map ? wanted : amountsOf(wanted));
  }
  raiseTo(most, amountsOf(inUse.requests));
  raiseTo(most, amountsOf(granted?.allocatedResources));
  return most;
}

function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function amountsOf(list: QuantityList | undefined): Amounts {
  if (!list) return new Map();
  const amounts: Amounts = new Map();
  for (const name of Object.keys(list)) {
    const text = list[name];
    const quantity = text === undefined ? undefined : parseQuantity(text);
    if (quantity) amounts.set(name, quantity.nano);
  }
  return amounts;
}

function addTo(total: Amounts, more: Amounts): void {
  for (const [name, nano] of more) total.set(name, (total.get(name) ?? 0n) + nano);
}

function raiseTo(total: Amounts, least: Amounts): void {
  for (const [name, nano] of least) {
    const now = total.get(name);
    if (now === undefined || nano > now) total.set(name, nano);
  }
}

function toResourceAmounts(amounts: Amounts): ResourceAmounts {
  let scalar: Map<string, number> | undefined;
  for (const [name, nano] of amounts) {
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name === 'pods') {
      continue;
    }
    scalar ??= new Map();
    scalar.set(name, unitsOfNano(nano));
  }
  return {
    milliCpu: milliOf(amounts.get('cpu') ?? 0n),
    memory: unitsOfNano(amounts.get('memory') ?? 0n),
    ephemeralStorage: unitsOfNano(amounts.get('ephemeral-storage') ?? 0n),
    scalar: scalar ?? NO_SCALARS,
  };
}

function milliOf(nano: bigint): number {
  return Number(quantityMilliValue({ nano, format: 'DecimalSI' }));
}

function unitsOfNano(nano: bigint): number {
  return Number(quantityValue({ nano, format: 'DecimalSI' }));
}
