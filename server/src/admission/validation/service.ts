/**
 * Service. Follows ValidateService and its helpers of pkg/apis/core/validation/validation.go, with
 * RelaxedServiceNameValidation and StrictIPCIDRValidation. Updates and status are left out.
 */
import type { Service } from '../../manifest/index.ts';
import { isExternallyAccessible, isServiceType } from '../defaults/service.ts';
import {
  duplicate,
  forbidden,
  go,
  goStruct,
  goValue,
  invalid,
  isDNS1123Subdomain,
  isValidPortNum,
  nameIsDNSLabel,
  notSupported,
  Path,
  required,
  validateCidrForLegacyField,
  validateKubeObjectMeta,
  validateLabelName,
  validateLabels,
  type FieldErrors,
} from './machinery/index.ts';
import {
  validateExternalIPs,
  validateServiceClusterIPsRelatedFields,
} from './service-addresses.ts';
import { validateServicePorts } from './service-ports.ts';

type ServiceSpec = Service['spec'];

const METADATA = Path.of('metadata');
const SPEC = Path.of('spec');
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const MAX_AFFINITY_SECONDS = 86400;
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";

/** ValidateServiceCreate. */
export function validateService({ metadata, spec }: Service): FieldErrors {
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSLabel, METADATA);
  errors.push(...validateTopologyAnnotations(metadata.annotations ?? {}));
  if ((spec.ports ?? []).length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') {
    errors.push(required(SPEC.child('ports'), ''));
  }
  errors.push(...validateByType(spec));
  errors.push(...validateServicePorts(spec));
  errors.push(...validateLabels(spec.selector, SPEC.child('selector')));
  errors.push(...validateSessionAffinity(spec));
  errors.push(...validateServiceClusterIPsRelatedFields(spec));
  errors.push(...validateExternalIPs(spec.externalIPs ?? []));
  errors.push(...validateType(spec.type ?? ''));
  errors.push(...validateNodePorts(spec));
  errors.push(...validateUniquePorts(spec));
  errors.push(...validateSourceRanges(spec, metadata.annotations ?? {}));
  errors.push(...validateLoadBalancerFields(spec));
  errors.push(...validateTrafficPolicies(spec));
  return errors;
}

function validateTopologyAnnotations(annotations: Readonly<Record<string, string>>): FieldErrors {
  const mode = annotations[TOPOLOGY_MODE];
  const hints = annotations[TOPOLOGY_HINTS];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const text = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(METADATA.child('annotations').key(TOPOLOGY_MODE), mode, text)];
}

function validateByType(spec: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const text = `may not be set to 'None' for ${spec.type} services`;
    errors.push(invalid(SPEC.child('clusterIPs').index(0), 'None', text));
  }
  if (spec.type === 'ExternalName') errors.push(...validateExternalName(spec));
  return errors;
}

function validateExternalName(spec: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  const text = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbidden(SPEC.child('clusterIPs'), text));
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbidden(SPEC.child('ipFamilies'), text));
  if (spec.ipFamilyPolicy !== undefined) {
    errors.push(forbidden(SPEC.child('ipFamilyPolicy'), text));
  }
  const cname = (spec.externalName ?? '').replace(/\.$/, '');
  const path = SPEC.child('externalName');
  if (cname === '') errors.push(required(path, ''));
  else for (const it of isDNS1123Subdomain(cname)) errors.push(invalid(path, cname, it));
  return errors;
}

function validateSessionAffinity(spec: ServiceSpec): FieldErrors {
  const path = SPEC.child('sessionAffinity');
  const { sessionAffinity: affinity = '', sessionAffinityConfig: config } = spec;
  if (affinity === '') return [required(path, '')];
  if (affinity !== 'ClientIP' && affinity !== 'None') {
    return [notSupported(path, affinity, ['ClientIP', 'None'])];
  }
  const at = SPEC.child('sessionAffinityConfig');
  if (affinity === 'None') {
    if (!config) return [];
    return [forbidden(at, 'must not be set when session affinity is None')];
  }
  const text = 'when session affinity type is ClientIP';
  if (!config) return [required(at, text)];
  if (!config.clientIP) return [required(at.child('clientIP'), text)];
  const timeoutPath = at.child('clientIP', 'timeoutSeconds');
  const timeout = config.clientIP.timeoutSeconds;
  if (timeout === undefined) return [required(timeoutPath, text)];
  if (timeout > 0 && timeout <= MAX_AFFINITY_SECONDS) return [];
  return [
    invalid(timeoutPath, timeout, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`),
  ];
}

function validateType(type: string): FieldErrors {
  const path = SPEC.child('type');
  if (type === '') return [required(path, '')];
  if (isServiceType(type)) return [];
  return [notSupported(path, type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'])];
}

function validateNodePorts(spec: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  const ports = spec.ports ?? [];
  const at = (i: number) => SPEC.child('ports').index(i).child('nodePort');
  if (spec.type === 'ClusterIP') {
    for (const [i, { nodePort = 0 }] of ports.entries()) {
      if (nodePort === 0) continue;
      errors.push(forbidden(at(i), "may not be used when `type` is 'ClusterIP'"));
    }
  }
  const seen = new Set<string>();
  for (const [i, { nodePort = 0, protocol = '' }] of ports.entries()) {
    if (nodePort === 0) continue;
    const key = `${protocol}/${nodePort}`;
    if (seen.has(key)) errors.push(duplicate(at(i), nodePort));
    seen.add(key);
  }
  return errors;
}

const printServicePort = goStruct({
  Name: ['name', go.string],
  Protocol: ['protocol', go.string],
  AppProtocol: ['appProtocol', go.pointer()],
  Port: ['port', go.int],
  TargetPort: ['targetPort', go.int],
  NodePort: ['nodePort', go.int],
});

function validateUniquePorts(spec: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  const seen = new Set<string>();
  for (const [i, { port, protocol = '' }] of (spec.ports ?? []).entries()) {
    const key = `${protocol}/${port ?? 0}`;
    if (seen.has(key)) {
      const value = goValue(printServicePort, { port, protocol });
      errors.push(duplicate(SPEC.child('ports').index(i), value));
    }
    seen.add(key);
  }
  return errors;
}

function validateSourceRanges(
  spec: ServiceSpec,
  annotations: Readonly<Record<string, string>>,
): FieldErrors {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const errors: FieldErrors = [];
  const inSpec = ranges.length > 0;
  const annotation = annotations[SOURCE_RANGES];
  if (!inSpec && annotation === undefined) return errors;
  const path = inSpec
    ? SPEC.child('LoadBalancerSourceRanges')
    : METADATA.child('annotations').key(SOURCE_RANGES);
  if (spec.type !== 'LoadBalancer') errors.push(forbidden(path, ONLY_LOAD_BALANCER));
  const list = inSpec
    ? ranges
    : (annotation ?? '').trim() === ''
      ? []
      : (annotation ?? '').split(',');
  for (const [i, it] of list.entries()) {
    const at = inSpec ? path.index(i) : path;
    errors.push(...validateCidrForLegacyField(at, it.trim()));
  }
  return errors;
}

function validateLoadBalancerFields(spec: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const allocate = spec.allocateLoadBalancerNodePorts;
  if (allocate !== undefined && !isLoadBalancer) {
    errors.push(forbidden(SPEC.child('allocateLoadBalancerNodePorts'), ONLY_LOAD_BALANCER));
  }
  if (allocate === undefined && isLoadBalancer) {
    errors.push(required(Path.of('allocateLoadBalancerNodePorts'), ''));
  }
  const { loadBalancerClass } = spec;
  if (loadBalancerClass === undefined) return errors;
  const path = SPEC.child('loadBalancerClass');
  if (isLoadBalancer) errors.push(...validateLabelName(loadBalancerClass, path));
  else errors.push(forbidden(path, ONLY_LOAD_BALANCER));
  return errors;
}

function validateTrafficPolicies(spec: ServiceSpec): FieldErrors {
  const errors: FieldErrors = [];
  const policies = ['Cluster', 'Local'];
  const external = spec.externalTrafficPolicy ?? '';
  const path = SPEC.child('externalTrafficPolicy');
  if (!isExternallyAccessible(spec)) {
    const text = 'may only be set for externally-accessible services';
    if (external !== '') errors.push(invalid(path, external, text));
  } else if (external === '') errors.push(required(path, ''));
  else if (!policies.includes(external)) errors.push(notSupported(path, external, policies));
  errors.push(...validateHealthCheckNodePort(spec));
  const internal = spec.internalTrafficPolicy;
  const internalPath = SPEC.child('internalTrafficPolicy');
  if (internal === undefined) {
    if (spec.type !== 'ExternalName' && isServiceType(spec.type)) {
      errors.push(required(internalPath, ''));
    }
  } else if (!policies.includes(internal)) {
    errors.push(notSupported(internalPath, internal, policies));
  }
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !distributions.includes(distribution)) {
    errors.push(notSupported(SPEC.child('trafficDistribution'), distribution, distributions));
  }
  return errors;
}

function validateHealthCheckNodePort(spec: ServiceSpec): FieldErrors {
  const path = SPEC.child('healthCheckNodePort');
  const port = spec.healthCheckNodePort ?? 0;
  if (needsHealthCheck(spec)) {
    if (port === 0) return [required(path, '')];
    return isValidPortNum(port).map((it) => invalid(path, port, it));
  }
  if (port === 0) return [];
  const text =
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [invalid(path, port, text)];
}

/** Whether a load balancer asks nodes which of them have endpoints. */
export function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Whether the Service has no address of its own. */
export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
}
