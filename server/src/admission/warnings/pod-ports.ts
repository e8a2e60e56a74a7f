/** Warnings about ports that several containers define (pkg/api/pod/warnings.go). */
import type { ContainerPort, PodSpec } from '../validation/pod-written.ts';
import { goQuote, type Path } from '../validation/machinery/index.ts';
import { containersWithPath } from '../validation/pod-visit.ts';

/** More are not looked for: the headers of a response end at 4096 characters. */
const MAX_WARNINGS = 1000;

interface PlacedPort {
  readonly port: ContainerPort;
  readonly at: string;
}

/** Ports that are the same, overlap, or cannot be told apart by name. */
export function portWarnings(spec: PodSpec, path: Path): string[] {
  const warnings: string[] = [];
  const byNumber = new Map<string, PlacedPort[]>();
  for (const { container, at: place } of containersWithPath(spec, path)) {
    for (const [i, port] of (container.ports ?? []).entries()) {
      const at = place.child('ports').index(i).toString();
      if ((port.hostIP ?? '') !== '' && (port.hostPort ?? 0) === 0) {
        warnings.push(`${at}: hostIP set without hostPort: ${printPort(port)}`);
      }
      const key = `${port.containerPort ?? 0}/${port.protocol ?? ''}`;
      const others = byNumber.get(key) ?? [];
      for (const other of others) {
        if (warnings.length >= MAX_WARNINGS) return warnings;
        const text = compare(port, other.port);
        if (text !== '') warnings.push(`${at}: ${text} with ${other.at}`);
      }
      if (others.length < MAX_WARNINGS) others.push({ port, at });
      byNumber.set(key, others);
    }
  }
  return [...warnings, ...portNameWarnings(spec, path)];
}

function portNameWarnings(spec: PodSpec, path: Path): string[] {
  const warnings: string[] = [];
  const byName = new Map<string, string>();
  for (const { container, at: place } of containersWithPath(spec, path)) {
    for (const [i, { name = '' }] of (container.ports ?? []).entries()) {
      if (name === '') continue;
      const at = place.child('ports').index(i).toString();
      const other = byName.get(name);
      if (other === undefined) {
        byName.set(name, at);
        continue;
      }
      const text = `duplicate port name ${goQuote(name)} with ${other}, services and probes`;
      warnings.push(`${at}: ${text} that select ports by name will use ${other}`);
    }
  }
  return warnings;
}

function compare(a: ContainerPort, b: ContainerPort): string {
  const [hostA, hostB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (ipA === ipB && hostA === hostB) return 'duplicate port definition';
  if (hostA === 0 || hostB === 0) return 'overlapping port definition';
  const ambiguous = hostA === hostB && (ipA === '') !== (ipB === '');
  return ambiguous ? 'dangerously ambiguous port definition' : '';
}

/** As `%+v` prints upstream's struct. */
function printPort(port: ContainerPort): string {
  const { name = '', hostPort = 0, containerPort = 0, protocol = '', hostIP = '' } = port;
  const numbers = `HostPort:${hostPort} ContainerPort:${containerPort}`;
  return `{Name:${name} ${numbers} Protocol:${protocol} HostIP:${hostIP}}`;
}
