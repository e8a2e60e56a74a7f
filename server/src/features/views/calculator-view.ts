/** The smallest safe preStop and grace period, what they cost, and the edit that writes them. */
import { adviseShutdown, type ShutdownAdvice } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { CalculatorView } from '../../protocol/index.ts';
import type { RaceFix } from '../../races/index.ts';
import { fixViews } from './findings-view.ts';
import { windowView } from './timeline-view.ts';

export function calculatorView(workload: WorkloadPrediction): CalculatorView | null {
  const input = workload.lifecycleInput;
  const advice = input && adviseShutdown({ ...input, workload: workload.object });
  if (!advice) return null;
  const { earliest } = advice.currentPreStopSeconds;
  return {
    preStopSeconds: advice.preStopSeconds,
    gracePeriodSeconds: advice.gracePeriodSeconds,
    currentPreStopSeconds: Number.isFinite(earliest) ? earliest : null,
    currentGracePeriodSeconds: advice.currentGracePeriodSeconds,
    dominatedBy: advice.dominatedBy
      ? `${advice.dominatedBy.label} (${advice.dominatedBy.parameter})`
      : '',
    perRolloutSeconds: windowView(advice.cost.perRolloutSeconds),
    perDrainSeconds: windowView(advice.cost.perDrainSeconds),
    message: advice.message,
    fixes: fixViews([adviceFix(workload, advice)]),
  };
}

/** Writes the advised numbers into every container that serves. */
function adviceFix(
  { pod, model }: WorkloadPrediction,
  { containers, preStopSeconds, gracePeriodSeconds }: ShutdownAdvice,
): RaceFix {
  const hooks = (model?.mains ?? [])
    .filter((it) => containers.includes(it.name) && ['none', 'sleep'].includes(it.preStop.kind))
    .map((it) => ({
      at:
        it.preStop.kind === 'none'
          ? it.at.lifecycle.preStop
          : it.at.lifecycle.preStop.sleep.seconds,
      value: it.preStop.kind === 'none' ? { sleep: { seconds: preStopSeconds } } : preStopSeconds,
    }));
  const grace = pod
    ? [{ at: field(pod).spec.terminationGracePeriodSeconds, value: gracePeriodSeconds }]
    : [];
  return {
    title: `Sleep ${preStopSeconds}s before the stop signal, with ${gracePeriodSeconds}s of grace`,
    changes: [...hooks, ...grace],
  };
}
