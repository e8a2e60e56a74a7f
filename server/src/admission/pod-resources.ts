/**
 * What a Pod asks for in all: containers, sidecars, init containers, pod-level resources, overhead.
 * Upstream: staging/src/k8s.io/component-helpers/resource/helpers.go; in-place resize is left out.
 */
import { compareQuantities, parseQuantity, type Quantity } from '../manifest/index.ts';

/** Exact amounts by resource name. */
export type Quantities = Map<string, Quantity>;

/** A list of amounts as written. */
export type WrittenResources = Readonly<Record<string, string | number>> | undefined;

/** The part of a pod spec that this looks at. */
export interface ResourcePodSpec {
  readonly containers?: readonly ResourceContainer[];
  readonly initContainers?: readonly ResourceContainer[];
  readonly resources?: ContainerResources;
  readonly overhead?: Readonly<Record<string, string | number>>;
}

interface ContainerResources {
  readonly requests?: Readonly<Record<string, string | number>>;
  readonly limits?: Readonly<Record<string, string | number>>;
}

interface ResourceContainer {
  readonly restartPolicy?: string;
  readonly resources?: ContainerResources;
}

/** The amounts that can be read; what cannot is left out, validation tells about it. */
export function readResources(written: WrittenResources): Quantities {
  const read: Quantities = new Map();
  for (const [name, text] of Object.entries(written ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity) read.set(name, quantity);
  }
  return read;
}

/** The sum; a zero takes the other's format, as upstream's Add. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Adds `more` to `into`. */
export function addResources(into: Quantities, more: Quantities): void {
  for (const [name, quantity] of more) {
    const before = into.get(name);
    into.set(name, before ? addQuantities(before, quantity) : quantity);
  }
}

/** Raises `into` to at least `other`. */
export function maxResources(into: Quantities, other: Quantities): void {
  for (const [name, quantity] of other) {
    const before = into.get(name);
    if (!before || compareQuantities(quantity, before) > 0) into.set(name, quantity);
  }
}

/** Resources that `spec.resources` of a Pod may hold. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/**
 * Requests or limits of a whole Pod. LimitRanger has an older form of this: without the overhead,
 * and without huge pages at pod level.
 */
export function podResources(
  spec: ResourcePodSpec,
  which: 'requests' | 'limits',
  forLimitRanger = false,
): Quantities {
  const total: Quantities = new Map();
  for (const it of spec.containers ?? []) addResources(total, readResources(it.resources?.[which]));
  maxResources(total, initResources(spec, which, total));
  for (const [name, quantity] of readResources(spec.resources?.[which])) {
    const counts = forLimitRanger ? name === 'cpu' || name === 'memory' : isPodLevelResource(name);
    if (counts) total.set(name, quantity);
  }
  if (!forLimitRanger) {
    for (const [name, quantity] of readResources(spec.overhead)) {
      const before = total.get(name);
      // Overhead raises a limit only where there is one.
      if (before) total.set(name, addQuantities(before, quantity));
      else if (which === 'requests') total.set(name, quantity);
    }
  }
  return total;
}

/** The most that init containers need at once; sidecars are added to `total` as they stay. */
function initResources(
  spec: ResourcePodSpec,
  which: 'requests' | 'limits',
  total: Quantities,
): Quantities {
  const sidecars: Quantities = new Map();
  const most: Quantities = new Map();
  for (const it of spec.initContainers ?? []) {
    const own = readResources(it.resources?.[which]);
    if (it.restartPolicy === 'Always') {
      addResources(total, own);
      addResources(sidecars, own);
      maxResources(most, sidecars);
    } else {
      addResources(own, sidecars);
      maxResources(most, own);
    }
  }
  return most;
}

/**
 * Upstream's QoS: BestEffort asks for no cpu and no memory anywhere; pod-level resources, where
 * written, decide alone.
 */
export function isBestEffort(spec: ResourcePodSpec): boolean {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const all = spec.resources ? [spec] : containers;
  return all.every((it) =>
    (['requests', 'limits'] as const).every((which) => {
      const amounts = readResources(it.resources?.[which]);
      return ['cpu', 'memory'].every((name) => (amounts.get(name)?.nano ?? 0n) <= 0n);
    }),
  );
}
