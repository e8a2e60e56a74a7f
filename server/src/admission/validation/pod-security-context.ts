/**
 * Security contexts of pods and containers.
 * Follows validatePodSpecSecurityContext and ValidateSecurityContext of
 * pkg/apis/core/validation/validation.go, with `--allow-privileged=true`.
 */
import type { Container, PodSpec } from './pod-written.ts';
import {
  duplicate,
  forbidden,
  go,
  goNamed,
  goStruct,
  goValue,
  invalid,
  isValidGroupID,
  isValidUserID,
  notSupported,
  required,
  tooLong,
  utf8Length,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { validateLocalDescendingPath } from './pod-paths.ts';
import { containersWithPath } from './pod-visit.ts';
import { validateWindowsOptions, windowsOptionsPrinter } from './pod-windows.ts';
import { append } from './pod-append.ts';

type PodSecurityContext = NonNullable<PodSpec['securityContext']>;
type SecurityContext = NonNullable<Container['securityContext']>;
type SeccompProfile = NonNullable<SecurityContext['seccompProfile']>;
type AppArmorProfile = NonNullable<SecurityContext['appArmorProfile']>;

const PROFILE_TYPES: readonly string[] = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const MAX_APP_ARMOR_PROFILE = 4095;
const SYSCTL_SEGMENT = '[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?';
const SYSCTL = new RegExp(`^(?:${SYSCTL_SEGMENT}[./])*${SYSCTL_SEGMENT}$`);
const SYSCTL_TEXT =
  'must have at most 253 characters and match regex' +
  ' ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

const printSeccompProfile = goStruct({
  Type: ['type', go.string],
  LocalhostProfile: ['localhostProfile', go.pointer()],
});
const printSecurityContext = goStruct({
  Capabilities: [
    'capabilities',
    go.pointer(
      goStruct({ Add: ['add', go.slice(go.string)], Drop: ['drop', go.slice(go.string)] }),
    ),
  ],
  Privileged: ['privileged', go.pointer()],
  SELinuxOptions: [
    'seLinuxOptions',
    go.pointer(
      goStruct({
        User: ['user', go.string],
        Role: ['role', go.string],
        Type: ['type', go.string],
        Level: ['level', go.string],
      }),
    ),
  ],
  WindowsOptions: ['windowsOptions', go.pointer(windowsOptionsPrinter)],
  RunAsUser: ['runAsUser', go.pointer()],
  RunAsGroup: ['runAsGroup', go.pointer()],
  RunAsNonRoot: ['runAsNonRoot', go.pointer()],
  ReadOnlyRootFilesystem: ['readOnlyRootFilesystem', go.pointer()],
  AllowPrivilegeEscalation: ['allowPrivilegeEscalation', go.pointer()],
  ProcMount: ['procMount', go.pointer()],
  SeccompProfile: ['seccompProfile', go.pointer(printSeccompProfile)],
  AppArmorProfile: ['appArmorProfile', go.pointer(printSeccompProfile)],
});

/** `spec.securityContext`, and the flags of the spec that upstream keeps in it. */
export function validatePodSecurityContext(spec: PodSpec, path: Path): FieldErrors {
  const context: PodSecurityContext = spec.securityContext ?? {};
  const errors = [
    ...validateId(context.fsGroup, isValidGroupID, path.child('fsGroup')),
    ...validateId(context.runAsUser, isValidUserID, path.child('runAsUser')),
    ...validateId(context.runAsGroup, isValidGroupID, path.child('runAsGroup')),
  ];
  for (const [i, it] of (context.supplementalGroups ?? []).entries()) {
    append(errors, validateId(it, isValidGroupID, path.child('supplementalGroups').index(i)));
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(path.child('shareProcessNamespace'), true, text));
  }
  append(errors, validateSysctls(spec, path.child('sysctls')));
  append(
    errors,
    validateChoice(context, 'fsGroupChangePolicy', ['Always', 'OnRootMismatch'], path),
  );
  append(errors, validateSeccompProfile(context.seccompProfile, path.child('seccompProfile')));
  append(errors, validateWindowsOptions(context.windowsOptions, path.child('windowsOptions')));
  append(errors, validateAppArmorProfile(context.appArmorProfile, path.child('appArmorProfile')));
  append(errors, validateChoice(context, 'supplementalGroupsPolicy', ['Merge', 'Strict'], path));
  // MountOption needs the feature gate SELinuxMount, which is off by default.
  const changes = ['Recursive'];
  append(errors, validateChoice(context, 'seLinuxChangePolicy', changes, path));
  return errors;
}

type Choice = 'fsGroupChangePolicy' | 'supplementalGroupsPolicy' | 'seLinuxChangePolicy';

function validateChoice(
  context: PodSecurityContext,
  name: Choice,
  choices: readonly string[],
  path: Path,
): FieldErrors {
  const value = context[name];
  if (value === undefined || choices.includes(value)) return [];
  return [notSupported(path.child(name), value, choices)];
}

function validateId(
  id: number | undefined,
  rule: (id: number) => readonly string[],
  path: Path,
): FieldErrors {
  return id === undefined ? [] : rule(id).map((it) => invalid(path, id, it));
}

function validateSysctls(spec: PodSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const names = new Set<string>();
  for (const [i, { name = '' }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const at = path.index(i).child('name');
    if (name === '') errors.push(required(at, ''));
    else if (utf8Length(name) > 253 || !SYSCTL.test(name)) {
      errors.push(invalid(at, name, SYSCTL_TEXT));
    } else if (names.has(name)) errors.push(duplicate(at, name));
    const namespace = sysctlNamespace(name);
    if (spec.hostNetwork === true && namespace === 'net') {
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC === true && namespace === 'ipc') {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
    names.add(name);
  }
  return errors;
}

/** The kernel namespace a sysctl belongs to (component-helpers/node/util/sysctl/namespace.go). */
function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  // The first separator decides whether slashes or dots separate the parts.
  const separator = /[./]/.exec(name)?.[0];
  const dotted = separator === '/' ? name.replace(/[./]/g, (it) => (it === '/' ? '.' : '/')) : name;
  if (dotted.startsWith('net.')) return 'net';
  if (dotted.startsWith('fs.mqueue.') || dotted.startsWith('kernel.msg')) return 'ipc';
  if (dotted.startsWith('kernel.shm')) return 'ipc';
  return dotted === 'kernel.sem' ? 'ipc' : undefined;
}

/** `seccompProfile` of a pod or container. */
function validateSeccompProfile(profile: SeccompProfile | undefined, path: Path): FieldErrors {
  if (!profile) return [];
  const { localhostProfile: file } = profile;
  const type = profile.type ?? '';
  const errors: FieldErrors = [];
  if (type === '') {
    errors.push(required(path.child('type'), 'type is required when seccompProfile is set'));
  } else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(path.child('type'), type, PROFILE_TYPES));
  }
  const at = path.child('localhostProfile');
  if (type === 'Localhost') {
    if (file === undefined) {
      errors.push(required(at, 'must be set when seccomp type is Localhost'));
    } else append(errors, validateLocalDescendingPath(file, at));
  } else if (file !== undefined) {
    const text = 'can only be set when seccomp type is Localhost';
    errors.push(invalid(at, goValue(printSeccompProfile, profile), text));
  }
  return errors;
}

/** `appArmorProfile` of a pod or container. */
export function validateAppArmorProfile(
  profile: AppArmorProfile | undefined,
  path: Path,
): FieldErrors {
  if (!profile) return [];
  const { localhostProfile: file } = profile;
  const type = profile.type ?? '';
  const at = path.child('localhostProfile');
  if (type === 'Localhost') return validateLocalhostAppArmor(file, at);
  if (type === '') {
    return [required(path.child('type'), 'type is required when appArmorProfile is set')];
  }
  if (!PROFILE_TYPES.includes(type)) return [notSupported(path.child('type'), type, PROFILE_TYPES)];
  if (file === undefined) return [];
  return [invalid(at, goNamed(file), 'can only be set when AppArmor type is Localhost')];
}

function validateLocalhostAppArmor(file: string | undefined, path: Path): FieldErrors {
  const text = 'must be set when AppArmor type is Localhost';
  if (file === undefined) return [required(path, text)];
  const errors: FieldErrors = [];
  if (file.trim() !== file) errors.push(invalid(path, file, 'must not be padded with whitespace'));
  else if (file === '') errors.push(required(path, text));
  if (utf8Length(file) > MAX_APP_ARMOR_PROFILE) errors.push(tooLong(path, MAX_APP_ARMOR_PROFILE));
  return errors;
}

/** `securityContext` of one container. */
export function validateContainerSecurityContext(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: Path,
): FieldErrors {
  if (!context) return [];
  const errors = [
    ...validateId(context.runAsUser, isValidUserID, path.child('runAsUser')),
    ...validateId(context.runAsGroup, isValidGroupID, path.child('runAsGroup')),
    ...validateProcMount(context.procMount, hostUsers, path.child('procMount')),
    ...validateSeccompProfile(context.seccompProfile, path.child('seccompProfile')),
  ];
  if (context.allowPrivilegeEscalation === false) {
    const value = () => goValue(printSecurityContext, context);
    const text = 'cannot set `allowPrivilegeEscalation` to false and';
    if (context.privileged === true) {
      errors.push(invalid(path, value(), `${text} \`privileged\` to true`));
    }
    for (const it of context.capabilities?.add ?? []) {
      if (it !== 'CAP_SYS_ADMIN') continue;
      errors.push(invalid(path, value(), `${text} \`capabilities.Add\` CAP_SYS_ADMIN`));
    }
  }
  append(errors, validateWindowsOptions(context.windowsOptions, path.child('windowsOptions')));
  append(errors, validateAppArmorProfile(context.appArmorProfile, path.child('appArmorProfile')));
  return errors;
}

function validateProcMount(
  procMount: string | undefined,
  hostUsers: boolean,
  path: Path,
): FieldErrors {
  if (procMount === undefined || procMount === 'Default') return [];
  const supported = ['Default', 'Unmasked'];
  if (procMount !== 'Unmasked') return [notSupported(path, procMount, supported)];
  if (!hostUsers) return [];
  return [invalid(path, goNamed(procMount), '`hostUsers` must be false to use `Unmasked`')];
}

/** A user namespace of the pod's own rules out the host's other namespaces, and block volumes. */
export function validateHostUsers(spec: PodSpec, path: Path): FieldErrors {
  if (spec.hostUsers !== false) return [];
  const errors: FieldErrors = [];
  const text = 'when `hostUsers` is false';
  if (spec.hostNetwork === true) errors.push(forbidden(path.child('hostNetwork'), text));
  if (spec.hostPID === true) errors.push(forbidden(path.child('HostPID'), text));
  if (spec.hostIPC === true) errors.push(forbidden(path.child('HostIPC'), text));
  for (const { container, at } of containersWithPath(spec, path)) {
    if ((container.volumeDevices ?? []).length === 0) continue;
    errors.push(forbidden(at.child('volumeDevices'), text));
  }
  return errors;
}
