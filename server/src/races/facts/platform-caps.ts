/** How long platforms let a pod end before they take its node away. */
import { field, fieldAt, type Citable, type Pod } from '../../manifest/index.ts';
import type { Prediction } from '../../prediction/index.ts';

/** A limit below which the grace period must stay. */
export interface PlatformCap {
  readonly seconds: number;
  readonly who: string;
  readonly at: Citable | undefined;
  /** The manifests name the platform. */
  readonly declared: boolean;
}

/** Labels of nodes that are taken back at short notice, and the notice. */
const SPOT: Readonly<Record<string, readonly [value: string, seconds: number, who: string]>> = {
  'eks.amazonaws.com/capacityType': ['SPOT', 120, 'an EC2 spot instance'],
  'karpenter.sh/capacity-type': ['spot', 120, 'a spot instance'],
  'cloud.google.com/gke-spot': ['true', 30, 'a GKE spot VM'],
  'cloud.google.com/gke-preemptible': ['true', 30, 'a preemptible VM'],
  'kubernetes.azure.com/scalesetpriority': ['spot', 30, 'an Azure spot VM'],
};
/** Default of the cluster autoscaler's --max-graceful-termination-sec. */
const AUTOSCALER_SECONDS = 600;

/** The limits that may hold for a pod, the smallest first. */
export function platformCaps(pod: Pod, prediction: Prediction): readonly PlatformCap[] {
  const caps: PlatformCap[] = [];
  const selector = pod.spec.nodeSelector ?? {};
  for (const [label, [value, seconds, who]] of Object.entries(SPOT)) {
    if (selector[label]?.toLowerCase() !== value.toLowerCase()) continue;
    const at = field(pod).spec.nodeSelector[label];
    caps.push({ seconds, who: `${who} is taken back after`, at, declared: true });
  }
  for (const pool of prediction.snapshot.listUntyped('NodePool')) {
    const path = ['spec', 'template', 'spec', 'terminationGracePeriod'];
    const seconds = duration(
      path.reduce<unknown>((at, it) => (at as Record<string, unknown> | undefined)?.[it], pool),
    );
    if (seconds === undefined) continue;
    const who = `Karpenter ends the nodes of ${pool.metadata.name} after`;
    // Which pool a pod lands on is sure only where it names one.
    const declared = selector['karpenter.sh/nodepool'] === pool.metadata.name;
    caps.push({ seconds, who, at: fieldAt(pool, path), declared });
  }
  const annotations = pod.metadata.annotations ?? {};
  if (annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'] !== 'false') {
    const who = 'the cluster autoscaler, by default, removes a node after';
    caps.push({ seconds: AUTOSCALER_SECONDS, who, at: undefined, declared: false });
  }
  return caps.toSorted((a, b) => a.seconds - b.seconds);
}

/** `30s`, `1h30m` of Go in seconds. */
function duration(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = [...value.matchAll(/(\d+)(h|m|s)/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1),
    0,
  );
}
