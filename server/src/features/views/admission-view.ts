/** What the API server does to an object: verdict, causes, and each change with its author. */
import type { AdmittedManifest } from '../../prediction/index.ts';
import {
  formatPath,
  locateInDocument,
  type FieldPath,
  type Manifest,
} from '../../manifest/index.ts';
import type { AdmissionView, Place } from '../../protocol/index.ts';
import { placeIn } from '../places.ts';
import { toYaml, valueText } from '../yaml-text.ts';

export function admissionView({ manifest, admission, stored }: AdmittedManifest): AdmissionView {
  return {
    allowed: admission.allowed,
    code: admission.code,
    reason: admission.reason,
    message: admission.message,
    causes: admission.causes.map(({ reason, message, field, path }) => ({
      reason,
      message,
      field,
      place: placeAt(manifest, path),
    })),
    warnings: admission.warnings,
    mutations: admission.mutations.map(({ path, author, before, after }) => ({
      path: formatPath(path),
      author,
      before: textOrNull(before),
      after: textOrNull(after),
      place: placeAt(manifest, path),
    })),
    submitted: toYaml(manifest.object),
    stored: toYaml(stored),
    webhooks: admission.webhooks,
    asksWho: admission.asksWho,
    later: admission.later.map(({ message, field, path }) => ({
      message: `${field}: ${message}`,
      place: placeAt(manifest, path),
    })),
  };
}

function placeAt(manifest: Manifest, path: FieldPath): Place {
  const { file, range } = locateInDocument(manifest.document, [...manifest.at, ...path]);
  return placeIn(file, range);
}

function textOrNull(value: unknown): string | null {
  return value === undefined ? null : valueText(value);
}
