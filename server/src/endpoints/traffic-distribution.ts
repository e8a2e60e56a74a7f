/**
 * Hints for `spec.trafficDistribution`: every ready endpoint is for its own zone, and with
 * PreferSameNode for its own node too.
 */
import type { Upstream } from '../explanation/index.ts';
import type { Endpoint, EndpointHints, ServiceSlice } from './endpoint-slice.ts';

export const trafficDistributionUpstream: Upstream = {
  path: 'staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go',
};

const PREFER_CLOSE: readonly string[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

/**
 * The slices with the hints that a trafficDistribution asks for; a value upstream ignores gives
 * none.
 */
export function trafficDistributionHints(
  trafficDistribution: string | undefined,
  slices: readonly ServiceSlice[],
): ServiceSlice[] {
  if (trafficDistribution === undefined || !PREFER_CLOSE.includes(trafficDistribution)) {
    return [...slices];
  }
  const toNodes = trafficDistribution === 'PreferSameNode';
  return slices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.map((it) => withCloseHints(it, toNodes)),
  }));
}

function withCloseHints(endpoint: Endpoint, toNodes: boolean): Endpoint {
  if (!endpoint.conditions.ready) return endpoint;
  const { zone, nodeName } = endpoint;
  const hints: EndpointHints = {
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
    ...(nodeName === undefined || !toNodes ? {} : { forNodes: [{ name: nodeName }] }),
  };
  return Object.keys(hints).length > 0 ? { ...endpoint, hints } : endpoint;
}
