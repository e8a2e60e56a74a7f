/** What stands above each workload and Service: where it lands, how it ends, who reaches it. */
import { formatSeconds } from '../explanation/index.ts';
import { findPort, serviceSelects } from '../endpoints/index.ts';
import { locateInDocument, type Manifest, type Service } from '../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../prediction/index.ts';
import { LENS_COMMANDS, type WorkloadParams } from '../protocol/index.ts';
import type { TextRange } from '../source/index.ts';
import type { Finding } from './findings.ts';
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

function workloadLenses(
  workload: WorkloadPrediction,
  findings: readonly Finding[],
): readonly FileLens[] {
  const { manifest, admission } = workload;
  const { range, file } = locateInDocument(manifest.document, [...manifest.at, 'kind'], true);
  const target = { uri: file.uri, subject: workload.subject };
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
  const { nodeName, nodeCount, feasible } = scheduling;
  if (nodeName === undefined)
    return scheduling.message ?? scheduling.preFilter?.message ?? 'no node fits';
  const placed = pods.filter(({ pod }) => prediction.placementOf(pod)?.nodeName !== undefined);
  const replicas = pods.length > 1 ? `, ${placed.length} of ${pods.length} replicas fit` : '';
  return `→ ${nodeName} (${feasible.length} of ${nodeCount} nodes feasible${replicas})`;
}

function shutdownTitle(
  workload: WorkloadPrediction,
  findings: readonly Finding[],
): string | undefined {
  const timeline = workload.shutdown('delete');
  if (!timeline || timeline.expected.length === 0) return undefined;
  const verdicts = verdictViews(timeline);
  const broken = verdicts.filter((it) => !it.holds);
  if (broken.length > 0) {
    const races = findings.filter(
      (it) => it.isRule && it.subject === workload.subject && it.severity !== 'information',
    );
    const count = Math.max(1, races.length);
    return `shutdown: may lose requests (${count} ${count === 1 ? 'race' : 'races'})`;
  }
  const margins = timeline.expected.flatMap(({ first, second }) => {
    const order = timeline.order(first, second);
    return order.relation === 'before' && Number.isFinite(order.proof.marginSeconds)
      ? [order.proof.marginSeconds]
      : [];
  });
  return margins.length > 0
    ? `shutdown: safe by ${formatSeconds(Math.min(...margins))}`
    : 'shutdown: safe';
}

function serviceLenses(manifest: Manifest, prediction: Prediction): readonly FileLens[] {
  const service = prediction.world.admitted.find((it) => it.manifest === manifest)?.stored;
  if (!service) return [];
  const { range } = locateInDocument(manifest.document, [...manifest.at, 'kind'], true);
  return [{ range, title: shorten(serviceTitle(service as unknown as Service, prediction)) }];
}

function serviceTitle(service: Service, prediction: Prediction): string {
  if (service.spec.type === 'ExternalName')
    return `DNS alias of ${service.spec.externalName ?? '?'}`;
  if (Object.keys(service.spec.selector ?? {}).length === 0)
    return 'no selector: somebody else makes its endpoints';
  const selected = prediction.workloads.filter((it) => it.pod && serviceSelects(service, it.pod));
  if (selected.length === 0) return 'no endpoints: the selector matches no pod';
  const count = selected.reduce((sum, it) => sum + it.pods.length, 0);
  const ports = (service.spec.ports ?? []).map((port) => {
    const pod = selected[0]?.pod;
    const target = pod && findPort(pod, port);
    return `${port.port} → ${target ?? 'nowhere'}`;
  });
  return `${count} ${count === 1 ? 'endpoint' : 'endpoints'} of ${selected.map((it) => it.name).join(', ')}: ${ports.join(', ')}`;
}

function shorten(title: string): string {
  return title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE - 1)}…` : title;
}
