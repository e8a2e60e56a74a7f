/**
 * A pod spec, of a Pod or of a template.
 * Follows ValidatePodSpec of pkg/apis/core/validation/validation.go, whose order is that of the
 * errors.
 */
import type { PodSpec } from './pod-written.ts';
import {
  duplicate,
  forbidden,
  inclusiveRangeText,
  invalid,
  notFound,
  notSupported,
  required,
  tooLong,
  utf8Length,
  validateLabels,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { validateAffinity } from './pod-affinity.ts';
import {
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './pod-containers.ts';
import type { PodContext, PodValidationOptions } from './pod-context.ts';
import { validateDNSConfig, validateDNSPolicy, validateHostAliases } from './pod-dns.ts';
import {
  validateDNS1123Label,
  validateDNS1123Subdomain,
  validateQualifiedName,
} from './pod-names.ts';
import { validateHostNetworkPorts } from './pod-ports.ts';
import { validatePodResourceClaims } from './pod-resource-claims.ts';
import { validateOverhead, validatePodResources } from './pod-resources.ts';
import { validateHostUsers, validatePodSecurityContext } from './pod-security-context.ts';
import { validateTolerations } from './pod-tolerations.ts';
import { validateTopologySpreadConstraints } from './pod-topology-spread.ts';
import { containersWithPath } from './pod-visit.ts';
import { validateVolumes } from './pod-volumes.ts';
import { validateOS, validateWindowsHostProcess } from './pod-windows.ts';
import { append } from './pod-append.ts';

const RESTART_POLICIES: readonly string[] = ['Always', 'OnFailure', 'Never'];
const PREEMPTION_POLICIES: readonly string[] = ['PreemptLowerPriority', 'Never'];
const MAX_INT32 = 2147483647;
const MAX_HOSTNAME = 64;

/** The name is that of the Pod, empty in a template. */
export function validatePodSpec(
  spec: PodSpec,
  podName: string,
  path: Path,
  options: PodValidationOptions,
): FieldErrors {
  const volumes = validateVolumes(
    spec.volumes ?? [],
    { ...options, podName },
    path.child('volumes'),
  );
  const claims = spec.resourceClaims ?? [];
  const context: PodContext = {
    ...options,
    podName,
    volumes: volumes.valid,
    claimNames: [...new Set(claims.map((it) => it.name ?? ''))].filter((it) => it !== '').sort(),
    gracePeriodSeconds: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy ?? '',
    hostUsers: spec.hostUsers !== false,
    os: spec.os?.name ?? '',
  };
  const errors: FieldErrors = [];
  if (spec.terminationGracePeriodSeconds === undefined) {
    errors.push(required(path.child('terminationGracePeriodSeconds'), ''));
  }
  return [
    ...errors,
    ...volumes.errors,
    ...validatePodResourceClaims(claims, path.child('resourceClaims'), options.isMirror),
    ...validateAllContainers(spec, context, path),
    ...validatePodResources(spec, context.claimNames, path.child('resources')),
    ...validateHostNetworkPorts(spec, path, options.resourceIsPod),
    ...validatePolicies(spec, path),
    ...validateNames(spec, path, options),
    ...validateScheduling(spec, path),
    ...validateOS(spec, path),
    ...validateFileKeyVolumes(spec, path),
  ];
}

function validateAllContainers(spec: PodSpec, context: PodContext, path: Path): FieldErrors {
  const containers = spec.containers ?? [];
  const init = path.child('initContainers');
  return [
    ...validateContainers(containers, context, path.child('containers')),
    ...validateInitContainers(spec.initContainers ?? [], containers, context, init),
    ...validateEphemeralContainers(spec, context, path.child('ephemeralContainers')),
  ];
}

function validatePolicies(spec: PodSpec, path: Path): FieldErrors {
  const policy = spec.restartPolicy ?? '';
  const dnsPolicy = spec.dnsPolicy ?? '';
  const constraints = spec.topologySpreadConstraints ?? [];
  return [
    ...validateEnum(policy, RESTART_POLICIES, path.child('restartPolicy')),
    ...validateDNSPolicy(dnsPolicy, path.child('dnsPolicy')),
    ...validateLabels(spec.nodeSelector, path.child('nodeSelector')),
    ...validatePodSecurityContext(spec, path.child('securityContext')),
    ...validateAffinity(spec.affinity, path.child('affinity')),
    ...validateDNSConfig(spec.dnsConfig, dnsPolicy, path.child('dnsConfig')),
    ...validateReadinessGates(spec, path.child('readinessGates')),
    ...validateSchedulingGates(spec, path.child('schedulingGates')),
    ...validateTopologySpreadConstraints(constraints, path.child('topologySpreadConstraints')),
    ...validateWindowsHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, path.child('hostnameOverride')),
  ];
}

function validateEnum(value: string, supported: readonly string[], path: Path): FieldErrors {
  if (value === '') return [required(path, '')];
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

function validateReadinessGates({ readinessGates = [] }: PodSpec, path: Path): FieldErrors {
  return readinessGates.flatMap((it, i) =>
    validateQualifiedName(it.conditionType ?? '', path.index(i).child('conditionType')),
  );
}

function validateSchedulingGates({ schedulingGates = [] }: PodSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const seen = new Set<string>();
  for (const [i, { name = '' }] of schedulingGates.entries()) {
    append(errors, validateQualifiedName(name, path.index(i)));
    if (seen.has(name)) errors.push(duplicate(path.index(i), name));
    seen.add(name);
  }
  return errors;
}

function validateNames(
  spec: PodSpec,
  path: Path,
  { ignoresHostname = false }: PodValidationOptions,
): FieldErrors {
  const { serviceAccountName = '', nodeName = '', hostname = '', subdomain = '' } = spec;
  const { activeDeadlineSeconds: deadline } = spec;
  const errors: FieldErrors = [];
  if (serviceAccountName !== '') {
    const at = path.child('serviceAccountName');
    append(errors, validateDNS1123Subdomain(serviceAccountName, at));
  }
  if (nodeName !== '') append(errors, validateDNS1123Subdomain(nodeName, path.child('nodeName')));
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    const at = path.child('activeDeadlineSeconds');
    errors.push(invalid(at, deadline, inclusiveRangeText(1, MAX_INT32)));
  }
  if (ignoresHostname) return errors;
  if (hostname !== '') append(errors, validateDNS1123Label(hostname, path.child('hostname')));
  if (subdomain !== '') append(errors, validateDNS1123Label(subdomain, path.child('subdomain')));
  return errors;
}

/** The whole name of the host, which rules out what else would make it. */
function validateHostnameOverride(spec: PodSpec, path: Path): FieldErrors {
  const { hostnameOverride: name } = spec;
  if (name === undefined) return [];
  const errors: FieldErrors = [];
  if (spec.setHostnameAsFQDN === true) {
    errors.push(forbidden(path, 'may not be specified when setHostnameAsFQDN is true'));
  }
  if (spec.hostNetwork === true) {
    errors.push(forbidden(path, 'may not be specified when hostNetwork is true'));
  }
  if (utf8Length(name) > MAX_HOSTNAME) errors.push(tooLong(path, MAX_HOSTNAME));
  return [...errors, ...validateDNS1123Subdomain(name, path)];
}

function validateScheduling(spec: PodSpec, path: Path): FieldErrors {
  const { priorityClassName = '', runtimeClassName, preemptionPolicy, overhead } = spec;
  const errors = [
    ...validateTolerations(spec.tolerations ?? [], path.child('tolerations')),
    ...validateHostAliases(spec.hostAliases ?? [], path.child('hostAliases')),
  ];
  if (priorityClassName !== '') {
    append(errors, validateDNS1123Subdomain(priorityClassName, path.child('priorityClassName')));
  }
  if (runtimeClassName !== undefined) {
    append(errors, validateDNS1123Subdomain(runtimeClassName, path.child('runtimeClassName')));
  }
  if (preemptionPolicy !== undefined) {
    const at = path.child('preemptionPolicy');
    append(errors, validateEnum(preemptionPolicy, PREEMPTION_POLICIES, at));
  }
  if (overhead) append(errors, validateOverhead(overhead, path.child('overhead')));
  return errors;
}

/** A variable read from a file needs the file's volume, and that an emptyDir. */
function validateFileKeyVolumes(spec: PodSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  for (const { container, at } of containersWithPath(spec, path)) {
    for (const [i, { valueFrom }] of (container.env ?? []).entries()) {
      if (!valueFrom?.fileKeyRef) continue;
      const name = valueFrom.fileKeyRef.volumeName ?? '';
      const where = at.child('env').index(i).child('valueFrom', 'fileKeyRef', 'volumeName');
      const volume = (spec.volumes ?? []).find((it) => it.name === name);
      if (!volume) errors.push(notFound(where, name));
      else if (!volume.emptyDir) {
        errors.push(invalid(where, name, 'referenced volume must be of type emptyDir'));
      }
    }
  }
  return errors;
}
