/**
 * Everything that is wrong or may go wrong, in one list: faults of the text, refusals of the API
 * server, pods that fit nowhere, races. Diagnostics, the command line and the views all show this.
 */
import type { SourceFile, TextRange } from '../source/index.ts';
import type { Certainty } from '../explanation/index.ts';
import {
  LIMITS,
  fieldAt,
  keyOf,
  locate,
  locateInDocument,
  type Citable,
  type Manifest,
  type ManifestDocument,
} from '../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../prediction/index.ts';
import type { FoundRace, RaceFix, Severity, WitnessStep } from '../races/index.ts';
import { annotationFaults } from './app-annotations.ts';
import { blamedField, schedulingFixes, unschedulableMessage } from './scheduling-blame.ts';
import { subjectOf } from './subjects.ts';

export interface RelatedPlace {
  readonly file: SourceFile;
  readonly range: TextRange;
  readonly message: string;
}

/** One thing to tell the user, at its place. */
export interface Finding {
  readonly file: SourceFile;
  readonly range: TextRange;
  /** The rule's id, the server's reason, or the problem's code. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly certainty: Certainty;
  readonly related: readonly RelatedPlace[];
  readonly witness: readonly WitnessStep[];
  readonly fixes: readonly RaceFix[];
  /** `Deployment/shop/web`; undefined for faults of a text. */
  readonly subject: string | undefined;
  /** A race rule, as opposed to a fault: it can be silenced. */
  readonly isRule: boolean;
}

/** Behind what the server does not say yet. */
export const LATER = '(told once the fault above is mended)';

const LATER_BELOW = LATER.replace('above', 'below');

type Draft = Partial<Finding> & Pick<Finding, 'code' | 'severity' | 'message'>;

/** All findings of a prediction. `races` are those of the rules that are on. */
export function collectFindings(
  documents: readonly ManifestDocument[],
  prediction: Prediction,
  races: readonly FoundRace[],
): readonly Finding[] {
  return [
    ...documents.flatMap(documentFindings),
    ...prediction.world.declared.problems.flatMap(({ manifest, problem }) =>
      atPath(manifest, problem.path ?? ['kind'], problem),
    ),
    ...prediction.world.admitted.flatMap((it) =>
      it.admission.allowed ? [] : refusalFindings(it.manifest, it.admission),
    ),
    ...beyondLimit(prediction),
    ...prediction.workloads.flatMap(unreadAnnotations),
    ...prediction.workloads.flatMap(podRefusal),
    ...prediction.workloads.flatMap((it) => schedulingFindings(it, prediction)),
    ...races.flatMap((it) => raceFinding(it, prediction)),
  ];
}

function documentFindings(document: ManifestDocument): readonly Finding[] {
  return document.problems.map((it) => complete(document.file, it.range, it));
}

function refusalFindings(
  manifest: Manifest,
  admission: WorkloadPrediction['admission'],
): readonly Finding[] {
  // A broken text is told once; what the server would say of its readable part is noise.
  if (manifest.document.problems.some((it) => /^(?:yaml|alias|depth)-/.test(it.code))) return [];
  const subject = subjectOf(manifest);
  const base = { code: admission.reason || 'Refused', severity: 'error' as const, subject };
  if (admission.causes.length === 0) {
    return atPath(manifest, ['metadata', 'name'], { ...base, message: admission.message });
  }
  const told = (cause: (typeof admission.causes)[number], note = '') =>
    atPath(manifest, cause.path, {
      ...base,
      code: cause.reason,
      message: `${cause.field ? `${cause.field}: ` : ''}${cause.message}${note}`,
    });
  const faults = admission.causes.flatMap((it) => told(it));
  const first = Math.min(...faults.map((it) => it.range.start));
  const later = admission.later.flatMap((it) => told(it, ` ${LATER}`));
  return [
    ...faults,
    ...later.map((it) =>
      it.range.start < first ? { ...it, message: it.message.replace(LATER, LATER_BELOW) } : it,
    ),
  ];
}

/** Where a very large workspace is no longer looked through for races, the user is told. */
function beyondLimit({ workloads }: Prediction): readonly Finding[] {
  const first = workloads[LIMITS.workloadsWithRaces];
  if (!first) return [];
  return atPath(first.manifest, ['metadata', 'name'], {
    code: 'workload-limit',
    severity: 'information',
    message: `races are looked for in the first ${LIMITS.workloadsWithRaces} of ${workloads.length} workloads; this one and those behind it are left out`,
  });
}

function unreadAnnotations({ model, subject }: WorkloadPrediction): readonly Finding[] {
  if (!model) return [];
  return annotationFaults(model).flatMap(({ at, message }) =>
    atCitable(at, { code: 'app-annotation', severity: 'warning', message, subject }),
  );
}

/** A workload that is admitted while its pods would be refused. */
function podRefusal(workload: WorkloadPrediction): readonly Finding[] {
  if (workload.kind === 'Pod' || !workload.admission.allowed) return [];
  const refused = workload.pods.find((it) => !it.admission.allowed);
  if (!refused) return [];
  const { admission, pod } = refused;
  const [cause] = admission.causes;
  const place = cause ? fieldAt(pod, cause.path) : fieldAt(workload.object, ['metadata', 'name']);
  const message = `${workload.kind} "${workload.name}" is accepted, but its pods are refused: ${admission.message}`;
  return atCitable(place, {
    code: 'pods-refused',
    severity: 'error',
    message,
    subject: workload.subject,
  });
}

function schedulingFindings(
  workload: WorkloadPrediction,
  prediction: Prediction,
): readonly Finding[] {
  const { pod, scheduling } = workload;
  const first = workload.pods[0];
  if (!pod || !scheduling || !first?.admission.allowed || !workload.admission.allowed) return [];
  if (scheduling.nodeName !== undefined || scheduling.gated !== undefined) return [];
  const supposed = prediction.world.declared.usesDefaultNodes;
  return atCitable(blamedField(pod, scheduling), {
    code: 'unschedulable',
    severity: supposed ? 'information' : 'warning',
    certainty: supposed ? 'assumed' : 'exact',
    message: unschedulableMessage(scheduling, supposed),
    fixes: supposed ? [] : schedulingFixes(pod, prediction),
    subject: workload.subject,
  });
}

/** What one does not know cannot be assumed: it is named. */
function assumption(restsOn: string): string {
  const isOpen = /^(?:how|what|which|where|who|the declared|the drain)\b/.test(restsOn);
  return `${isOpen ? 'this rests on' : 'assuming'} ${restsOn}`;
}

function raceFinding(
  { rule, workload, finding }: FoundRace,
  prediction: Prediction,
): readonly Finding[] {
  const severity = prediction.config.rules[rule.id] ?? finding.severity ?? rule.severity;
  if (severity === 'off') return [];
  const rests = finding.restsOn ? ` (${assumption(finding.restsOn)})` : '';
  const made = atCitable(finding.at, {
    code: rule.id,
    severity,
    message: `${finding.message}${rests}`,
    certainty: finding.certainty ?? 'exact',
    related: (finding.related ?? []).flatMap(({ at, message }) => {
      const found = locate(at);
      return found ? [{ file: found.file, range: found.range, message }] : [];
    }),
    witness: finding.witness ?? [],
    subject: workload?.subject,
    isRule: true,
  });
  // A rule may work out its fixes only when they are asked for, so nobody asks here.
  return made.map((it) =>
    Object.defineProperty(it, 'fixes', { get: () => finding.fixes ?? [], enumerable: true }),
  );
}

function atCitable(at: Citable, draft: Draft): readonly Finding[] {
  const found = locate(at) ?? locate(keyOf(at));
  return found ? [complete(found.file, found.range, draft)] : [];
}

function atPath(
  manifest: Manifest,
  path: readonly (string | number)[],
  draft: Draft,
): readonly Finding[] {
  const { file, range } = locateInDocument(manifest.document, [...manifest.at, ...path]);
  return [complete(file, range, { subject: subjectOf(manifest), ...draft })];
}

/** A finding at a place, with what nothing else is said of. */
export function complete(file: SourceFile, range: TextRange, draft: Draft): Finding {
  return {
    certainty: 'exact',
    related: [],
    witness: [],
    fixes: [],
    subject: undefined,
    isRule: false,
    ...draft,
    file,
    range,
  };
}
