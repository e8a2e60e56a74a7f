/** A pod that names its node: nobody asks whether it fits there. */
import { each, field, type Pod } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { isRecorded } from '../facts/recorded.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';

export default defineRaceRule({
  id: 'nodename-bypasses-scheduler',
  severity: 'error',
  basis: 'source',
  summary: 'spec.nodeName binds the pod without the scheduler, and so without its checks.',
  why: `
    A pod with spec.nodeName never enters the scheduler. Volumes of a class with
    WaitForFirstConsumer are then never bound, because it is the scheduler that chooses their node.
    Affinity is not looked at. A node without room rejects the pod as Failed, and its controller makes the
    next one at once.
  `,
  remedy: 'Use nodeSelector with kubernetes.io/hostname instead.',
  upstream: [
    { path: 'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go' },
    { path: 'pkg/kubelet/lifecycle/predicate.go' },
  ],
  replay: {
    by: 'scheduling',
    lost: (story) => {
      const { pod } = story.workload;
      // The scheduler is not asked, so nobody has checked what it would.
      const asked = story.placements().length;
      const nodeName = pod?.spec.nodeName;
      return nodeName
        ? asked === 0 && unchecked(story.workload, pod, nodeName) !== undefined
        : false;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: db }
        spec:
          nodeName: node-1
        #           ^^^^^^ claim data waits for the scheduler to choose a node, and node-1 is written here: it is never bound and the pod never starts
          containers: [{ name: db, image: "registry.example/db:1" }]
          volumes:
            - name: data
              persistentVolumeClaim: { claimName: data }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          storageClassName: fast
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
        ---
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: fast }
        provisioner: ebs.csi.aws.com
        volumeBindingMode: WaitForFirstConsumer
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              nodeName: node-1
        #               ^^^^^^ nobody checks the CPU it requests before the pod is bound to node-1: where it does not fit, the kubelet rejects it as Failed, and Deployment web makes another at once
              containers:
                - name: app
                  image: registry.example/web:1
                  resources: { requests: { cpu: 500m } }
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          nodeSelector: { kubernetes.io/hostname: node-1 }
          containers:
            - name: app
              image: registry.example/web:1
              resources: { requests: { cpu: 500m } }
      `,
      // There is nothing that the scheduler would have checked.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: debug }
        spec:
          nodeName: node-1
          containers: [{ name: app, image: "registry.example/debug:1" }]
      `,
    ],
  },

  *find(workload) {
    const { pod } = workload;
    const nodeName = pod?.spec.nodeName;
    // What was read from a cluster is bound already.
    if (!pod || !nodeName || workload.kind === 'DaemonSet') return;
    if (
      isRecorded(workload) ||
      pod.metadata.ownerReferences?.some((it) => it.controller && workload.kind === 'Pod')
    )
      return;
    const found = unchecked(workload, pod, nodeName);
    if (!found) return;
    const { spec } = field(pod);
    yield {
      at: spec.nodeName,
      ...found,
      fixes: [
        {
          title: 'Ask the scheduler for this node',
          changes: [
            { at: spec.nodeName, value: undefined },
            {
              at: spec.nodeSelector,
              value: { ...pod.spec.nodeSelector, 'kubernetes.io/hostname': nodeName },
            },
          ],
        },
      ],
    };
  },
});

function unchecked(
  workload: WorkloadPrediction,
  pod: Pod,
  nodeName: string,
): Omit<RaceFinding, 'at'> | undefined {
  const claim = waitingClaim(workload, pod);
  if (claim) {
    return {
      message: `claim ${claim.name} waits for the scheduler to choose a node, and ${nodeName} is written here: it is never bound and the pod never starts`,
    };
  }
  const { nodeAffinity, podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const required = [nodeAffinity, podAffinity, podAntiAffinity].some(
    (it) => it?.requiredDuringSchedulingIgnoredDuringExecution,
  );
  const cpu = pod.spec.containers.some((it) => it.resources?.requests?.['cpu'] !== undefined);
  const memory = pod.spec.containers.some((it) => it.resources?.requests?.['memory'] !== undefined);
  const what = [
    ...(cpu ? ['the CPU it requests'] : []),
    ...(memory ? ['the memory it requests'] : []),
    ...(required ? ['the required affinity'] : []),
  ];
  if (what.length === 0) return undefined;
  const loops = workload.kind === 'Pod' ? '' : `, and ${nameOf(workload)} makes another at once`;
  const checks = what.join(' and ');
  return {
    message: `nobody checks ${checks} before the pod is bound to ${nodeName}: where it does not fit, the kubelet rejects it as Failed${loops}`,
    severity: 'warning',
    cause: 'node-name',
  };
}

/** A claim that is declared, not bound, and of a class that waits for the first consumer. */
function waitingClaim({ prediction, namespace }: WorkloadPrediction, pod: Pod) {
  for (const [volume] of each(field(pod).spec.volumes)) {
    const name = volume.persistentVolumeClaim?.claimName;
    const claim = name && prediction.snapshot.get('PersistentVolumeClaim', namespace, name);
    if (!claim || claim.spec?.volumeName || claim.status?.phase === 'Bound') continue;
    const className = claim.spec?.storageClassName;
    const found = className && prediction.snapshot.get('StorageClass', '', className);
    if (found && found.volumeBindingMode === 'WaitForFirstConsumer') return { name };
  }
  return undefined;
}
