import { admit } from '../../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../../server/src/cluster/index.ts';
import type { KubernetesObject, Node, Pod } from '../../../server/src/manifest/index.ts';
import {
  createPods,
  expandWorkload,
  isWorkload,
  type AdmitPod,
} from '../../../server/src/workloads/index.ts';
import type { ConformanceKind, Worlds } from '../kind.ts';
import { recorderObjects } from '../recorder.ts';
import { same } from '../same.ts';

interface WorkloadCase {
  readonly id: string;
  readonly object: KubernetesObject;
}

interface Recorded {
  readonly pods: number;
  readonly first?: Pod;
  readonly nodes: readonly string[];
  readonly events: readonly string[];
}

const NODES = ['z-a', 'z-b', 'z-b', ''].map((zone, i): Node => {
  const labels: Record<string, string> = zone ? { 'topology.kubernetes.io/zone': zone } : {};
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `n${i + 1}`, labels } };
});

/** Pods go through the API server into a namespace that is set up as the world `plain`. */
function admitInto(namespace: string, worlds: Worlds): AdmitPod {
  const plain = JSON.stringify(worlds.namespaces['plain'] ?? []);
  const declared = [
    ...worlds.cluster,
    ...(JSON.parse(plain.replaceAll('"plain"', JSON.stringify(namespace))) as object[]),
    ...recorderObjects(namespace),
  ];
  const snapshot = new ClusterSnapshot(declared as unknown as KubernetesObject[]);
  return (pod) => {
    const result = admit({ object: pod, snapshot, namespace });
    return result?.object
      ? { pod: result.object as unknown as Pod }
      : { refused: result?.message ?? '' };
  };
}

export const workloads: ConformanceKind<WorkloadCase, Recorded> = {
  answer({ id, object }, worlds) {
    const namespace = id.replace('workload-', 'wl-');
    const owner = { ...object, metadata: { ...object.metadata, namespace } };
    if (!isWorkload(owner)) return { pods: 0, nodes: [], events: [] };
    const expansion = expandWorkload(owner, NODES);
    const atOnce = { ...expansion, pods: expansion.pods.slice(0, expansion.atOnce) };
    const { pods, events } = createPods(atOnce, admitInto(namespace, worlds));
    const first = pods[0] && scrubbed(pods[0].pod);
    const nodes = pods.flatMap(({ pod }) => pinnedNode(pod) ?? []);
    return { pods: pods.length, ...(first ? { first } : {}), nodes, events } satisfies Recorded;
  },
  compare(expect, given) {
    const answer = given as Recorded;
    return {
      pods: expect.pods === answer.pods,
      nodes: same(expect.nodes.toSorted(), answer.nodes.toSorted()),
      events: same(texts(expect.events), texts(answer.events)),
      ...(expect.first
        ? {
            metadata: same(metadata(expect.first), metadata(answer.first)),
            first: same(comparable(expect.first), comparable(answer.first)),
          }
        : {}),
    };
  },
};

function pinnedNode(pod: Pod): string | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}

/** The pod as the recording writes it: what is generated in angle brackets. */
function scrubbed(pod: Pod): Pod {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = pod;
  const text = JSON.stringify(rest)
    .replaceAll('00000000-0000-0000-0000-000000000000', '<generated>')
    .replaceAll(/"(controller-revision-hash|pod-template-hash)":"[^"]*"/g, '"$1":"<generated>"')
    .replaceAll('"uid":"<generated>"', '"uid":"<uid>"')
    .replaceAll('-xxxxxxxxxx-xxxxx"', '-<hash>-<rand>"')
    .replaceAll(
      '"batch.kubernetes.io/job-completion-index"',
      '"batch.kubernetes.io/job-<hash>-<rand>"',
    );
  return JSON.parse(text) as Pod;
}

/** Metadata without what is random: the end of the name, and a Deployment's hash. */
function metadata(pod: Pod | undefined): unknown {
  if (!pod) return undefined;
  const { name, ...rest } = pod.metadata;
  const hashed = JSON.stringify(rest).replaceAll(/-[a-z0-9]{8,10}(?=-?")/g, '-<hash>');
  return { ...JSON.parse(hashed), name: /-\d+$/.test(name) ? name : '' };
}

/** Which node is the first by name is chance. */
function comparable(pod: Pod | undefined): unknown {
  if (!pod) return undefined;
  const spec = JSON.stringify(pod.spec).replaceAll(/"values":\["n\d"\]/g, '"values":["<node>"]');
  return { metadata: metadata(pod), spec: JSON.parse(spec) };
}

/** Controllers try again under other names; each message counts once. */
function texts(events: readonly string[]): string[] {
  return [...new Set(events.map((it) => it.replace(/(?<=Pod )"\w+-[^"]*"/, '"<pod>"')))].toSorted();
}
