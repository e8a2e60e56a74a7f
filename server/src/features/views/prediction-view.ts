/** A whole prediction of one workload as the JSON that crosses to the panel and the terminal. */
import { describeRetries } from '../../workloads/index.ts';
import { END_CAUSES, shutdownReference } from '../../lifecycle/index.ts';
import type { Manifest } from '../../manifest/index.ts';
import { SHUTDOWN_CAUSES, type WorkloadPrediction } from '../../prediction/index.ts';
import type { PredictionView, ShutdownView } from '../../protocol/index.ts';
import type { Finding } from '../findings.ts';
import { placeIn } from '../places.ts';
import { isAbout, nameInFile } from '../subjects.ts';
import { locateInDocument } from '../../manifest/index.ts';
import { admissionView } from './admission-view.ts';
import { calculatorView } from './calculator-view.ts';
import { certificateViews } from './certificates-view.ts';
import { endpointsView } from './endpoints-view.ts';
import { findingView } from './findings-view.ts';
import { knobViews } from './knobs.ts';
import { podEventsOf, type PodEvents } from './pod-events.ts';
import { rolloutView } from './rollout-view.ts';
import { schedulingView } from './scheduling-view.ts';
import { boundsIn, type DescribeBound } from './bounds.ts';
import { timelineView, verdictViews } from './timeline-view.ts';
import { verdictSummary } from './verdict-summary.ts';

/** The view of a workload; `findings` are those of the whole prediction. */
export function predictionView(
  workload: WorkloadPrediction,
  findings: readonly Finding[],
  /** The workload as the manifest has it, where this is a what-if. */
  original: WorkloadPrediction = workload,
): PredictionView {
  const { prediction, manifest } = workload;
  const { startup } = workload;
  const podEvents = podEventsOf(workload);
  const rollout = rolloutView(workload);
  const bounds = boundsIn(workload.model?.profile ?? prediction.profile);
  const parts = {
    subject: nameInFile(workload),
    title: titleOf(workload),
    kind: workload.kind,
    name: workload.name,
    namespace: workload.namespace,
    place: placeOfManifest(manifest),
    assumptions: assumptionsOf(workload),
    kubernetesVersion: prediction.config.kubernetesVersion,
    admission: admissionView({ manifest, admission: workload.admission, stored: workload.object }),
    scheduling: schedulingView(workload),
    startup: startup ? timelineView(startup, podEvents, bounds) : null,
    shutdowns: SHUTDOWN_CAUSES.filter((it) => canHappen(workload, it, rollout)).flatMap(
      (it) => shutdownView(workload, it, podEvents, bounds) ?? [],
    ),
    endpoints: endpointsView(workload),
    rollout,
    retries: workload.retries ? describeRetries(workload.retries) : null,
    findings: findings.filter((it) => isAbout(workload, it)).map(findingView),
    certificates: certificateViews(workload),
    calculator: calculatorView(workload),
    knobs: knobViews(workload, original),
    siblings: prediction.workloads
      .filter((it) => it.manifest.document.file.uri === manifest.document.file.uri)
      .map((it) => ({ subject: nameInFile(it), title: titleOf(it) })),
  };
  return { ...parts, verdicts: verdictSummary(parts) };
}

export function titleOf({ kind, namespace, name }: WorkloadPrediction): string {
  return `${kind} ${namespace === 'default' ? '' : `${namespace}/`}${name}`;
}

function placeOfManifest({ document, at }: Manifest) {
  const { file, range } = locateInDocument(document, [...at, 'metadata', 'name']);
  return placeIn(file, range);
}

type Cause = (typeof SHUTDOWN_CAUSES)[number];

/** A bare Pod is not rolled out, and no probe restarts a container that has none. */
function canHappen({ model }: WorkloadPrediction, cause: Cause, rollout: unknown): boolean {
  if (cause === 'rollout') return rollout !== null;
  if (cause !== 'liveness') return true;
  return [...(model?.mains ?? []), ...(model?.sidecars ?? [])].some(
    ({ container }) => container.livenessProbe,
  );
}

function shutdownView(
  workload: WorkloadPrediction,
  cause: Cause,
  podEvents: PodEvents,
  bounds: DescribeBound,
): ShutdownView | undefined {
  const timeline = workload.shutdown(cause);
  const { model } = workload;
  if (!timeline || !model) return undefined;
  return {
    cause,
    label: END_CAUSES[cause].label,
    timeline: timelineView(timeline, podEvents, bounds),
    verdicts: verdictViews(timeline),
    reference: shutdownReference(cause, model),
  };
}

/** On what the whole view rests. */
function assumptionsOf({
  prediction,
  model,
  namespace,
  pod,
}: WorkloadPrediction): readonly string[] {
  const { declared, config } = prediction.world;
  const lines: string[] = [];
  if (prediction.lostNode !== undefined) {
    lines.push(`what if ${prediction.lostNode} is lost: every pod is placed without it`);
  }
  if (declared.usesDefaultNodes) {
    lines.push('no Node is declared: three nodes with 4 CPU and 16 GiB in three zones are assumed');
  }
  lines.push(
    `the ${config.profile} environment profile gives the bounds of what no manifest says${model && model.profile.dataPlanes.length > 0 ? ` (${model.profile.dataPlanes.join(', ')})` : ''}`,
  );
  const spec = pod?.spec;
  for (const [kind, name] of [
    ['ServiceAccount', spec?.serviceAccountName],
    ['PriorityClass', spec?.priorityClassName],
    ['RuntimeClass', spec?.runtimeClassName],
  ] as const) {
    const scope = kind === 'ServiceAccount' ? namespace : '';
    if (name && declared.supposed.has(`${kind}/${scope}/${name}`)) {
      lines.push(
        `${kind} ${name} is not declared; it is assumed to exist${kind === 'PriorityClass' ? ' with value 0' : ''}`,
      );
    }
  }
  if (config.kubernetesVersion !== '1.36') {
    lines.push(
      `Kubernetes ${config.kubernetesVersion}: predictions are recorded against 1.36 and adapted by the version matrix`,
    );
  }
  return lines;
}
