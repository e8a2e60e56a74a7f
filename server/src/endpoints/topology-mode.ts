/**
 * Hints for the annotation `service.kubernetes.io/topology-mode: Auto`: zones get endpoints in
 * proportion to their CPU, or nobody gets hints.
 */
import type { Upstream } from '../explanation/index.ts';
import { milliUnitsOf, type Node, type Service } from '../manifest/index.ts';
import type { Endpoint, ServiceSlice } from './endpoint-slice.ts';

export const topologyModeUpstream: Upstream = {
  path: 'staging/src/k8s.io/endpointslice/topologycache/topologycache.go',
  omits: [
    'ties between zones: upstream breaks them in map order, here the first zone by name counts',
    'hints of slices that exist already',
  ],
};

/** How far one endpoint may be loaded above the others. */
const OVERLOAD_THRESHOLD = 0.2;
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const EXCLUDED_LABELS: readonly string[] = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
];

/** Whether the Service asks for topology aware routing by annotation; the deprecated one wins. */
export function topologyModeRequested(service: Service): boolean {
  const annotations = service.metadata.annotations ?? {};
  const value =
    annotations['service.kubernetes.io/topology-aware-hints'] ??
    annotations['service.kubernetes.io/topology-mode'];
  return value === 'Auto' || value === 'auto';
}

/** The slices with hints by zone, or unchanged where the zones cannot be served in proportion. */
export function topologyModeHints(
  slices: readonly ServiceSlice[],
  nodes: readonly Node[],
): ServiceSlice[] {
  const ready = slices.flatMap((it) => it.endpoints).filter((it) => it.conditions.ready);
  const ratios = cpuRatiosByZone(nodes);
  const desired = ratios && desiredByZone(ratios, ready.length);
  if (!desired || ready.some((it) => !it.zone)) return [...slices];
  const zoneOf = new Map<Endpoint, string>();
  for (const it of ready) if (it.zone) zoneOf.set(it, it.zone);
  redistribute(ready, zoneOf, desired);
  return slices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.map((it) => {
      const zone = zoneOf.get(it);
      return zone === undefined ? it : { ...it, hints: { forZones: [{ name: zone }] } };
    }),
  }));
}

/**
 * Each zone's part of all CPU; undefined where a node lacks a zone or CPU, or there is one zone.
 */
function cpuRatiosByZone(nodes: readonly Node[]): ReadonlyMap<string, number> | undefined {
  const byZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    const labels = node.metadata.labels ?? {};
    if (EXCLUDED_LABELS.some((it) => Object.hasOwn(labels, it))) continue;
    const conditions = node.status?.conditions;
    // A declared node without conditions stands for one that is up.
    if (conditions && !conditions.some((it) => it.type === 'Ready' && it.status === 'True')) {
      continue;
    }
    const cpu = milliUnitsOf(node.status?.allocatable?.['cpu']);
    const zone = labels[ZONE_LABEL];
    if (!zone || cpu === 0) return undefined;
    total += cpu;
    byZone.set(zone, (byZone.get(zone) ?? 0) + cpu);
  }
  if (byZone.size < 2) return undefined;
  const zones = [...byZone.keys()].toSorted();
  return new Map(zones.map((it) => [it, (byZone.get(it) ?? 0) / total]));
}

function desiredByZone(
  ratios: ReadonlyMap<string, number>,
  endpoints: number,
): ReadonlyMap<string, number> | undefined {
  if (ratios.size > endpoints) return undefined;
  const desiredByZone = new Map<string, number>();
  let remaining = endpoints;
  for (const [zone, ratio] of ratios) {
    const desired = ratio * endpoints;
    const minimum = Math.ceil(desired * (1 / (1 + OVERLOAD_THRESHOLD)));
    desiredByZone.set(zone, Math.max(desired, minimum));
    remaining -= minimum;
    if (remaining < 0) return undefined;
  }
  return desiredByZone;
}

/** Moves endpoints from zones that have too many to zones that have too few. */
function redistribute(
  ready: readonly Endpoint[],
  zoneOf: Map<Endpoint, string>,
  desired: ReadonlyMap<string, number>,
): void {
  const { giving, receiving } = givingAndReceiving(zoneOf, desired);
  for (const endpoint of ready) {
    const from = zoneOf.get(endpoint);
    if (from === undefined || (giving.get(from) ?? 0) <= 0) continue;
    const to = [...receiving].find(([, count]) => count > 0)?.[0];
    if (to === undefined) return;
    giving.set(from, (giving.get(from) ?? 0) - 1);
    receiving.set(to, (receiving.get(to) ?? 0) - 1);
    zoneOf.set(endpoint, to);
  }
}

function givingAndReceiving(
  zoneOf: ReadonlyMap<Endpoint, string>,
  desired: ReadonlyMap<string, number>,
): { giving: Map<string, number>; receiving: Map<string, number> } {
  const wantsToGive = new Map<string, number>();
  const wantsToReceive = new Map<string, number>();
  for (const [zone, target] of desired) {
    const allocated = [...zoneOf.values()].filter((it) => it === zone).length;
    if (allocated > target) wantsToGive.set(zone, allocated - target);
    else if (allocated < target) wantsToReceive.set(zone, target - allocated);
  }
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  // Each turn moves one endpoint, so there are no more turns than endpoints.
  for (let turn = 0; turn < zoneOf.size; turn++) {
    const from = most(wantsToGive);
    const to = most(wantsToReceive);
    if (!from || !to || (from[1] < 1 && to[1] < 1) || from[1] < 0.5 || to[1] < 0.5) break;
    giving.set(from[0], (giving.get(from[0]) ?? 0) + 1);
    wantsToGive.set(from[0], from[1] - 1);
    receiving.set(to[0], (receiving.get(to[0]) ?? 0) + 1);
    wantsToReceive.set(to[0], to[1] - 1);
  }
  return { giving, receiving };
}

function most(zones: ReadonlyMap<string, number>): [string, number] | undefined {
  let most: [string, number] | undefined;
  for (const [zone, count] of zones) {
    if (count > (most?.[1] ?? 0)) most = [zone, count];
  }
  return most;
}
