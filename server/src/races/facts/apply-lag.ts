/** Whether what one apply creates a little later is there before the first container is made. */
import { formatSeconds } from '../../explanation/index.ts';
import type { KubernetesObject } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { RaceFinding, WitnessStep } from '../race-rule.ts';
import type { ConfigReference } from './config-references.ts';
import { requestsBetween } from './file-order.ts';

/** Both in seconds after the workload is stored. */
interface Lag {
  readonly storedWithin: number;
  readonly containerAfter: number;
}

/**
 * The times of an object that follows the workload in its file, where the profile's slowest
 * requests are still faster than the quickest start of a container; undefined where they are not,
 * and across files, between which there may be any pause. Left out: a client that stops in between.
 */
export function inTimeLag(later: object, workload: WorkloadPrediction): Lag | undefined {
  const { model, startup, object } = workload;
  const requests = requestsBetween(object, later);
  if (!model || !startup || requests === undefined || requests <= 0) return undefined;
  const latest = (name: 'p.auth' | 'p.api' | 'p.watch' | 'p.webhook') =>
    model.profile.parameters[name].seconds.latest;
  const webhooks = hasWebhooks(workload) ? latest('p.webhook') : 0;
  // kubectl asks whether the object is there, then creates it; the kubelet hears of it by a watch.
  const each = 2 * latest('p.auth') + latest('p.api') + webhooks;
  const storedWithin = requests * each + latest('p.watch');
  const stored = startup.events.find(({ id }) => /^(?:workload-)?stored\b/.test(id));
  const sandbox = startup.event('sandbox-ready');
  if (!stored || !sandbox) return undefined;
  const containerAfter = sandbox.window.earliest - stored.window.earliest;
  return storedWithin < containerAfter ? { storedWithin, containerAfter } : undefined;
}

/** What a finding says of itself where the object is there in time by the profile's numbers. */
export function lightly({ storedWithin, containerAfter }: Lag): Partial<RaceFinding> {
  const [within, after] = [storedWithin, containerAfter].map((it) => formatSeconds(it));
  return {
    severity: 'information',
    certainty: 'assumed',
    restsOn: `an apply slower than the profile's: there it is created within ${within}, and no container is made in less than ${after}`,
  };
}

/** How long each init container takes longer than at the earliest: it does something, and is noticed. */
const INIT_SECONDS = 2;

/** How long a client is held up after the workload, so that all containers are made meanwhile. */
export function pauseAfter(workload: WorkloadPrediction): number {
  const { startOrder = [], mains = [] } = workload.model ?? {};
  const made = [...startOrder, ...mains].map((it) => madeAfter(workload, it.name));
  const last = Math.max(0, ...made.filter(Number.isFinite));
  return Math.ceil(last) + 1 + INIT_SECONDS * startOrder.length;
}

/** How soon after the workload is stored a container of its pod can be made. */
function madeAfter({ startup }: WorkloadPrediction, container: string): number {
  const stored = startup?.events.find(({ id }) => /^(?:workload-)?stored\b/.test(id));
  const pulled = startup?.event(`image-ready:${container}`);
  return stored && pulled ? pulled.window.earliest - stored.window.earliest : Infinity;
}

/** A client that is held up between the workload and an object that a container needs. */
export function heldUp(
  workload: WorkloadPrediction,
  later: KubernetesObject,
  what: string,
  by: ConfigReference['by'],
  container = firstContainer(workload),
): readonly WitnessStep[] {
  const made = madeAfter(workload, container);
  // Pods of a CronJob come with its schedule.
  if (workload.kind === 'CronJob' || !Number.isFinite(made)) return [];
  const own = `${workload.kind} ${workload.name}`;
  const other = `${later.kind} ${later.metadata.name}`;
  const view = by === 'env' ? 'env' : 'files';
  return [
    {
      at: 0,
      text: `kubectl creates ${own}, and is held up`,
      moment: `kubectl:created:${own}`,
    },
    {
      at: made,
      text: `${container} is made without ${what}`,
      moment: `config:${view}:${container}`,
    },
    {
      at: pauseAfter(workload),
      text: `kubectl creates ${other}`,
      moment: `kubectl:created:${other}`,
    },
  ];
}

function firstContainer({ model }: WorkloadPrediction): string {
  return [...(model?.startOrder ?? []), ...(model?.mains ?? [])][0]?.name ?? '';
}

function hasWebhooks({ prediction: { snapshot } }: WorkloadPrediction): boolean {
  return (['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const).some(
    (it) => snapshot.listUntyped(it).length > 0,
  );
}
