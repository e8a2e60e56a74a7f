/**
 * Whole numbers that JavaScript cannot hold, in the digits of the manifest. A draft has them
 * rounded, which decides every rule alike, but a message prints what the server read.
 */
import type { FieldError } from './validation/machinery/index.ts';

/** The error with the number at its place as it is written. */
export function withWrittenDigits(error: FieldError, given: unknown): FieldError {
  const printed = /^[A-Z][a-z]+ value: (-?\d{16,})(?!\d)/.exec(error.body)?.[1];
  if (printed === undefined) return error;
  let written: unknown = given;
  for (const step of error.path) {
    if (typeof written !== 'object' || written === null) return error;
    written = (written as Record<string, unknown>)[step];
  }
  if (typeof written !== 'bigint' || String(Number(written)) !== printed) return error;
  const { type, field, path, body } = error;
  return { type, field, path, body: body.replace(printed, written.toString()) };
}
