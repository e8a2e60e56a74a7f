/** What stands above each workload and Service: where it lands, how it ends, who reaches it. */
import { formatSeconds } from '../explanation/index.ts';
import {
  locateInDocument,
  OWN_SETTINGS,
  type Manifest,
  type ManifestDocument,
  type Service,
} from '../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../prediction/index.ts';
import { LENS_COMMANDS, type WorkloadParams } from '../protocol/index.ts';
import type { TextRange } from '../source/index.ts';
import { endpointsTitle } from './endpoints-texts.ts';
import type { Finding } from './findings.ts';
import { landsText } from './scheduling-texts.ts';
import { isAbout, nameInFile } from './subjects.ts';
import { capitalised } from './text-style.ts';
import { verdictViews } from './views/timeline-view.ts';

/** `command` is one of `LENS_COMMANDS`; without one the lens is text alone. */
export interface FileLens {
  readonly range: TextRange;
  readonly title: string;
  readonly command?: string;
  readonly target?: WorkloadParams;
}

const MAX_TITLE = 100;

/** The lenses of the manifests of one file. */
export function codeLenses(
  manifests: readonly Manifest[],
  prediction: Prediction,
  findings: readonly Finding[],
): readonly FileLens[] {
  return manifests.flatMap((manifest) => {
    const workload = prediction.workloadOf(manifest);
    if (workload) return workloadLenses(workload, findings);
    return manifest.kind === 'Service' ? serviceLenses(manifest, prediction) : [];
  });
}

/** Templates and the like are left alone: one line says why, and how their objects are explained. */
export function skippedLens(documents: readonly ManifestDocument[]): readonly FileLens[] {
  const skipped = documents.find((it) => it.skipped !== undefined && it.skipped !== OWN_SETTINGS);
  if (!skipped) return [];
  const { start } = skipped.range;
  const title = `${skipped.skipped}: not explained as it stands; render it`;
  return [
    {
      range: { start, end: start },
      title: capitalised(title),
      command: LENS_COMMANDS.explainRendered,
    },
  ];
}

function workloadLenses(
  workload: WorkloadPrediction,
  findings: readonly Finding[],
): readonly FileLens[] {
  const { manifest, admission } = workload;
  const { range, file } = locateInDocument(manifest.document, [...manifest.at, 'kind'], true);
  const target = { uri: file.uri, subject: nameInFile(workload) };
  const lens = (title: string, command: string): FileLens => ({
    range,
    title: shorten(title),
    command,
    target,
  });
  const lenses: FileLens[] = [];
  if (admission.allowed) {
    lenses.push(lens(schedulingTitle(workload), LENS_COMMANDS.explainScheduling));
    const shutdown = shutdownTitle(workload, findings);
    if (shutdown) lenses.push(lens(shutdown, LENS_COMMANDS.showShutdown));
    lenses.push(lens('Lifecycle', LENS_COMMANDS.showLifecycle));
  } else {
    lenses.push(lens(`refused by the API server: ${admission.reason}`, LENS_COMMANDS.explainPod));
  }
  lenses.push(lens('Stored object', LENS_COMMANDS.showStoredObject));
  return lenses;
}

function schedulingTitle({ scheduling, pods, kind, prediction }: WorkloadPrediction): string {
  if (!scheduling) return kind === 'DaemonSet' ? 'no node runs it' : 'makes no pod';
  if (scheduling.gated) return `waits: ${scheduling.gated.message}`;
  const { nodeCount, feasible } = scheduling;
  const lands = landsText(scheduling);
  if (lands === undefined)
    return scheduling.message ?? scheduling.preFilter?.message ?? 'no node fits';
  const placed = pods.filter(({ pod }) => prediction.placementOf(pod)?.nodeName !== undefined);
  const replicas = pods.length > 1 ? `, ${placed.length} of ${pods.length} replicas fit` : '';
  return `→ ${lands} (${feasible.length} of ${nodeCount} nodes feasible${replicas})`;
}

/** Orders whose breaking costs requests; the others only mean that something is cut short. */
const ABOUT_REQUESTS = ['accepts-until-forgotten', 'answers-before-sigkill', 'app-before-sidecar'];

function shutdownTitle(
  workload: WorkloadPrediction,
  findings: readonly Finding[],
): string | undefined {
  const timeline = workload.shutdown('delete');
  if (!timeline || timeline.expected.length === 0) return undefined;
  const broken = verdictViews(timeline).filter((it) => !it.holds);
  const aboutRequests = broken.filter((it) => ABOUT_REQUESTS.includes(kindOf(it.id)));
  const serves = timeline.expected.some((it) => kindOf(it.id) === 'accepts-until-forgotten');
  if (serves && aboutRequests.length > 0) {
    const races = findings.filter(
      (it) => it.isRule && isAbout(workload, it) && it.severity !== 'information',
    );
    const count = Math.max(aboutRequests.length, races.length);
    return `shutdown: may lose requests (${count} ${count === 1 ? 'race' : 'races'})`;
  }
  const margins = timeline.expected.flatMap(({ id, first, second }) => {
    // A sidecar is stopped right behind the app: that margin is always nought.
    if (kindOf(id) === 'app-before-sidecar') return [];
    const order = timeline.order(first, second);
    return order.relation === 'before' && isBounded(order.proof.marginSeconds)
      ? [order.proof.marginSeconds]
      : [];
  });
  const cut = broken.map((it) => it.id.split(':')[1] ?? '').filter((it) => it !== '');
  const kill = `SIGKILL may cut ${[...new Set(cut)].join(', ')}`;
  if (!serves && cut.length > 0) {
    const grace = formatSeconds(workload.model?.gracePeriodSeconds ?? 30);
    return `shutdown: ${kill} after ${grace}`;
  }
  // Nothing can be said of an app that nothing is known of.
  if (margins.length === 0 && cut.length === 0) return undefined;
  const safe = margins.length > 0 ? ` by ${formatSeconds(Math.min(...margins))}` : '';
  return `shutdown: safe${safe}${cut.length > 0 ? `; ${kill}` : ''}`;
}

/** `accepts-until-forgotten` of `accepts-until-forgotten:app:cluster-ip/web`. */
function kindOf(id: string): string {
  return id.split(':')[0] ?? id;
}

/** Orders that hold by construction have no margin to speak of. */
function isBounded(marginSeconds: number): boolean {
  return marginSeconds > 0 && Number.isFinite(marginSeconds);
}

function serviceLenses(manifest: Manifest, prediction: Prediction): readonly FileLens[] {
  const service = prediction.world.admitted.find((it) => it.manifest === manifest)?.stored;
  if (!service) return [];
  const { range } = locateInDocument(manifest.document, [...manifest.at, 'kind'], true);
  return [{ range, title: shorten(endpointsTitle(service as unknown as Service, prediction)) }];
}

function shorten(title: string): string {
  return title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE - 1)}…` : title;
}
