/** A long grace period in a pod that makes room for a more important one. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { mayPreempt, priorityOf } from '../facts/priorities.ts';
import { killedWindow } from '../facts/replays.ts';
import { nameOf } from '../facts/services.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

const LONG_SECONDS = 300;
/** The kubelet has let a killed pod go within so long, in seconds. */
const CLEAN_UP_SECONDS = 1;
/** The replay's measure: five minutes, and what the kubelet takes to let a pod go. */
const LONG_WAIT_SECONDS = 302;

export default defineRaceRule({
  id: 'preemption-grace-delays-critical',
  severity: 'information',
  basis: 'source',
  summary: 'A more important pod waits for the grace period of the pod it preempts.',
  why: `
    Preemption deletes the victims with their own grace period, and the preemptor waits until they are
    gone. Meanwhile pods of at least its priority may take the room it waits for.
  `,
  remedy: 'Give pods that may be preempted a short terminationGracePeriodSeconds.',
  upstream: [{ path: 'pkg/scheduler/framework/preemption/preemption.go' }],
  replay: {
    by: 'preemption',
    lost: (story) => {
      const exitAfter = killedWindow(story);
      return story.prediction.workloads
        .filter((it) => it.subject !== story.workload.subject)
        .some((it) => story.preempted(it, exitAfter).longestWait > LONG_WAIT_SECONDS);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: batch }
        spec:
          selector: { matchLabels: { app: batch } }
          template:
            metadata: { labels: { app: batch } }
            spec:
              terminationGracePeriodSeconds: 600
        #                                    ^^^ a pod of Deployment checkout (priority 1000) that preempts one of these (priority 0) waits for up to 10m until it is gone
              containers: [{ name: app, image: "registry.example/batch:1" }]
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: { name: urgent }
        value: 1000
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: checkout }
        spec:
          selector: { matchLabels: { app: checkout } }
          template:
            metadata: { labels: { app: checkout } }
            spec:
              priorityClassName: urgent
              containers: [{ name: app, image: "registry.example/checkout:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: batch }
        spec:
          selector: { matchLabels: { app: batch } }
          template:
            metadata: { labels: { app: batch } }
            spec:
              terminationGracePeriodSeconds: 299
              containers: [{ name: app, image: "registry.example/batch:1" }]
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: { name: urgent }
        value: 1000
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: checkout }
        spec:
          selector: { matchLabels: { app: checkout } }
          template:
            metadata: { labels: { app: checkout } }
            spec:
              priorityClassName: urgent
              containers: [{ name: app, image: "registry.example/checkout:1" }]
      `,
    ],
  },

  *find(workload, prediction) {
    const { pod } = workload;
    const grace = pod?.spec.terminationGracePeriodSeconds ?? 30;
    if (!pod || grace < LONG_SECONDS || workload.kind === 'DaemonSet') return;
    const stronger = prediction.workloads
      .filter((it) => it.kind !== 'DaemonSet' && mayPreempt(it, workload))
      .toSorted((a, b) => priorityOf(b) - priorityOf(a))[0];
    if (!stronger) return;
    yield {
      at: field(pod).spec.terminationGracePeriodSeconds,
      message:
        `a pod of ${nameOf(stronger)} (priority ${priorityOf(stronger)}) that preempts one of these` +
        ` (priority ${priorityOf(workload)}) waits for up to ${formatSeconds(grace)} until it is gone`,
      witness: [
        {
          at: 0,
          text: `a pod of ${nameOf(stronger)} preempts one of these, which goes on until it is killed`,
          moment: 'scheduler:preempted',
        },
        {
          at: grace + CLEAN_UP_SECONDS,
          text: 'the victim was killed a second ago and is gone',
          moment: 'scheduler:gone',
        },
        {
          at: grace + CLEAN_UP_SECONDS,
          text: 'the more important pod is bound',
          moment: 'scheduler:bound',
        },
      ],
      certainty: 'assumed',
      restsOn: 'that the two share a node that runs full',
    };
  },
});
