/**
 * CronJob. Follows pkg/apis/batch/validation/validation.go. Updates are left out.
 */
import type { CronJob } from '../../manifest/index.ts';
import { cronFault, timeZoneFault } from './cron-schedule.ts';
import { validateJobSpec, type JobSpec } from './job.ts';
import {
  GoJson,
  goJson,
  invalid,
  nameIsDNSSubdomain,
  notSupported,
  Path,
  required,
  utf8Length,
  validateKubeObjectMeta,
  validateNonnegativeField,
  type FieldErrors,
} from './machinery/index.ts';

const SPEC = Path.of('spec');
/** A Job's name may have 63 characters, and the controller appends 11. */
const MAX_NAME_LENGTH = 52;
const CONCURRENCY_POLICIES = ['Allow', 'Forbid', 'Replace'];

/** ValidateCronJobCreate. */
export function validateCronJob({ metadata, spec }: CronJob): FieldErrors {
  const errors = validateKubeObjectMeta(metadata, true, nameIsDNSSubdomain, Path.of('metadata'));
  errors.push(...validateSchedule(spec.schedule));
  errors.push(...optionalNonnegative(spec.startingDeadlineSeconds, 'startingDeadlineSeconds'));
  errors.push(...validateTimeZone(spec.timeZone));
  const policy = spec.concurrencyPolicy ?? '';
  const policyPath = SPEC.child('concurrencyPolicy');
  if (policy === '') errors.push(required(policyPath, ''));
  else if (!CONCURRENCY_POLICIES.includes(policy)) {
    errors.push(notSupported(policyPath, policy, CONCURRENCY_POLICIES));
  }
  errors.push(...validateJobTemplate(spec.jobTemplate.spec));
  errors.push(
    ...optionalNonnegative(spec.successfulJobsHistoryLimit, 'successfulJobsHistoryLimit'),
  );
  errors.push(...optionalNonnegative(spec.failedJobsHistoryLimit, 'failedJobsHistoryLimit'));
  if (utf8Length(metadata.name) > MAX_NAME_LENGTH) {
    const text = `must be no more than ${MAX_NAME_LENGTH} characters`;
    errors.push(invalid(Path.of('metadata', 'name'), metadata.name, text));
  }
  return errors;
}

function validateSchedule(schedule: string): FieldErrors {
  const path = SPEC.child('schedule');
  if (schedule === '') return [required(path, '')];
  const errors: FieldErrors = [];
  const fault = cronFault(schedule);
  if (fault !== undefined) errors.push(invalid(path, schedule, fault));
  if (schedule.includes('TZ')) {
    const text = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(invalid(path, schedule, text));
  }
  return errors;
}

function validateTimeZone(timeZone: string | undefined): FieldErrors {
  if (timeZone === undefined) return [];
  const path = SPEC.child('timeZone');
  const value = new GoJson(goJson(timeZone));
  if (timeZone === '') {
    return [invalid(path, value, 'timeZone must be nil or non-empty string')];
  }
  for (const part of timeZone.split('/')) {
    const bad = part === '.' || part === '..' || part.startsWith('-');
    if (bad || !/^[A-Za-z.\-_0-9+]{1,14}$/.test(part)) {
      return [invalid(path, value, `unknown time zone ${timeZone}`)];
    }
  }
  const errors: FieldErrors = [];
  if (timeZone.toLowerCase() === 'local') {
    const text =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalid(path, value, text));
  }
  const fault = timeZoneFault(timeZone);
  if (fault !== undefined) errors.push(invalid(path, value, fault));
  return errors;
}

function validateJobTemplate(spec: JobSpec | undefined): FieldErrors {
  const path = SPEC.child('jobTemplate', 'spec');
  if (!spec) return [];
  const errors = validateJobSpec(spec, path);
  if (spec.selector) {
    errors.push(
      invalid(path.child('selector'), spec.selector, '`selector` will be auto-generated'),
    );
  }
  if (spec.manualSelector === true) {
    errors.push(notSupported(path.child('manualSelector'), true, ['nil', 'false']));
  }
  return errors;
}

function optionalNonnegative(value: number | undefined, name: string): FieldErrors {
  return value === undefined ? [] : validateNonnegativeField(value, SPEC.child(name));
}
