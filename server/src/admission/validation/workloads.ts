/**
 * Deployment, ReplicaSet and DaemonSet; StatefulSets are in `stateful-set.ts`.
 * Follows pkg/apis/apps/validation/validation.go. Updates and status are left out.
 */
import {
  selectorMatches,
  type DaemonSet,
  type Deployment,
  type LabelSelector,
  type PodTemplateSpec,
  type ReplicaSet,
} from '../../manifest/index.ts';
import { ROLLBACK_TO } from '../conversion.ts';
import {
  intOrPercentValue,
  validateNotMoreThan100Percent,
  validatePositiveIntOrPercent,
} from './int-or-percent.ts';
import {
  forbidden,
  go,
  goStruct,
  goValue,
  invalid,
  nameIsDNSSubdomain,
  notSupported,
  Path,
  required,
  validateKubeObjectMeta,
  validateLabelSelector,
  validateNonnegativeField,
  type FieldErrors,
} from './machinery/index.ts';
import { validatePodTemplateSpec } from './pod.ts';

const METADATA = Path.of('metadata');
const SPEC = Path.of('spec');
const TEMPLATE = SPEC.child('template');
const MISMATCH = '`selector` does not match template `labels`';

const printRollingUpdate = goStruct({
  MaxUnavailable: ['maxUnavailable', go.int],
  MaxSurge: ['maxSurge', go.int],
});
const printStrategy = goStruct({
  Type: ['type', go.string],
  RollingUpdate: ['rollingUpdate', go.pointer(printRollingUpdate)],
});
/** ValidateDeployment. */
export function validateDeployment({ metadata, spec }: Deployment): FieldErrors {
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSSubdomain, METADATA);
  errors.push(...validateNonnegativeField(spec.replicas ?? 0, SPEC.child('replicas')));
  errors.push(
    ...validateRequiredSelector(spec.selector, 'empty selector is invalid for deployment'),
  );
  errors.push(...validateReplicaTemplate(spec.template ?? {}, spec.selector));
  errors.push(...validateDeploymentStrategy(spec.strategy ?? {}));
  const minReadySeconds = spec.minReadySeconds ?? 0;
  errors.push(...validateNonnegativeField(minReadySeconds, SPEC.child('minReadySeconds')));
  errors.push(...optionalNonnegative(spec.revisionHistoryLimit, 'revisionHistoryLimit'));
  const revision = Number(metadata.annotations?.[ROLLBACK_TO] ?? 0);
  errors.push(...validateNonnegativeField(revision, SPEC.child('rollback', 'version')));
  errors.push(...optionalNonnegative(spec.progressDeadlineSeconds, 'progressDeadlineSeconds'));
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined && deadline <= minReadySeconds) {
    const path = SPEC.child('progressDeadlineSeconds');
    errors.push(invalid(path, deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateDeploymentStrategy(
  strategy: NonNullable<Deployment['spec']['strategy']>,
): FieldErrors {
  const path = SPEC.child('strategy');
  const { type = '', rollingUpdate } = strategy;
  if (type === 'Recreate') {
    if (!rollingUpdate) return [];
    const text = "may not be specified when strategy `type` is 'Recreate'";
    return [forbidden(path.child('rollingUpdate'), text)];
  }
  if (type !== 'RollingUpdate') {
    return [notSupported(path, goValue(printStrategy, strategy), ['Recreate', 'RollingUpdate'])];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const at = path.child('rollingUpdate', 'maxUnavailable');
  const errors = validatePositiveIntOrPercent(maxUnavailable, at);
  errors.push(...validatePositiveIntOrPercent(maxSurge, path.child('rollingUpdate', 'maxSurge')));
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0) {
    errors.push(invalid(at, goValue(go.int, maxUnavailable), 'may not be 0 when `maxSurge` is 0'));
  }
  errors.push(...validateNotMoreThan100Percent(maxUnavailable, at));
  return errors;
}

/** ValidateReplicaSet. */
export function validateReplicaSet({ metadata, spec }: ReplicaSet): FieldErrors {
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSSubdomain, METADATA);
  errors.push(...validateNonnegativeField(spec.replicas ?? 0, SPEC.child('replicas')));
  errors.push(
    ...validateNonnegativeField(spec.minReadySeconds ?? 0, SPEC.child('minReadySeconds')),
  );
  errors.push(
    ...validateRequiredSelector(spec.selector, 'empty selector is invalid for deployment'),
  );
  errors.push(...validateReplicaTemplate(spec.template ?? {}, spec.selector));
  return errors;
}

/** ValidateDaemonSet. */
export function validateDaemonSet({ metadata, spec }: DaemonSet): FieldErrors {
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSSubdomain, METADATA);
  const selectorPath = SPEC.child('selector');
  errors.push(...validateLabelSelector(spec.selector, selectorPath));
  const labels = spec.template.metadata?.labels;
  if (isReadable(spec.selector) && !selectorMatches(spec.selector, labels)) {
    errors.push(invalid(TEMPLATE.child('metadata', 'labels'), labels ?? null, MISMATCH));
  }
  // Missing and empty differ: only an empty selector is told to be empty.
  if (spec.selector && isEmptySelector(spec.selector)) {
    errors.push(invalid(selectorPath, spec.selector, 'empty selector is invalid for daemonset'));
  }
  errors.push(...validatePodTemplateSpec(spec.template, TEMPLATE));
  errors.push(...validateAlwaysRestarted(spec.template, 'DaemonSet'));
  errors.push(
    ...validateNonnegativeField(spec.minReadySeconds ?? 0, SPEC.child('minReadySeconds')),
  );
  errors.push(...validateDaemonSetStrategy(spec.updateStrategy ?? {}));
  errors.push(...optionalNonnegative(spec.revisionHistoryLimit, 'revisionHistoryLimit'));
  return errors;
}

function validateDaemonSetStrategy(
  strategy: NonNullable<DaemonSet['spec']['updateStrategy']>,
): FieldErrors {
  const path = SPEC.child('updateStrategy');
  const { type = '', rollingUpdate } = strategy;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    return [notSupported(path, goValue(printStrategy, strategy), ['RollingUpdate', 'OnDelete'])];
  }
  const at = path.child('rollingUpdate');
  if (!rollingUpdate) return [required(at, '')];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const errors = validatePositiveIntOrPercent(maxUnavailable, at.child('maxUnavailable'));
  errors.push(...validatePositiveIntOrPercent(maxSurge, at.child('maxSurge')));
  errors.push(...validateNotMoreThan100Percent(maxUnavailable, at.child('maxUnavailable')));
  errors.push(...validateNotMoreThan100Percent(maxSurge, at.child('maxSurge')));
  const hasUnavailable = intOrPercentValue(maxUnavailable) !== 0;
  const hasSurge = intOrPercentValue(maxSurge) !== 0;
  if (hasUnavailable && hasSurge) {
    const text = 'may not be set when maxUnavailable is non-zero';
    errors.push(invalid(at.child('maxSurge'), goValue(go.int, maxSurge), text));
  } else if (!hasUnavailable && !hasSurge) {
    errors.push(required(at.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

/** A selector that must be there and must not be empty. */
export function validateRequiredSelector(
  selector: LabelSelector | undefined,
  emptyText: string,
): FieldErrors {
  const path = SPEC.child('selector');
  if (!selector) return [required(path, '')];
  const errors = validateLabelSelector(selector, path);
  if (isEmptySelector(selector)) errors.push(invalid(path, selector, emptyText));
  return errors;
}

/** ValidatePodTemplateSpecForReplicaSet. */
function validateReplicaTemplate(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
): FieldErrors {
  if (!isReadable(selector)) {
    return [invalid(SPEC.child('selector'), selector ?? null, 'invalid label selector')];
  }
  return [
    ...validateSelected(template, selector),
    ...validatePodTemplateSpec(template, TEMPLATE),
    ...validateAlwaysRestarted(template, 'ReplicaSet'),
  ];
}

/** A missing selector selects nothing; an empty one is told before and matches all. */
export function validateSelected(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
): FieldErrors {
  const labels = template.metadata?.labels;
  if ((selector && isEmptySelector(selector)) || selectorMatches(selector, labels)) return [];
  return [invalid(TEMPLATE.child('metadata', 'labels'), labels ?? null, MISMATCH)];
}

/** What a controller that keeps its Pods running asks of their template. */
export function validateAlwaysRestarted(template: PodTemplateSpec, kind: string): FieldErrors {
  const errors: FieldErrors = [];
  const path = TEMPLATE.child('spec');
  const restartPolicy = template.spec?.restartPolicy ?? '';
  if (restartPolicy !== 'Always') {
    errors.push(notSupported(path.child('restartPolicy'), restartPolicy, ['Always']));
  }
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const text = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbidden(path.child('activeDeadlineSeconds'), text));
  }
  return errors;
}

function isEmptySelector({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels ?? {}).length + (matchExpressions?.length ?? 0) === 0;
}

/** Whether LabelSelectorAsSelector makes sense of it. */
export function isReadable(selector: LabelSelector | undefined): boolean {
  return validateLabelSelector(selector, SPEC).length === 0;
}

function optionalNonnegative(value: number | undefined, name: string): FieldErrors {
  return value === undefined ? [] : validateNonnegativeField(value, SPEC.child(name));
}
