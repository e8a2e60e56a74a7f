/** Warnings about single containers (pkg/api/pod/warnings.go). */
import { formatQuantity, parseQuantity, quantityMilliValue } from '../../manifest/index.ts';
import { appArmorProfileOf, isSameProfile } from '../defaults/pod-strategy.ts';
import type { Container, PodSpec } from '../validation/pod-written.ts';
import { goQuote, type Path } from '../validation/machinery/index.ts';
import {
  APP_ARMOR_CONTAINER,
  SECCOMP_CONTAINER,
  SECCOMP_POD,
} from '../validation/pod-annotations.ts';
import { containersWithPath } from '../validation/pod-visit.ts';
import { append } from '../validation/pod-append.ts';

type Annotations = Readonly<Record<string, string>>;

/** Where the spec and its annotations stand, and whether it is that of a Pod. */
export interface WarningPlace {
  readonly path: Path;
  readonly annotationsPath: Path;
  readonly isPod: boolean;
}

const BYTES = ['memory', 'ephemeral-storage'] as const;
const SECCOMP_TEXT = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const APP_ARMOR_TEXT = 'deprecated since v1.30; use the "appArmorProfile" field instead';

/** Amounts of bytes in `spec.overhead` that are no whole number. */
export function overheadWarnings({ overhead }: PodSpec, path: Path): string[] {
  return BYTES.flatMap((name) => fractionalWarnings(overhead?.[name], path.key(name)));
}

/** A fraction of a byte. */
export function fractionalWarnings(amount: string | number | undefined, path: Path): string[] {
  const quantity = amount === undefined ? undefined : parseQuantity(amount);
  if (!quantity || quantityMilliValue(quantity) % 1000n === 0n) return [];
  const text = goQuote(formatQuantity(quantity));
  return [`${path.toString()}: fractional byte value ${text} is invalid, must be an integer`];
}

/** Annotations without their field, fractions of bytes, variables defined twice. */
export function containerWarnings(
  spec: PodSpec,
  annotations: Annotations,
  place: WarningPlace,
): string[] {
  const { path, annotationsPath, isPod } = place;
  const warnings: string[] = [];
  const warnIfAnnotated = (key: string, text: string): void => {
    if (!Object.hasOwn(annotations, key)) return;
    warnings.push(`${annotationsPath.key(key).toString()}: ${text}`);
  };
  if (!spec.securityContext?.seccompProfile) warnIfAnnotated(SECCOMP_POD, SECCOMP_TEXT);
  for (const { container, at } of containersWithPath(spec, path)) {
    const { securityContext: own, resources } = container;
    const name = container.name ?? '';
    if (!own?.seccompProfile) warnIfAnnotated(SECCOMP_CONTAINER + name, SECCOMP_TEXT);
    // Those of Pods are warned about where the annotation becomes a field.
    const appArmor = APP_ARMOR_CONTAINER + name;
    if (!isPod && !own?.appArmorProfile && !isPodProfile(annotations[appArmor] ?? '', spec)) {
      warnIfAnnotated(appArmor, APP_ARMOR_TEXT);
    }
    for (const resource of BYTES) {
      for (const half of ['limits', 'requests'] as const) {
        const where = at.child('resources', half).key(resource);
        append(warnings, fractionalWarnings(resources?.[half]?.[resource], where));
      }
    }
    append(warnings, envWarnings(container, at.child('env')));
  }
  return warnings;
}

/** Whether the annotation of a container says what the profile of the pod does. */
function isPodProfile(annotation: string, spec: PodSpec): boolean {
  const profile = appArmorProfileOf(annotation);
  return profile !== undefined && isSameProfile(profile, spec.securityContext?.appArmorProfile);
}

function envWarnings({ env = [] }: Container, path: Path): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name = '', value = '', valueFrom }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    // To add to the value before is fine: X="abc", X="$(X)123".
    const reference = `$(${name})`;
    if (!valueFrom && value !== reference && value.includes(reference)) return [];
    const text = `hides previous definition of ${goQuote(name)}`;
    return [`${path.index(i).toString()}: ${text}, which may be dropped when using apply`];
  });
}
