/**
 * Why a rollout does not end, or what it did not touch: sentences for people, with the fields that
 * decide.
 */
import type { Explanation } from '../explanation/index.ts';
import { field, fieldAt, LIMITS, type Deployment } from '../manifest/index.ts';
import type { RolloutChange, RolloutPod, RolloutWorkload } from './rollout-model.ts';
import { deploymentPlan, isKind, replicasOf, statefulSetPlan } from './rollout-plan.ts';
import type { RolloutRun } from './rollout-run.ts';

/** Whether something waits that will not come. */
export function isStuck(run: RolloutRun): boolean {
  if (run.refusal !== undefined) return true;
  const alive = run.pods.filter((it) => it.deletedAt === undefined);
  return alive.some((it) => it.readyAt === undefined);
}

/** The causes of the end state, the deciding one first. */
export function explainOutcome(
  workload: RolloutWorkload,
  change: RolloutChange,
  run: RolloutRun,
): Explanation[] {
  const found: Explanation[] = [];
  const waiting = run.pods.filter((it) => it.deletedAt === undefined && it.readyAt === undefined);
  const homeless = waiting.filter((it) => !it.bound);
  if (run.refusal !== undefined) {
    found.push({ message: `Pods are refused: ${run.refusal}`, cites: [field(workload).spec] });
  }
  if (homeless.length > 0) found.push(explainHomeless(workload, run, homeless));
  const unready = waiting.length - homeless.length;
  if (unready > 0) {
    const volumes = waiting.map((it) => run.held.get(it.id));
    const error = volumes.find((it) => it !== undefined);
    const pods = unready === 1 ? '1 pod never becomes' : `${unready} pods never become`;
    found.push({
      message: `${pods} Ready${error === undefined ? '' : ` (${error})`}, so nothing more is replaced`,
      cites: [fieldAt(workload, ['spec', 'template', 'spec'])],
    });
  }
  const { replicas = 0 } = (workload.spec ?? {}) as { replicas?: number };
  if (replicas > LIMITS.replicas) {
    const message = `Of ${replicas} replicas the first ${LIMITS.replicas} are played through`;
    found.push({ message, cites: [fieldAt(workload, ['spec', 'replicas'])] });
  }
  if (change.kind === 'template') found.push(...explainUntouched(workload));
  return found;
}

function explainHomeless(
  workload: RolloutWorkload,
  run: RolloutRun,
  homeless: readonly RolloutPod[],
): Explanation {
  const old = run.pods.filter((it) => !it.isNew && it.bound).length;
  const template = fieldAt(workload, ['spec', 'template', 'spec']);
  const [first] = homeless;
  const why = first && run.surroundings.whyNotPlaced?.(first, run.pods);
  // Some may have found no node before the change, and then they are not new.
  const kind = homeless.every((it) => it.isNew) ? 'new pod' : 'pod';
  const pods = homeless.length === 1 ? `1 ${kind} finds` : `${homeless.length} ${kind}s find`;
  const message = `${pods} no node${why ? ` (${why.message})` : ''}`;
  if (!isKind(workload, 'Deployment') || old === 0) {
    return { message, cites: [template, ...(why?.cites ?? [])] };
  }
  const { maxUnavailable, recreate } = deploymentPlan(workload, replicasOf(workload));
  const { strategy } = field(workload).spec;
  if (recreate || maxUnavailable > 0)
    return { message, cites: [template, strategy, ...(why?.cites ?? [])] };
  const stay = old === 1 ? '1 old pod stays' : `${old} old pods stay`;
  return {
    message:
      `${message} while ${stay}, and with maxUnavailable ${zeroOf(workload)} none of those may go:` +
      ' allow one to be unavailable, or use Recreate',
    cites: [strategy.rollingUpdate.maxUnavailable, template, ...(why?.cites ?? [])],
  };
}

/** A percentage that rounds down to no pod at all is rarely meant. */
function zeroOf(deployment: Deployment): string {
  const written = deployment.spec?.strategy?.rollingUpdate?.maxUnavailable ?? '25%';
  return typeof written === 'string'
    ? `${written} (0 of ${replicasOf(deployment)}, rounded down)`
    : '0';
}

function explainUntouched(workload: RolloutWorkload): Explanation[] {
  if (isKind(workload, 'StatefulSet')) {
    const { onDelete, partition, startOrdinal, replicas } = statefulSetPlan(
      workload,
      replicasOf(workload),
      true,
    );
    const { updateStrategy } = field(workload).spec;
    const found: Explanation[] = [];
    if (onDelete) found.push(untouchedOnDelete(updateStrategy.type));
    if (!onDelete && partition > 0) {
      found.push({
        message:
          partition >= replicas
            ? `With partition ${partition} no pod of ${replicas} gets the new template`
            : `Ordinals below ${startOrdinal + partition} keep the old template`,
        cites: [updateStrategy.rollingUpdate.partition],
      });
    }
    if (workload.spec?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) {
      found.push({
        message:
          'maxUnavailable is ignored: its feature gate MaxUnavailableStatefulSet is off by' +
          ' default, so pods are replaced one at a time',
        cites: [updateStrategy.rollingUpdate.maxUnavailable],
      });
    }
    return found;
  }
  const type = fieldAt(workload, ['spec', 'updateStrategy', 'type']);
  if (isKind(workload, 'Deployment') && workload.spec?.paused) {
    const message = 'The Deployment is paused: a new template waits until it is resumed';
    return [{ message, cites: [field(workload).spec.paused] }];
  }
  if (workload.kind === 'ReplicaSet') {
    const message = 'A ReplicaSet does not replace pods: a new template is for pods it makes later';
    return [{ message, cites: [fieldAt(workload, ['spec', 'template'])] }];
  }
  const { updateStrategy } = (workload.spec ?? {}) as { updateStrategy?: { type?: string } };
  return updateStrategy?.type === 'OnDelete' ? [untouchedOnDelete(type)] : [];
}

function untouchedOnDelete(at: Explanation['cites'][number]): Explanation {
  return { message: 'With OnDelete pods are replaced only when someone deletes them', cites: [at] };
}
