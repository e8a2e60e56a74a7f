/**
 * Containers, init containers and ephemeral containers.
 * Follows validateContainers, validateInitContainers, validateEphemeralContainers and
 * validateContainerCommon of pkg/apis/core/validation/validation.go.
 */
import type { Container, PodSpec } from './pod-written.ts';
import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import type { PodContext } from './pod-context.ts';
import { validateEnv, validateEnvFrom } from './pod-env.ts';
import { validateVolumeDevices, validateVolumeMounts } from './pod-mounts.ts';
import { requireText, validateDNS1123Label } from './pod-names.ts';
import { checkHostPortConflicts, validateContainerPorts } from './pod-ports.ts';
import { validateProbesAndHooks } from './pod-probes.ts';
import { validateResizePolicy, validateResizeWithoutRestart } from './pod-resize-policy.ts';
import { validateContainerResources } from './pod-resources.ts';
import {
  validateContainerRestartPolicy,
  validateInitContainerRestartPolicy,
} from './pod-restart-rules.ts';
import { validateContainerSecurityContext } from './pod-security-context.ts';
import { validatePullPolicy } from './pod-volume-files.ts';
import { append } from './pod-append.ts';

type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number];

const MESSAGE_POLICIES: readonly string[] = ['File', 'FallbackToLogsOnError'];
const INIT_TEXT = 'may not be set for init containers without restartPolicy=Always';
const EPHEMERAL_TEXT = 'cannot be set for an Ephemeral Container';

/** What every container must be, of whichever kind. */
function validateCommon(container: Container, context: PodContext, path: Path): FieldErrors {
  const { name = '', resources } = container;
  const errors: FieldErrors = requireText(name, path.child('name'));
  if (name !== '') append(errors, validateDNS1123Label(name, path.child('name')));
  append(errors, requireText(container.image, path.child('image')));
  append(
    errors,
    validateMessagePolicy(
      container.terminationMessagePolicy ?? '',
      path.child('terminationMessagePolicy'),
    ),
  );
  const { volumes, hostUsers, claimNames } = context;
  append(errors, validateContainerPorts(container.ports ?? [], path.child('ports')));
  append(errors, validateEnv(container.env ?? [], path.child('env')));
  append(errors, validateEnvFrom(container.envFrom ?? [], path.child('envFrom')));
  append(errors, validateVolumeMounts(container, volumes, path.child('volumeMounts')));
  append(errors, validateVolumeDevices(container, volumes, path.child('volumeDevices')));
  const pullPolicy = path.child('imagePullPolicy');
  append(errors, validatePullPolicy(container.imagePullPolicy ?? '', pullPolicy));
  append(errors, validateContainerResources(resources ?? {}, claimNames, path.child('resources')));
  const resize = path.child('resizePolicy');
  append(errors, validateResizePolicy(container.resizePolicy ?? [], context.restartPolicy, resize));
  const security = path.child('securityContext');
  append(errors, validateContainerSecurityContext(container.securityContext, hostUsers, security));
  return errors;
}

function validateMessagePolicy(policy: string, path: Path): FieldErrors {
  if (policy === '') return [required(path, '')];
  return MESSAGE_POLICIES.includes(policy) ? [] : [notSupported(path, policy, MESSAGE_POLICIES)];
}

/** `spec.containers`. */
export function validateContainers(
  containers: readonly Container[],
  context: PodContext,
  path: Path,
): FieldErrors {
  if (containers.length === 0) return [required(path, '')];
  const errors: FieldErrors = [];
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const at = path.index(i);
    const name = container.name ?? '';
    append(errors, validateCommon(container, context, at));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    names.add(name);
    append(errors, validateProbesAndHooks(container, context.gracePeriodSeconds, at));
    append(errors, validateContainerRestartPolicy(container, at));
  }
  return [...errors, ...checkHostPortConflicts(containers, path)];
}

/** `spec.initContainers`: sidecars may have what containers have, the others may not. */
export function validateInitContainers(
  containers: readonly Container[],
  others: readonly Container[],
  context: PodContext,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const names = new Set(others.map((it) => it.name ?? ''));
  for (const [i, container] of containers.entries()) {
    const at = path.index(i);
    const name = container.name ?? '';
    append(errors, validateCommon(container, context, at));
    append(errors, validateInitContainerRestartPolicy(container, at));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    else if (name !== '') names.add(name);
    // They run one after the other, so each is checked alone; the path is the list's.
    append(errors, checkHostPortConflicts([container], path));
    if (container.restartPolicy === 'Always') {
      append(errors, validateProbesAndHooks(container, context.gracePeriodSeconds, at));
      continue;
    }
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field]) errors.push(forbidden(at.child(field), INIT_TEXT));
    }
    append(errors, validateResizeWithoutRestart(container, at.child('resizePolicy')));
  }
  return errors;
}

/** Fields that only containers with a task of their own have, in the order of the Go struct. */
const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** `spec.ephemeralContainers`. */
export function validateEphemeralContainers(
  spec: PodSpec,
  context: PodContext,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const others = new Set(
    [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((it) => it.name ?? ''),
  );
  const names = new Set(others);
  for (const [i, ephemeral] of (spec.ephemeralContainers ?? []).entries()) {
    const at = path.index(i);
    const { name = '', targetContainerName: target = '' } = ephemeral;
    append(errors, validateCommon(ephemeral, context, at));
    append(errors, validateImageSpace(ephemeral, at));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    names.add(name);
    if (target !== '' && !others.has(target)) {
      errors.push(notFound(at.child('targetContainerName'), target));
    }
    append(errors, validateEphemeralFields(ephemeral, at));
  }
  return errors;
}

function validateEphemeralFields(ephemeral: EphemeralContainer, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  for (const field of NOT_EPHEMERAL) {
    if (isWritten(field, ephemeral[field]))
      errors.push(forbidden(path.child(field), EPHEMERAL_TEXT));
  }
  for (const [i, mount] of (ephemeral.volumeMounts ?? []).entries()) {
    const at = path.child('volumeMounts').index(i);
    for (const field of ['subPath', 'subPathExpr'] as const) {
      if ((mount[field] ?? '') !== '') errors.push(forbidden(at.child(field), EPHEMERAL_TEXT));
    }
  }
  return errors;
}

/** Whether Go has more than a zero value there; `resources` is no pointer and always there. */
function isWritten(field: (typeof NOT_EPHEMERAL)[number], value: unknown): boolean {
  if (value === undefined) return false;
  return field !== 'resources' || Object.keys(value ?? {}).length > 0;
}

/** Rules for containers that templates do not have: spaces around the image. */
export function validateContainersOnlyForPod(
  containers: readonly Container[],
  path: Path,
): FieldErrors {
  return containers.flatMap((it, i) => validateImageSpace(it, path.index(i)));
}

function validateImageSpace({ image = '' }: { readonly image?: string }, path: Path): FieldErrors {
  if (image.trim().length === image.length) return [];
  return [invalid(path.child('image'), image, 'must not have leading or trailing whitespace')];
}
