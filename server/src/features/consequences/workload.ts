/** Replicas, strategies and budgets: what a rollout or a drain makes of them. */
import { formatSeconds } from '../../explanation/index.ts';
import {
  selectorMatches,
  type Deployment,
  type PodDisruptionBudget,
} from '../../manifest/index.ts';
import { predictDrain } from '../../prediction/index.ts';
import {
  budgetInWorld,
  describeDrain,
  describeRetries,
  describeRollout,
} from '../../workloads/index.ts';
import { autoscalerMessages } from '../autoscaler-texts.ts';
import type { ObjectConsequence, ObjectContext } from './consequence.ts';

const ROLLING = ['Deployment', 'StatefulSet', 'DaemonSet'];
/** Drains are played through for these many nodes. */
const MAX_DRAINED = 8;

export const WORKLOAD_CONSEQUENCES: readonly ObjectConsequence[] = [
  { kinds: ROLLING, field: 'spec.strategy', tell: rolloutText },
  { kinds: ROLLING, field: 'spec.updateStrategy', tell: rolloutText },
  { kinds: ROLLING, field: 'spec.minReadySeconds', tell: rolloutText },
  { kinds: ['StatefulSet'], field: 'spec.podManagementPolicy', tell: rolloutText },
  { kinds: ROLLING, field: 'spec.replicas', tell: replicasText },
  { kinds: ['Deployment'], field: 'spec.progressDeadlineSeconds', tell: deadlineText },
  { kinds: [...ROLLING, 'ReplicaSet'], field: 'spec.selector', tell: ownSelectorText },
  ...jobFields(['backoffLimit', 'backoffLimitPerIndex', 'activeDeadlineSeconds']),
  { kinds: ['PodDisruptionBudget'], field: 'spec', tell: budgetText },
];

/** Fields of a Job's spec, and of the same in a CronJob. */
function jobFields(names: readonly string[]): readonly ObjectConsequence[] {
  return names.flatMap((name) => [
    { kinds: ['Job'], field: `spec.${name}`, tell: retriesText },
    { kinds: ['CronJob'], field: `spec.jobTemplate.spec.${name}`, tell: retriesText },
  ]);
}

/** When a Job that always fails tries again, and when it gives up. */
function retriesText({ workload }: ObjectContext): string | undefined {
  return workload?.retries && describeRetries(workload.retries);
}

/** How a rollout of the workload goes. */
function rolloutText({ workload }: ObjectContext): string | undefined {
  const rollout = workload?.rollout;
  if (!rollout) return undefined;
  const hazards =
    rollout.outcome === 'complete' ? rollout.because.map((it) => `\n- ${it.message}`) : [];
  return `A rollout is ${describeRollout(rollout)}.${hazards.join('')}`;
}

/** Where the replicas land, how a rollout goes, and who else writes the number. */
function replicasText(context: ObjectContext): string | undefined {
  const { workload, prediction } = context;
  if (!workload) return undefined;
  const counts = new Map<string, number>();
  const { pods } = workload;
  for (const { pod } of pods) {
    const node = prediction.placementOf(pod)?.nodeName;
    if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  const placed = [...counts.values()].reduce((sum, it) => sum + it, 0);
  const where = [...counts].map(([node, count]) => `${count} on \`${node}\``).join(', ');
  return [
    pods.length > 0
      ? `${placed} of ${pods.length} pods find a node${where ? `: ${where}` : ''}.`
      : undefined,
    rolloutText(context),
    ...autoscalerMessages(workload).map((it) => `${it}.`),
  ]
    .filter((it) => it !== undefined)
    .join('\n\n');
}

/** Whether the selector matches the workload's own pods, and whose else. */
function ownSelectorText({ workload, prediction }: ObjectContext): string | undefined {
  const labels = workload?.pod?.metadata.labels;
  if (!workload || !labels) return undefined;
  const { selector } = (workload.object as Partial<Deployment>).spec ?? {};
  const others = prediction.workloads.filter(
    (it) =>
      it !== workload &&
      it.namespace === workload.namespace &&
      it.pod !== undefined &&
      selectorMatches(selector, it.pod.metadata.labels),
  );
  const own = selectorMatches(selector, labels)
    ? 'Matches the labels of its own pods'
    : 'Does not match the labels of its own template';
  const more = others.map((it) => `the pods of ${it.kind} \`${it.name}\``);
  return more.length > 0 ? `${own}, and also ${more.join(', ')}.` : `${own}, and no others.`;
}

/** Whether the longest bound of a rollout passes the deadline. */
function deadlineText({ workload, object }: ObjectContext): string | undefined {
  const ready = workload?.startup?.ofKind('ready')[0]?.window;
  const { progressDeadlineSeconds: seconds = 600, minReadySeconds = 0 } =
    (object as { spec?: { progressDeadlineSeconds?: number; minReadySeconds?: number } }).spec ??
    {};
  if (!ready) return undefined;
  const need = ready.latest + minReadySeconds;
  const margin = Number.isFinite(need)
    ? `a pod is available after ${formatSeconds(need)} at the latest`
    : 'nothing bounds when a pod is Ready';
  const late = need > seconds ? ', so a healthy rollout may be reported as failed' : '';
  return `Each pod must become available within ${formatSeconds(seconds)} of the one before; ${margin}${late}. Nothing is rolled back: only the condition Progressing turns False.`;
}

/** Whom a budget counts, how many may go, and what becomes of drains. */
function budgetText({ object, prediction }: ObjectContext): string {
  const budget = object as unknown as PodDisruptionBudget;
  const { selected, syncFailed, because, disruptionsAllowed, expectedPods } = budgetInWorld(
    budget,
    prediction.runningWithOwners,
  );
  if (selected === 0) return 'Counts no pod of the declared world.';
  if (syncFailed !== undefined) return `No eviction is allowed: ${syncFailed}.`;
  const nodes = prediction.snapshot.list('Node');
  const drains =
    nodes.length > MAX_DRAINED
      ? []
      : nodes.flatMap((it) => {
          const plan = predictDrain(prediction, it.metadata.name);
          return plan && plan.outcome !== 'complete' ? [`- ${describeDrain(plan)}`] : [];
        });
  const verdict =
    disruptionsAllowed === 0
      ? `No eviction is allowed while all ${expectedPods} pods are healthy: a drain waits for ever.`
      : undefined;
  return [`${because.message}.`, verdict, ...drains].filter((it) => it !== undefined).join('\n');
}
