/** The steps of rollouts that wait for ever, as the simulated rollout tells them. */
import type { TimeWindow } from '../../explanation/index.ts';
import { deploymentPlan } from '../../workloads/index.ts';
import type { WitnessStep } from '../race-rule.ts';
import type { RollingDeployment } from './rollouts.ts';

/** A controller looks at a deadline in whole seconds, and a second after it has passed. */
const LOOK_SECONDS = 1;
/** What the control plane takes for its answer, in seconds. */
const ANSWER_SECONDS = 0.01;

/** What the new pod is told: the reason of the event, its words, and after how many seconds. */
interface Complaint {
  readonly reason: 'FailedScheduling' | 'FailedCreate' | 'FailedAttachVolume';
  readonly message: string;
  readonly at?: number;
}

/** From the new ReplicaSet's first pod, where there is one, to the deadline that its Deployment misses. */
export function stuckWitness(
  { deployment, replicas }: RollingDeployment,
  complaint: Complaint,
): readonly WitnessStep[] {
  const isCreated = complaint.reason !== 'FailedCreate';
  const created = { at: 0, text: 'the new pod is created', moment: 'rollout:created::"of":"new"' };
  const { progressDeadlineSeconds: deadline } = deploymentPlan(deployment, replicas);
  const old = replicas === 1 ? 'the old pod still runs' : 'all old pods still run';
  const given: WitnessStep[] = Number.isFinite(deadline)
    ? [
        {
          at: deadline + LOOK_SECONDS,
          text: `ProgressDeadlineExceeded; ${old}`,
          moment: 'rollout:ProgressDeadlineExceeded',
        },
      ]
    : [];
  return [...(isCreated ? [created] : []), complaintStep(complaint), ...given];
}

/** The event with the words it has in the trace. */
export function complaintStep({ reason, message, at = ANSWER_SECONDS }: Complaint): WitnessStep {
  const words = JSON.stringify(message).slice(1, -1);
  return { at, text: `${reason}: ${message}`, moment: `rollout:${reason}::${words}` };
}

/** An old pod ends at its slowest, and only then its successor is made, which is as slow. */
export function gapWitness(
  { gone, ready }: { readonly gone: TimeWindow; readonly ready: TimeWindow },
  who: string,
): readonly WitnessStep[] {
  const slowest = ({ earliest, latest }: TimeWindow) =>
    Number.isFinite(latest) ? latest : earliest;
  const made = slowest(gone);
  return [
    { at: 0, text: `${who} is deleted`, moment: 'rollout:deleting::"of":"old"' },
    { at: made, text: 'it is gone', moment: 'rollout:gone::"of":"old"' },
    { at: made, text: 'its successor is made', moment: 'rollout:created::"of":"new"' },
    {
      at: made + slowest(ready),
      text: 'and is Ready',
      moment: 'rollout:ready::"of":"new"',
    },
  ];
}
