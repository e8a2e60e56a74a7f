/** How views and findings name the workload they are of, also where several have one name. */
import { locateInDocument, type KubernetesObject, type Manifest } from '../manifest/index.ts';
import { nameOf, type Prediction, type WorkloadPrediction } from '../prediction/index.ts';
import type { SourceFile, TextRange } from '../source/index.ts';

/** `Deployment/shop/web`, as `WorkloadPrediction.subject` has it. */
export function subjectOf({ kind, object }: Manifest): string {
  const { metadata } = object as Partial<KubernetesObject>;
  return `${kind}/${metadata?.namespace || 'default'}/${nameOf(metadata)}`;
}

/**
 * Names a workload within its file, however the text moves: its subject, and behind it
 * a number where others of the file have the same.
 */
export function nameInFile(workload: WorkloadPrediction): string {
  const { uri } = workload.manifest.document.file;
  const inFile = namesakes(workload).filter((it) => it.manifest.document.file.uri === uri);
  const index = inFile.indexOf(workload);
  return index > 0 ? `${workload.subject}#${index + 1}` : workload.subject;
}

/** Whether a finding is of this workload, and not of another of the same name. */
export function isAbout(
  workload: WorkloadPrediction,
  finding: {
    readonly subject: string | undefined;
    readonly file: SourceFile;
    readonly range: TextRange;
  },
): boolean {
  if (finding.subject !== workload.subject) return false;
  const holder = namesakes(workload).find(({ manifest }) => {
    const { start, end } = rangeOf(manifest);
    const { file, range } = finding;
    return file === manifest.document.file && start <= range.start && range.end <= end;
  });
  return holder === undefined || holder === workload;
}

/** The workloads of this name, in the order they are written: as a rule this one alone. */
function namesakes(workload: WorkloadPrediction): readonly WorkloadPrediction[] {
  const { prediction, subject } = workload;
  const all = prediction.remembered(bySubject, () => bySubject(prediction));
  return all.get(subject) ?? [workload];
}

function bySubject({ workloads }: Prediction): ReadonlyMap<string, readonly WorkloadPrediction[]> {
  const all = new Map<string, WorkloadPrediction[]>();
  for (const it of workloads) {
    const list = all.get(it.subject);
    if (list) list.push(it);
    else all.set(it.subject, [it]);
  }
  return all;
}

function rangeOf({ document, at }: Manifest): TextRange {
  return at.length === 0 ? document.range : locateInDocument(document, at).range;
}
