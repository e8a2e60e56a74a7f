/** A replacement of a Job's pod that starts while the pod before it still runs. */
import type { Citable } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import { backoffLimitOf, isWritten, jobOf, type PlacedJob } from '../facts/jobs.ts';
import { lasting } from '../facts/replays.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Overlaps up to this long go unnoticed. */
const SHORT_SECONDS = 5;

export default defineRaceRule({
  id: 'job-replacement-overlap',
  severity: 'warning',
  basis: 'source',
  summary: 'When a pod of the Job is drained, the next one starts while it still runs.',
  why: `
    By default a Job makes a replacement as soon as a pod is being deleted. Until the old one has ended,
    which takes up to its grace period, two pods do the same work: on one claim, or under one completion
    index.
  `,
  remedy: "Set podReplacementPolicy: Failed, so that the replacement waits for the old pod's end.",
  upstream: [{ path: 'pkg/controller/job/job_controller.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      // Its replacement is made when the old pod is marked, unless it has to wait for its end.
      const { podReplacementPolicy, podFailurePolicy } = jobOf(story.workload)?.spec ?? {};
      const waits = podReplacementPolicy === 'Failed' || podFailurePolicy !== undefined;
      if (!jobOf(story.workload) || waits) return false;
      const actions = [{ do: 'evict', when: 'ready', plus: 2 }] as const;
      const life = story.live({ actions, apps: lasting(story, Infinity) });
      return life.at('status:deletion') + SHORT_SECONDS + 0.5 < life.at('app:exit');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          podReplacementPolicy: TerminatingOrFailed
        #                       ^^^^^^^^^^^^^^^^^^^ when a pod is drained or preempted its replacement starts at once, and for up to 30s both use claim data
          template:
            spec:
              restartPolicy: Never
              volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
              containers:
                - name: work
                  image: registry.example/work:1
                  volumeMounts: [{ name: data, mountPath: /data }]
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          completionMode: Indexed
        #                 ^^^^^^^ when a pod is drained or preempted its replacement starts at once, and for up to 30s both work under the same completion index
          completions: 4
          parallelism: 2
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
    safe: [
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          podReplacementPolicy: Failed
          template:
            spec:
              restartPolicy: Never
              volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
              containers:
                - name: work
                  image: registry.example/work:1
                  volumeMounts: [{ name: data, mountPath: /data }]
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data }
        spec:
          accessModes: [ReadWriteOnce]
          resources: { requests: { storage: 1Gi } }
      `,
      // A grace period of 5 seconds is short.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          completionMode: Indexed
          completions: 4
          template:
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 5
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
  },

  *find(workload) {
    const job = jobOf(workload);
    const grace = workload.pod?.spec.terminationGracePeriodSeconds ?? 30;
    if (!job || grace <= SHORT_SECONDS || backoffLimitOf(job.spec) === 0) return;
    const { podReplacementPolicy, podFailurePolicy } = job.spec;
    if (podReplacementPolicy === 'Failed' || podFailurePolicy) return;
    const target = contended(workload, job);
    if (!target) return;
    yield {
      at: isWritten(job.at.podReplacementPolicy) ? job.at.podReplacementPolicy : target.at,
      message: `when a pod is drained or preempted its replacement starts at once, and for up to ${grace}s both ${target.what}`,
      certainty: 'assumed',
      restsOn: 'that its work must not be done by two at once',
      witness: [
        { at: 0, text: 'the pod is evicted: SIGTERM' },
        { at: 0.1, text: 'the Job makes its replacement' },
        { at: grace, text: 'the old pod is killed at the latest' },
      ],
      fixes: [
        {
          title: 'Replace a pod when it has ended',
          changes: [{ at: job.at.podReplacementPolicy, value: 'Failed' }],
        },
      ],
    };
  },
});

/** What the two would both do, and the field that makes them. */
function contended(
  workload: WorkloadPrediction,
  { spec, at }: PlacedJob,
): { readonly what: string; readonly at: Citable } | undefined {
  const claim = mountedClaims(workload).find((it) => it.sharing === 'one-node');
  if (claim && (spec.parallelism ?? 1) === 1) {
    return { what: `use claim ${claim.name}`, at: claim.at };
  }
  if (spec.completionMode !== 'Indexed') return undefined;
  return { what: 'work under the same completion index', at: at.completionMode };
}
