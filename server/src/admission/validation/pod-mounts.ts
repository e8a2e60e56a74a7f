/**
 * Where containers mount volumes and block devices.
 * Follows ValidateVolumeMounts and ValidateVolumeDevices of pkg/apis/core/validation/validation.go.
 */
import type { Container, Volume } from './pod-written.ts';
import {
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { requireText } from './pod-names.ts';
import { validateLocalDescendingPath, validatePathNoBacksteps } from './pod-paths.ts';
import { append } from './pod-append.ts';

type Mount = NonNullable<Container['volumeMounts']>[number];
type Device = NonNullable<Container['volumeDevices']>[number];
type Volumes = ReadonlyMap<string, Volume>;

const PROPAGATIONS: readonly string[] = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE: readonly string[] = ['Disabled', 'Enabled', 'IfPossible'];

/** `volumeMounts` of one container. */
export function validateVolumeMounts(
  container: Container,
  volumes: Volumes,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const devices = pathsByName(container.volumeDevices ?? [], (it) => it.devicePath);
  const devicePaths = new Set(devices.values());
  const taken = new Set<string>();
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = path.index(i);
    const { name = '', mountPath = '' } = mount;
    append(errors, requireText(name, at.child('name')));
    if (!volumes.has(name)) errors.push(notFound(at.child('name'), name));
    append(errors, requireText(mountPath, at.child('mountPath')));
    if (taken.has(mountPath)) {
      errors.push(invalid(at.child('mountPath'), mountPath, 'must be unique'));
    }
    taken.add(mountPath);
    if (devices.has(name)) {
      errors.push(invalid(at.child('name'), name, 'must not already exist in volumeDevices'));
    }
    if (devicePaths.has(mountPath)) {
      const text = 'must not already exist as a path in volumeDevices';
      errors.push(invalid(at.child('mountPath'), mountPath, text));
    }
    append(errors, validateMountDetails(mount, container, path, at));
  }
  return errors;
}

// What concerns parts of a mount is reported at the list, as upstream does.
function validateMountDetails(
  mount: Mount,
  container: Container,
  path: Path,
  at: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const { subPath = '', subPathExpr = '' } = mount;
  if (subPath !== '') append(errors, validateLocalDescendingPath(subPath, path.child('subPath')));
  if (subPathExpr !== '') {
    if (subPath !== '') {
      const text = 'subPathExpr and subPath are mutually exclusive';
      errors.push(invalid(at.child('subPathExpr'), subPathExpr, text));
    }
    append(errors, validateLocalDescendingPath(subPathExpr, path.child('subPathExpr')));
  }
  const propagation: string | undefined = mount.mountPropagation;
  if (propagation !== undefined) {
    const where = path.child('mountPropagation');
    if (!PROPAGATIONS.includes(propagation)) {
      errors.push(notSupported(where, propagation, PROPAGATIONS));
    }
    if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
      const text = 'Bidirectional mount propagation is available only to privileged containers';
      errors.push(forbidden(where, text));
    }
  }
  return [...errors, ...validateRecursiveReadOnly(mount, path.child('recursiveReadOnly'))];
}

function validateRecursiveReadOnly(mount: Mount, path: Path): FieldErrors {
  const { recursiveReadOnly: mode, mountPropagation: propagation } = mount;
  if (mode === undefined || mode === 'Disabled') return [];
  if (!RECURSIVE.includes(mode)) return [notSupported(path, mode, RECURSIVE)];
  const errors: FieldErrors = [];
  if (mount.readOnly !== true) {
    errors.push(forbidden(path, 'may only be specified when readOnly is true'));
  }
  if (propagation !== undefined && propagation !== 'None') {
    const text = 'may only be specified when mountPropagation is None or not specified';
    errors.push(forbidden(path, text));
  }
  return errors;
}

/** `volumeDevices` of one container. */
export function validateVolumeDevices(
  container: Container,
  volumes: Volumes,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const mounts = pathsByName(container.volumeMounts ?? [], (it) => it.mountPath);
  const mountPaths = new Set(mounts.values());
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, device] of (container.volumeDevices ?? []).entries()) {
    const at = path.index(i);
    const { name = '', devicePath = '' } = device;
    append(errors, validateDeviceName(name, names, volumes.get(name), at.child('name')));
    append(errors, requireText(devicePath, at.child('devicePath')));
    if (paths.has(devicePath)) {
      errors.push(invalid(at.child('devicePath'), devicePath, 'must be unique'));
    }
    if (validatePathNoBacksteps(devicePath, at).length > 0) {
      const text = "can not contain backsteps ('..')";
      errors.push(invalid(at.child('devicePath'), devicePath, text));
    } else paths.add(devicePath);
    if (mounts.has(name)) {
      errors.push(invalid(at.child('name'), name, 'must not already exist in volumeMounts'));
    }
    if (mountPaths.has(devicePath)) {
      const text = 'must not already exist as a path in volumeMounts';
      errors.push(invalid(at.child('devicePath'), devicePath, text));
    }
    if (name !== '') names.add(name);
  }
  return errors;
}

function validateDeviceName(
  name: string,
  taken: ReadonlySet<string>,
  volume: Volume | undefined,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  if (name === '') errors.push(required(path, ''));
  if (taken.has(name)) errors.push(invalid(path, name, 'must be unique'));
  if (!volume) errors.push(notFound(path, name));
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const text =
      'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
    errors.push(invalid(path, name, text));
  }
  return errors;
}

/** Paths by name, the last of a name counting: upstream collects them in a map. */
function pathsByName<T extends Mount | Device>(
  list: readonly T[],
  pathOf: (it: T) => string | undefined,
): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const it of list) byName.set(it.name ?? '', pathOf(it) ?? '');
  return byName;
}
