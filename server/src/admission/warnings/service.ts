/** What the server warns of in a Service. Follows pkg/api/service/warnings.go. */
import type { Service } from '../../manifest/index.ts';
import { Path, warningsForCidr, warningsForIp } from '../validation/machinery/index.ts';

const SPEC = Path.of('spec');
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** GetWarningsForService. */
export function serviceWarnings({ metadata, spec }: Service): readonly string[] {
  const warnings: string[] = [];
  const { clusterIP = '', clusterIPs = [], externalIPs = [], type } = spec;
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    warnings.push(
      `annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`,
    );
  }
  if (clusterIP !== '' && clusterIP !== 'None') {
    for (const [i, ip] of clusterIPs.entries()) {
      warnings.push(...warningsForIp(SPEC.child('clusterIPs').index(i), ip));
    }
  }
  const headless = type === 'ClusterIP' && clusterIP === 'None';
  if (headless) warnings.push(...headlessWarnings(spec));
  for (const [i, ip] of externalIPs.entries()) {
    warnings.push(...warningsForIp(SPEC.child('externalIPs').index(i), ip));
  }
  if (externalIPs.length > 0 && !headless && type !== 'ExternalName') {
    warnings.push(
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    );
  }
  if (spec.loadBalancerIP) {
    warnings.push(...warningsForIp(SPEC.child('loadBalancerIP'), spec.loadBalancerIP));
  }
  for (const [i, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    warnings.push(...warningsForCidr(SPEC.child('loadBalancerSourceRanges').index(i), range));
  }
  if (type === 'ExternalName' && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (type !== 'ExternalName' && spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}

function headlessWarnings(spec: Service['spec']): readonly string[] {
  const warnings: string[] = [];
  const ignored = 'is ignored for headless services';
  if (spec.loadBalancerIP) warnings.push(`spec.loadBalancerIP ${ignored}`);
  if ((spec.externalIPs ?? []).length > 0) warnings.push(`spec.externalIPs ${ignored}`);
  if (spec.sessionAffinity !== 'None') warnings.push(`spec.SessionAffinity ${ignored}`);
  return warnings;
}
