/** A replacement of a Job's pod that starts while the pod before it still runs. */
import { isWritten, type Citable } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { mountedClaims } from '../facts/claims.ts';
import {
  backoffLimitOf,
  HANGS,
  jobOf,
  STARTS_AFTER_SECONDS,
  type PlacedJob,
} from '../facts/jobs.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** The Job controller waits so long after a first failure, and a pod that is evicted has failed. */
const FIRST_WAIT_SECONDS = 10;
/** Overlaps up to this long go unnoticed. */
const SHORT_SECONDS = 5;

export default defineRaceRule({
  id: 'job-replacement-overlap',
  severity: 'warning',
  basis: 'source',
  summary: 'When a pod of the Job is drained, the next one starts while it still runs.',
  why: `
    By default a Job takes a pod that is being deleted for failed, and makes its replacement 10 seconds
    later, after the wait of a first failure. Until the old one has ended, which takes up to its grace
    period, two pods do the same work: on one claim, or under one completion index.
  `,
  remedy: "Set podReplacementPolicy: Failed, so that the replacement waits for the old pod's end.",
  upstream: [{ path: 'pkg/controller/job/job_controller.go' }],
  replay: {
    by: 'job',
    // Pods hang; the first is evicted after a minute, and does not stop when it is told to.
    lost: (story) => {
      const ended = { after: 60, by: 'eviction' } as const;
      const tries = (pod: number) => (pod === 1 ? { ...HANGS, ended } : HANGS);
      const run = story.job({ tries, until: 600 });
      if (!run) return undefined;
      const next = run.after(run.at('pod:deletion:1'), 'pod:running');
      return next + SHORT_SECONDS < run.at('pod:exit:1');
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
        #                       ^^^^^^^^^^^^^^^^^^^ when a pod is drained or preempted its replacement is made after 10s, and for up to 20s both use claim data
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
        #                 ^^^^^^^ when a pod is drained or preempted its replacement is made after 10s, and for up to 20s both work under the same completion index
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
      // The old pod is gone before the new one is at work.
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
              terminationGracePeriodSeconds: 15
              containers:
                - { name: work, image: "registry.example/work:1" }
      `,
    ],
  },

  *find(workload) {
    const job = jobOf(workload);
    const grace = workload.pod?.spec.terminationGracePeriodSeconds ?? 30;
    const runsAfter = FIRST_WAIT_SECONDS + STARTS_AFTER_SECONDS;
    if (!job || grace <= runsAfter + SHORT_SECONDS || backoffLimitOf(job.spec) === 0) return;
    const { podReplacementPolicy, podFailurePolicy } = job.spec;
    if (podReplacementPolicy === 'Failed' || podFailurePolicy) return;
    const target = contended(workload, job);
    if (!target) return;
    yield {
      at: isWritten(job.at.podReplacementPolicy) ? job.at.podReplacementPolicy : target.at,
      message: `when a pod is drained or preempted its replacement is made after ${FIRST_WAIT_SECONDS}s, and for up to ${grace - FIRST_WAIT_SECONDS}s both ${target.what}`,
      certainty: 'assumed',
      restsOn: 'that its work must not be done by two at once',
      witness: [
        {
          at: 0,
          text: 'the pod is evicted: it is told to stop, and counts as failed',
          moment: 'pod:deletion:1:eviction',
        },
        { at: FIRST_WAIT_SECONDS, text: 'the Job makes its replacement', moment: 'pod:created' },
        { at: runsAfter, text: 'which runs', moment: 'pod:running' },
        { at: grace, text: 'the old pod is killed', moment: 'pod:exit:1:137' },
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
