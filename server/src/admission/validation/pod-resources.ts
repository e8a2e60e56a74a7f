/**
 * Requests and limits of containers, of the whole pod and of its overhead.
 * Follows validateResourceRequirements and validatePodResources of
 * pkg/apis/core/validation/validation.go, and pkg/apis/core/helper/helpers.go.
 */
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  type Quantity,
} from '../../manifest/index.ts';
import type { Container, PodSpec } from './pod-written.ts';
import {
  aggregateContainerResources,
  isHugePageResource,
  isNativeResource,
  isOvercommitAllowed,
} from '../defaults/pod-resource-names.ts';
import { isPodLevelResource } from '../pod-resources.ts';
import {
  forbidden,
  goNamed,
  invalid,
  isQualifiedName,
  notSupported,
  required,
  validateNonnegativeQuantity,
  type FieldErrors,
  type Path,
} from './machinery/index.ts';
import { validateResourceClaimNames } from './pod-resource-claims.ts';
import { append } from './pod-append.ts';

type Requirements = NonNullable<Container['resources']>;
type ResourceList = Readonly<Record<string, string | number>>;
type NameRule = (name: string, path: Path) => FieldErrors;

const STANDARD_RESOURCES: readonly string[] = [
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
];
const CONTAINER_RESOURCES: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
const INTEGER_RESOURCES: readonly string[] = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];

/** `resources` of one container. */
export function validateContainerResources(
  requirements: Requirements,
  claimNames: readonly string[],
  path: Path,
): FieldErrors {
  return validateRequirements(requirements, validateContainerResourceName, claimNames, path);
}

/** `spec.overhead` is checked as limits would be. */
export function validateOverhead(overhead: ResourceList, path: Path): FieldErrors {
  return validateRequirements({ limits: overhead }, validateContainerResourceName, [], path);
}

function validateRequirements(
  requirements: Requirements,
  nameRule: NameRule,
  claimNames: readonly string[],
  path: Path,
): FieldErrors {
  const errors: FieldErrors = [];
  const limits = quantities(requirements.limits);
  const requests = quantities(requirements.requests);
  for (const [name, amount] of limits) {
    append(errors, validateAmount(name, amount, nameRule, path.child('limits').key(name)));
    append(errors, validateHugePages(name, amount, path.child('limits').key(name)));
  }
  for (const [name, amount] of requests) {
    const at = path.child('requests').key(name);
    append(errors, validateAmount(name, amount, nameRule, at));
    append(errors, validateAgainstLimit(name, amount, limits.get(name), path));
    append(errors, validateHugePages(name, amount, at));
  }
  const names = [...limits.keys(), ...requests.keys()];
  if (!names.includes('cpu') && !names.includes('memory') && names.some(isHugePageResource)) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  const claims = path.child('claims');
  append(errors, validateResourceClaimNames(requirements.claims ?? [], claimNames, claims));
  return errors;
}

function quantities(list: ResourceList | undefined): ReadonlyMap<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity) amounts.set(name, quantity);
  }
  return amounts;
}

function validateAmount(
  name: string,
  amount: Quantity,
  nameRule: NameRule,
  path: Path,
): FieldErrors {
  return [...nameRule(name, path), ...validateQuantityValue(name, amount, path)];
}

/** ValidateResourceQuantityValue: not negative, and whole where the resource is counted. */
export function validateQuantityValue(name: string, amount: Quantity, path: Path): FieldErrors {
  const text = formatQuantity(amount);
  const errors = validateNonnegativeQuantity(text, path);
  const counted = INTEGER_RESOURCES.includes(name) || isExtendedResource(name);
  if (counted && quantityMilliValue(amount) % 1000n !== 0n) {
    errors.push(invalid(path, text, 'must be an integer'));
  }
  return errors;
}

function validateAgainstLimit(
  name: string,
  amount: Quantity,
  limit: Quantity | undefined,
  path: Path,
): FieldErrors {
  const overcommit = isOvercommitAllowed(name);
  if (!limit) {
    const text = 'Limit must be set for non overcommitable resources';
    return overcommit ? [] : [required(path.child('limits'), text)];
  }
  const order = compareQuantities(amount, limit);
  const tail = `${name} limit of ${formatQuantity(limit)}`;
  const at = path.child('requests');
  if (order !== 0 && !overcommit) {
    return [invalid(at, formatQuantity(amount), `must be equal to ${tail}`)];
  }
  if (order <= 0) return [];
  return [invalid(at, formatQuantity(amount), `must be less than or equal to ${tail}`)];
}

function validateHugePages(name: string, amount: Quantity, path: Path): FieldErrors {
  if (!isHugePageResource(name)) return [];
  const size = parseQuantity(name.slice('hugepages-'.length));
  const divisible =
    size !== undefined &&
    quantityValue(size) > 0n &&
    quantityMilliValue(size) % 1000n === 0n &&
    quantityValue(amount) % quantityValue(size) === 0n;
  if (divisible) return [];
  const text = formatQuantity(amount);
  return [invalid(path, text, `${text} is not positive integer multiple of ${name}`)];
}

function validateResourceName(name: string, path: Path): FieldErrors {
  const wrong = isQualifiedName(name).map((it) => invalid(path, goNamed(name), it));
  if (wrong.length > 0 || name.includes('/')) return wrong;
  if (STANDARD_RESOURCES.includes(name) || isHugePageResource(name)) return [];
  return [invalid(path, goNamed(name), 'must be a standard resource type or fully qualified')];
}

function validateContainerResourceName(name: string, path: Path): FieldErrors {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (!CONTAINER_RESOURCES.includes(name) && !isHugePageResource(name)) {
      errors.push(invalid(path, goNamed(name), 'must be a standard resource for containers'));
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(path, goNamed(name), "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** A resource of somebody's own, as device plugins offer. */
function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return isQualifiedName(`requests.${name}`).length === 0;
}

function validatePodResourceName(name: string, path: Path): FieldErrors {
  const errors = validateResourceName(name, path);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [notSupported(path, name, ['cpu', 'hugepages-', 'memory'])];
}

/** `spec.resources`: what all containers share. */
export function validatePodResources(
  spec: PodSpec,
  claimNames: readonly string[],
  path: Path,
): FieldErrors {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [forbidden(path, 'may not be set for a windows pod')];
  const errors: FieldErrors = [];
  if (resources.claims) {
    const text = 'claims may not be set for Resources at pod-level';
    errors.push(forbidden(path.child('claims'), text));
  }
  append(errors, validateRequirements(resources, validatePodResourceName, claimNames, path));
  append(errors, validateAggregates(spec, resources, path));
  append(errors, validateContainerLimits(spec, resources, path));
  return errors;
}

function validateAggregates(spec: PodSpec, resources: Requirements, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const requests = quantities(resources.requests);
  for (const [name, sum] of aggregateContainerResources(spec, 'requests')) {
    const own = requests.get(name);
    if (!own || compareQuantities(sum, own) <= 0) continue;
    const text = 'must be greater than or equal to aggregate container requests of';
    const at = path.child('requests').key(name);
    errors.push(invalid(at, formatQuantity(own), `${text} ${formatQuantity(sum)}`));
  }
  const limits = quantities(resources.limits);
  for (const [name, sum] of aggregateContainerResources(spec, 'limits')) {
    const own = limits.get(name);
    if (!isHugePageResource(name) || !own || compareQuantities(sum, own) <= 0) continue;
    const text = 'must be greater than or equal to aggregate container limits of';
    const at = path.child('limits').key(name);
    errors.push(invalid(at, formatQuantity(own), `${text} ${formatQuantity(sum)}`));
  }
  return errors;
}

function validateContainerLimits(spec: PodSpec, resources: Requirements, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const limits = quantities(resources.limits);
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [name, limit] of quantities(container.resources?.limits)) {
      const own = limits.get(name);
      if (!own || compareQuantities(limit, own) <= 0) continue;
      const text = `must be less than or equal to pod limits of ${formatQuantity(own)}`;
      const at = path.child('containers').index(i).key(name).child('limits');
      errors.push(invalid(at, formatQuantity(limit), text));
    }
  }
  return errors;
}
