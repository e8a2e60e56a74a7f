/**
 * Job, and what of it a CronJob's template shares.
 * Follows pkg/apis/batch/validation/validation.go. Updates and status are left out.
 */
import { selectorMatches, type Job } from '../../manifest/index.ts';
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policies.ts';
import {
  go,
  goStruct,
  goValue,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  nameIsDNSSubdomain,
  notSupported,
  Path,
  regexText,
  required,
  tooLong,
  utf8Length,
  validateKubeObjectMeta,
  validateLabelSelector,
  validateNonnegativeField,
  type FieldErrors,
} from './machinery/index.ts';
import { validatePodTemplateSpec } from './pod.ts';

export type JobSpec = Job['spec'];

const SPEC = Path.of('spec');
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
const JOB_NAME = 'batch.kubernetes.io/job-name';
const MAX_INDEXED = 100_000;
const HIGH_COMPLETIONS_LIMIT = 10_000;
const MAX_MANAGED_BY_LENGTH = 63;

/** ValidateJob. `metadata.uid` is that of the request. */
export function validateJob(job: Job): FieldErrors {
  const { metadata, spec } = job;
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSSubdomain, Path.of('metadata'));
  errors.push(...validateGeneratedSelector(job));
  errors.push(...validateJobSpec(spec, SPEC));
  if (!spec.selector) errors.push(required(SPEC.child('selector'), ''));
  else errors.push(...validateLabelSelector(spec.selector, SPEC.child('selector')));
  const labels = spec.template.metadata?.labels;
  if (
    validateLabelSelector(spec.selector, SPEC).length === 0 &&
    !selectorMatches(spec.selector, labels)
  ) {
    const path = SPEC.child('template', 'metadata', 'labels');
    errors.push(invalid(path, labels ?? null, '`selector` does not match template `labels`'));
  }
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const hostname = `${metadata.name}-${(spec.completions ?? 0) - 1}`;
    if (isDNS1123Label(hostname).length > 0) {
      const text = `will not able to create pod with invalid DNS label: ${hostname}`;
      errors.push(invalid(Path.of('metadata', 'name'), metadata.name, text));
    }
  }
  return errors;
}

function validateGeneratedSelector({ metadata, spec }: Job): FieldErrors {
  if (spec.manualSelector === true || !spec.selector) return [];
  const errors: FieldErrors = [];
  const { uid = '', name } = metadata;
  if (uid === '') errors.push(required(Path.of('metadata', 'uid'), ''));
  const expected = {
    'controller-uid': uid,
    'job-name': name,
    [CONTROLLER_UID]: uid,
    [JOB_NAME]: name,
  };
  const labels = spec.template.metadata?.labels ?? {};
  const path = SPEC.child('template', 'metadata').child('labels');
  for (const [key, value] of Object.entries(expected)) {
    const actual = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (actual === undefined) errors.push(required(path.key(key), `must be '${value}'`));
    else if (actual !== value) {
      errors.push(invalid(path.key(key), labels, `must be '${value}'`));
    }
  }
  const readable = validateLabelSelector(spec.selector, SPEC).length === 0;
  if (readable && !selectorMatches(spec.selector, expected)) {
    errors.push(invalid(SPEC.child('selector'), spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

/** validateJobSpec: all but the selector. */
export function validateJobSpec(spec: JobSpec, path: Path): FieldErrors {
  const errors = validateCounts(spec, path);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    const text = 'when maxFailedIndexes is specified';
    errors.push(required(path.child('backoffLimitPerIndex'), text));
  }
  errors.push(...validateManagedBy(spec.managedBy, path.child('managedBy')));
  errors.push(...validateCompletionMode(spec, path));
  if (spec.podFailurePolicy) {
    errors.push(...validatePodFailurePolicy(spec, path.child('podFailurePolicy')));
  }
  if (spec.successPolicy) {
    const at = path.child('successPolicy');
    if (spec.completionMode === 'Indexed') errors.push(...validateSuccessPolicy(spec, at));
    else {
      const value = goValue(printSuccessPolicy, spec.successPolicy);
      errors.push(invalid(at, value, 'requires indexed completion mode'));
    }
  }
  errors.push(...validatePodReplacementPolicy(spec, path.child('podReplacementPolicy')));
  errors.push(...validatePodTemplateSpec(spec.template, path.child('template')));
  errors.push(...validateRestartPolicy(spec, path.child('template', 'spec', 'restartPolicy')));
  return errors;
}

const printSuccessPolicy = goStruct({
  Rules: [
    'rules',
    go.slice(
      goStruct({
        SucceededIndexes: ['succeededIndexes', go.pointer()],
        SucceededCount: ['succeededCount', go.pointer()],
      }),
    ),
  ],
});

function validateCounts(spec: JobSpec, path: Path): FieldErrors {
  const errors: FieldErrors = [];
  const names = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  for (const name of names) {
    const value = spec[name];
    if (value !== undefined) errors.push(...validateNonnegativeField(value, path.child(name)));
  }
  return errors;
}

function validateManagedBy(managedBy: string | undefined, path: Path): FieldErrors {
  if (managedBy === undefined) return [];
  if (managedBy === '') return [required(path, '')];
  const errors: FieldErrors = [];
  const slash = managedBy.indexOf('/');
  const host = managedBy.slice(0, Math.max(0, slash));
  const rest = managedBy.slice(slash + 1);
  if (slash < 1 || rest === '') {
    const text = 'must be a domain-prefixed path (such as "acme.io/foo")';
    errors.push(invalid(path, managedBy, text));
  } else {
    for (const it of isDNS1123Subdomain(host)) errors.push(invalid(path, host, it));
    if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest)) {
      const format = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
      errors.push(invalid(path, rest, regexText('Invalid path', format)));
    }
  }
  if (utf8Length(managedBy) > MAX_MANAGED_BY_LENGTH) {
    errors.push(tooLong(path, MAX_MANAGED_BY_LENGTH));
  }
  return errors;
}

function validateCompletionMode(spec: JobSpec, path: Path): FieldErrors {
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const errors: FieldErrors = [];
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') {
    errors.push(notSupported(path.child('completionMode'), mode, ['NonIndexed', 'Indexed']));
  }
  if (mode === 'Indexed') return [...errors, ...validateIndexed(spec, path)];
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  const text = 'requires indexed completion mode';
  if (backoffLimitPerIndex !== undefined) {
    errors.push(invalid(path.child('backoffLimitPerIndex'), backoffLimitPerIndex, text));
  }
  if (maxFailedIndexes !== undefined) {
    errors.push(invalid(path.child('maxFailedIndexes'), maxFailedIndexes, text));
  }
  return errors;
}

function validateIndexed(spec: JobSpec, path: Path): FieldErrors {
  const { completions, parallelism, maxFailedIndexes } = spec;
  const errors: FieldErrors = [];
  const at = path.child('maxFailedIndexes');
  if (completions === undefined) {
    errors.push(required(path.child('completions'), 'when completion mode is Indexed'));
  }
  if (parallelism !== undefined && parallelism > MAX_INDEXED) {
    const text = `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`;
    errors.push(invalid(path.child('parallelism'), parallelism, text));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > (completions ?? Infinity)) {
    errors.push(invalid(at, maxFailedIndexes, 'must be less than or equal to completions'));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_INDEXED) {
    errors.push(invalid(at, maxFailedIndexes, `must be less than or equal to ${MAX_INDEXED}`));
  }
  if ((completions ?? 0) <= MAX_INDEXED || spec.backoffLimitPerIndex === undefined) return errors;
  if (maxFailedIndexes === undefined) {
    errors.push(required(at, `must be specified when completions is above ${MAX_INDEXED}`));
  }
  const limit =
    `must be less than or equal to ${HIGH_COMPLETIONS_LIMIT} when completions are above` +
    ` ${MAX_INDEXED} and used with backoff limit per index`;
  if (parallelism !== undefined && parallelism > HIGH_COMPLETIONS_LIMIT) {
    errors.push(invalid(path.child('parallelism'), parallelism, limit));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > HIGH_COMPLETIONS_LIMIT) {
    errors.push(invalid(at, maxFailedIndexes, limit));
  }
  return errors;
}

function validatePodReplacementPolicy(spec: JobSpec, path: Path): FieldErrors {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return [];
  const supported = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return supported.includes(policy) ? [] : [notSupported(path, policy, supported)];
}

function validateRestartPolicy(spec: JobSpec, path: Path): FieldErrors {
  const policy = spec.template.spec?.restartPolicy ?? '';
  if (policy === 'Always' || policy === '') {
    return [required(path, 'valid values: "OnFailure", "Never"')];
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupported(path, policy, ['OnFailure', 'Never'])];
  }
  if (!spec.podFailurePolicy || policy === 'Never') return [];
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}
