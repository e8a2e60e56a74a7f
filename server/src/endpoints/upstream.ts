/** Everything of upstream that this folder follows, for docs/fidelity.md. */
import type { Upstream } from '../explanation/index.ts';
import { dnsNamesUpstream } from './dns-names.ts';
import { findPortUpstream } from './find-port.ts';
import { reachUpstream } from './reach.ts';
import { reconcileUpstream } from './reconcile.ts';
import { topologyModeUpstream } from './topology-mode.ts';
import { trafficDistributionUpstream } from './traffic-distribution.ts';

/** By the name of what follows it. */
export const ENDPOINTS_UPSTREAM: Readonly<Record<string, Upstream>> = {
  EndpointSlices: reconcileUpstream,
  'target ports': findPortUpstream,
  trafficDistribution: trafficDistributionUpstream,
  'topology mode': topologyModeUpstream,
  'DNS names': dnsNamesUpstream,
  'Ingress and Gateway routes': reachUpstream,
};
