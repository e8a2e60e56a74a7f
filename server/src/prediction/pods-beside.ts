/** Whether one more pod is admitted beside others that are there: what a full quota decides. */
import { ClusterSnapshot } from '../cluster/index.ts';
import type { KubernetesObject, Pod } from '../manifest/index.ts';
import { admit } from './admit.ts';
import type { Prediction } from './prediction.ts';
import type { WorkloadPrediction } from './workload-prediction.ts';

/** Why a pod is refused beside these; undefined where it is admitted. */
export function refusalBeside(
  { snapshot, config }: Prediction,
  pod: Pod,
  beside: readonly Pod[],
): string | undefined {
  const object = pod as unknown as KubernetesObject;
  const objects = [...snapshot.objects(), ...(beside as unknown as readonly KubernetesObject[])];
  const version = config.kubernetesVersion;
  const world = new ClusterSnapshot(objects);
  const { allowed, message } = admit({ written: object, object, snapshot: world, version });
  return allowed ? undefined : message;
}

/** Pods of other workloads of the namespace; those of Jobs come and go, so a rollout waits. */
export function otherPods({ prediction, namespace, subject }: WorkloadPrediction): readonly Pod[] {
  return prediction.workloads
    .filter((it) => it.namespace === namespace && it.subject !== subject)
    .filter((it) => it.kind !== 'Pod' && !it.kind.endsWith('Job'))
    .flatMap((it) => it.pods.filter(({ admission }) => admission.allowed))
    .map(({ pod }, i) => renamed(pod, `other-${i}`));
}

/** Replicas of one template under names of their own. */
export function renamed(pod: Pod, suffix: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, name: `${pod.metadata.name}-${suffix}` } };
}
