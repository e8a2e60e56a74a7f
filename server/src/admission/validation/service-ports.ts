/** The ports of a Service. Follows validateServicePort of pkg/apis/core/validation/validation.go. */
import type { Service } from '../../manifest/index.ts';
import {
  duplicate,
  invalid,
  isDNS1123Label,
  isValidPortName,
  isValidPortNum,
  notSupported,
  Path,
  required,
  validateLabelName,
  type FieldErrors,
} from './machinery/index.ts';

type ServicePort = NonNullable<Service['spec']['ports']>[number];

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Each port by itself, and names against each other. */
export function validateServicePorts(spec: Service['spec']): FieldErrors {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  const errors: FieldErrors = [];
  for (const [i, port] of ports.entries()) {
    const path = Path.of('spec', 'ports').index(i);
    errors.push(...validatePortName(port.name ?? '', ports.length > 1, names, path.child('name')));
    errors.push(...validateServicePort(port, path));
  }
  return errors;
}

function validatePortName(
  name: string,
  isRequired: boolean,
  names: Set<string>,
  path: Path,
): FieldErrors {
  if (name === '') return isRequired ? [required(path, '')] : [];
  const errors = isDNS1123Label(name).map((it) => invalid(path, name, it));
  if (names.has(name)) errors.push(duplicate(path, name));
  names.add(name);
  return errors;
}

function validateServicePort(sp: ServicePort, path: Path): FieldErrors {
  const { port, protocol = '', targetPort = 0, appProtocol } = sp;
  const errors = isValidPortNum(port).map((it) => invalid(path.child('port'), port, it));
  if (protocol === '') errors.push(required(path.child('protocol'), ''));
  else if (!PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(path.child('protocol'), protocol, PROTOCOLS));
  }
  const wrong =
    typeof targetPort === 'number' ? isValidPortNum(targetPort) : isValidPortName(targetPort);
  for (const it of wrong) errors.push(invalid(path.child('targetPort'), targetPort, it));
  if (appProtocol !== undefined) {
    errors.push(...validateLabelName(appProtocol, path.child('appProtocol')));
  }
  return errors;
}
