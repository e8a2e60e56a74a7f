/**
 * What Windows pods may set, what Linux pods may not, and HostProcess containers.
 * Follows validateWindows, validateLinux, validateWindowsHostProcessPod and
 * validateWindowsSecurityContextOptions of pkg/apis/core/validation/validation.go.
 */
import type { Container, PodSpec } from './pod-written.ts';
import {
  forbidden,
  go,
  goNamed,
  goStruct,
  invalid,
  isDNS1123Subdomain,
  notSupported,
  required,
  utf8Length,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { containersWithPath } from './pod-visit.ts';

type WindowsOptions = NonNullable<NonNullable<Container['securityContext']>['windowsOptions']>;

const WINDOWS_TEXT = 'cannot be set for a windows pod';
const LINUX_TEXT = 'windows options cannot be set for a linux pod';
const MAX_CREDENTIAL_SPEC_BYTES = 64 * 1024;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

/** Prints `windowsOptions` as Go does. */
export const windowsOptionsPrinter = goStruct({
  GMSACredentialSpecName: ['gmsaCredentialSpecName', go.pointer()],
  GMSACredentialSpec: ['gmsaCredentialSpec', go.pointer()],
  RunAsUserName: ['runAsUserName', go.pointer()],
  HostProcess: ['hostProcess', go.pointer()],
});

/** `spec.os`, and what it rules out elsewhere in the spec. */
export function validateOS(spec: PodSpec, path: Path): FieldErrors {
  if (!spec.os) return [];
  const name = spec.os.name ?? '';
  if (name === '') return [required(path.child('os', 'name'), '')];
  if (name === 'linux') return validateLinux(spec, path);
  if (name === 'windows') return validateWindows(spec, path);
  return [notSupported(path.child('os'), name, ['linux', 'windows'])];
}

function validateLinux(spec: PodSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  if (spec.securityContext?.windowsOptions) {
    errors.push(forbidden(path.child('securityContext', 'windowsOptions'), LINUX_TEXT));
  }
  for (const { container, at } of containersWithPath(spec, path)) {
    if (!container.securityContext?.windowsOptions) continue;
    errors.push(forbidden(at.child('securityContext', 'windowsOptions'), LINUX_TEXT));
  }
  return errors;
}

const CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

function validateWindows(spec: PodSpec, path: Path): FieldErrors {
  const context = spec.securityContext ?? {};
  const inContext = path.child('securityContext');
  // In upstream's order; the flags of the spec are in the security context there.
  const fields: readonly (readonly [Path, boolean])[] = [
    [inContext.child('appArmorProfile'), context.appArmorProfile !== undefined],
    [inContext.child('seLinuxOptions'), context.seLinuxOptions !== undefined],
    [path.child('hostUsers'), spec.hostUsers !== undefined],
    [path.child('hostPID'), spec.hostPID === true],
    [path.child('hostIPC'), spec.hostIPC === true],
    [inContext.child('seccompProfile'), context.seccompProfile !== undefined],
    [inContext.child('fsGroup'), context.fsGroup !== undefined],
    [inContext.child('fsGroupChangePolicy'), context.fsGroupChangePolicy !== undefined],
    [inContext.child('sysctls'), (context.sysctls ?? []).length > 0],
    [path.child('shareProcessNamespace'), spec.shareProcessNamespace !== undefined],
    [inContext.child('runAsUser'), context.runAsUser !== undefined],
    [inContext.child('runAsGroup'), context.runAsGroup !== undefined],
    [inContext.child('supplementalGroups'), context.supplementalGroups !== undefined],
    [inContext.child('supplementalGroupsPolicy'), context.supplementalGroupsPolicy !== undefined],
    [inContext.child('seLinuxChangePolicy'), context.seLinuxChangePolicy !== undefined],
  ];
  const errors = fields.filter(([, set]) => set).map(([at]) => forbidden(at, WINDOWS_TEXT));
  for (const { container, at } of containersWithPath(spec, path)) {
    for (const name of CONTAINER_FIELDS) {
      if (container.securityContext?.[name] === undefined) continue;
      errors.push(forbidden(at.child('securityContext', name), WINDOWS_TEXT));
    }
  }
  return errors;
}

/** If one container is a HostProcess container all must be, and on the host network. */
export function validateWindowsHostProcess(spec: PodSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const podValue = spec.securityContext?.windowsOptions?.hostProcess;
  let all = 0;
  let hostProcess = 0;
  for (const { container, at } of containersWithPath(spec, path)) {
    all++;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (podValue !== undefined && own !== undefined && podValue !== own) {
      const where = at.child('securityContext', 'windowsOptions', 'hostProcess');
      const text = `pod hostProcess value must be identical if both are specified, was ${podValue}`;
      errors.push(invalid(where, own, text));
    }
    if (own ?? podValue) hostProcess++;
  }
  if (hostProcess === 0) return errors;
  if (hostProcess !== all) {
    const text =
      'If pod contains any hostProcess containers then all containers must be' +
      ' HostProcess containers';
    errors.push(invalid(path, '', text));
  }
  if (spec.hostNetwork !== true) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(path.child('hostNetwork'), false, text));
  }
  return errors;
}

/** `windowsOptions` of a pod or container. */
export function validateWindowsOptions(
  options: WindowsOptions | undefined,
  path: Path,
): FieldErrors {
  if (!options) return [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  const errors: FieldErrors = [];
  if (gmsaCredentialSpecName !== undefined) {
    for (const it of isDNS1123Subdomain(gmsaCredentialSpecName)) {
      errors.push(
        invalid(path.child('gmsaCredentialSpecName'), goNamed(gmsaCredentialSpecName), it),
      );
    }
  }
  if (gmsaCredentialSpec !== undefined) {
    const at = path.child('gmsaCredentialSpec');
    if (gmsaCredentialSpec === '') {
      errors.push(invalid(at, '', 'gmsaCredentialSpec cannot be an empty string'));
    } else if (utf8Length(gmsaCredentialSpec) > MAX_CREDENTIAL_SPEC_BYTES) {
      const text = 'gmsaCredentialSpec size must be under 64 KiB';
      errors.push(invalid(at, goNamed(gmsaCredentialSpec), text));
    }
  }
  if (runAsUserName !== undefined) {
    const at = path.child('runAsUserName');
    for (const it of wrongUserName(runAsUserName)) {
      errors.push(invalid(at, goNamed(runAsUserName), it));
    }
  }
  return errors;
}

/** `DOMAIN\USER`, the domain optional. */
function wrongUserName(name: string): readonly string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if ([...name].some((it) => it < ' ' || it === '\x7f'))
    return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const wrong: string[] = [];
  if (domain !== undefined && utf8Length(domain) >= 256) {
    wrong.push("runAsUserName's Domain length must be under 256 characters");
  }
  if (domain !== undefined && !NETBIOS.test(domain) && !DNS.test(domain)) {
    wrong.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') wrong.push("runAsUserName's User cannot be empty");
  else if (utf8Length(user) > 104) {
    wrong.push("runAsUserName's User length must not be longer than 104 characters");
  }
  if (/^[. ]+$/.test(user)) {
    wrong.push("runAsUserName's User cannot contain only periods or spaces");
  }
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    wrong.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  }
  return wrong;
}
