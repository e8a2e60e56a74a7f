/**
 * How containers take a change of their resources.
 * Follows validateResizePolicy and validateInitContainers of
 * pkg/apis/core/validation/validation.go.
 */
import type { Container } from './pod-written.ts';
import {
  duplicate,
  goNamed,
  invalid,
  notSupported,
  required,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';

const RESIZE_RESOURCES: readonly string[] = ['cpu', 'memory'];
const RESIZE_POLICIES: readonly string[] = ['NotRequired', 'RestartContainer'];

/** `resizePolicy` of one container. */
export function validateResizePolicy(
  policies: NonNullable<Container['resizePolicy']>,
  restartPolicy: string,
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const seen = new Set<string>();
  for (const [i, it] of policies.entries()) {
    const name = it.resourceName ?? '';
    const policy = it.restartPolicy ?? '';
    if (seen.has(name)) errors.push(duplicate(path.index(i), goNamed(name)));
    seen.add(name);
    if (name === '') errors.push(required(path, ''));
    else if (!RESIZE_RESOURCES.includes(name)) {
      errors.push(notSupported(path, name, RESIZE_RESOURCES));
    }
    if (policy === '') errors.push(required(path, ''));
    else if (!RESIZE_POLICIES.includes(policy)) {
      errors.push(notSupported(path, policy, RESIZE_POLICIES));
    }
    if (restartPolicy === 'Never' && policy !== 'NotRequired') {
      const text = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      errors.push(invalid(path, goNamed(policy), text));
    }
  }
  return errors;
}

/** An init container that ends cannot be restarted for a change. */
export function validateResizeWithoutRestart(
  { resizePolicy = [] }: Container,
  path: Path,
): FieldErrors {
  const text = "must not be set to 'RestartContainer' for non-sidecar initContainers";
  return resizePolicy.flatMap(({ restartPolicy }, i) =>
    restartPolicy === 'RestartContainer'
      ? [invalid(path.index(i).child('restartPolicy'), restartPolicy, text)]
      : [],
  );
}
