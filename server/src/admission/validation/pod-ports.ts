/**
 * Ports of containers, and the host ports of a pod.
 * Follows validateContainerPorts, AccumulateUniqueHostPorts and validatePodHostNetworkDeps of
 * pkg/apis/core/validation/validation.go.
 */
import type { Container, ContainerPort, PodSpec } from './pod-written.ts';
import {
  duplicate,
  invalid,
  isValidPortName,
  isValidPortNum,
  notSupported,
  required,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { append } from './pod-append.ts';

const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];

/** The ports of one container. */
export function validateContainerPorts(ports: readonly ContainerPort[], path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = path.index(i);
    append(errors, validatePortName(port.name ?? '', names, at.child('name')));
    append(errors, validatePortNumbers(port, at));
    const protocol = port.protocol ?? '';
    if (protocol === '') errors.push(required(at.child('protocol'), ''));
    else if (!PROTOCOLS.includes(protocol)) {
      errors.push(notSupported(at.child('protocol'), protocol, PROTOCOLS));
    }
  }
  return errors;
}

function validatePortName(name: string, names: Set<string>, path: Path): FieldErrors {
  if (name === '') return [];
  const wrong = isValidPortName(name);
  if (wrong.length > 0) return wrong.map((it) => invalid(path, name, it));
  if (names.has(name)) return [duplicate(path, name)];
  names.add(name);
  return [];
}

function validatePortNumbers(port: ContainerPort, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const { containerPort = 0, hostPort = 0 } = port;
  if (containerPort === 0) errors.push(required(path.child('containerPort'), ''));
  else {
    for (const it of isValidPortNum(containerPort)) {
      errors.push(invalid(path.child('containerPort'), containerPort, it));
    }
  }
  if (hostPort !== 0) {
    for (const it of isValidPortNum(hostPort)) {
      errors.push(invalid(path.child('hostPort'), hostPort, it));
    }
  }
  return errors;
}

/** Two containers that run at the same time may not want the same port of the host. */
export function checkHostPortConflicts(containers: readonly Container[], path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const taken = new Set<string>();
  for (const [i, container] of containers.entries()) {
    for (const [j, { hostPort = 0, hostIP = '', protocol }] of (container.ports ?? []).entries()) {
      if (hostPort === 0) continue;
      const key = `${protocol ?? ''}/${hostIP}/${hostPort}`;
      if (taken.has(key)) {
        errors.push(duplicate(path.index(i).child('ports').index(j).child('hostPort'), key));
      }
      taken.add(key);
    }
  }
  return errors;
}

/** On the host network a container port is a port of the host. A template may leave it out. */
export function validateHostNetworkPorts(
  spec: PodSpec,
  path: Path,
  resourceIsPod: boolean,
): FieldErrors {
  const errors: FieldErrors = [];
  if (spec.hostNetwork !== true) return errors;
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [j, { hostPort = 0, containerPort = 0 }] of (container.ports ?? []).entries()) {
      if ((!resourceIsPod && hostPort === 0) || hostPort === containerPort) continue;
      const at = path.child('containers').index(i).child('ports').index(j).child('hostPort');
      const text = 'must match `containerPort` when `hostNetwork` is true';
      errors.push(invalid(at, hostPort, text));
    }
  }
  return errors;
}
