/** A rollout whose terminating pods live on beside the new ones. */
import { formatSeconds } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { killedWindow } from '../facts/replays.ts';
import { goneWindow, rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Shorter graces leave nothing to speak of behind. */
const LONG_GRACE_SECONDS = 300;
/** The replay's measure: more processes than the strategy allows for so long are worth a word. */
const LONG_OVERCOMMIT_SECONDS = 240;

export default defineRaceRule({
  id: 'terminating-overcommit',
  severity: 'information',
  basis: 'source',
  summary: 'During a rollout far more processes may be alive than replicas and surge allow.',
  why: `
    maxSurge counts pods that are not terminating. An old pod that is told to stop makes room for a new
    one at once, and lives on until its process ends or its grace period is over, with its memory, its
    connections and its licence.
  `,
  remedy:
    'Count on twice the replicas in databases and nodes, shorten the grace period, or use Recreate.',
  upstream: [{ path: 'pkg/controller/deployment/rolling.go' }],
  replay: {
    by: 'rollout',
    lost: (story) => {
      // The old processes go on until they are killed.
      const rollout = story.rollout({ pods: { exitAfter: killedWindow(story) } });
      if (!rollout) return undefined;
      const { steps, capacity } = rollout;
      const beyond = steps.filter((it) => it.total > capacity.maxPods).map((it) => it.at.earliest);
      return Math.max(...beyond) - Math.min(...beyond) >= LONG_OVERCOMMIT_SECONDS;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: chat }
        spec:
          replicas: 10
          selector: { matchLabels: { app: chat } }
          template:
            metadata: { labels: { app: chat } }
            spec:
              terminationGracePeriodSeconds: 3600
        #                                    ^^^^ a rollout may have 20 pods alive for up to 1h, terminating ones with them, though the strategy allows 13
              containers: [{ name: app, image: "registry.example/chat:1" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: chat }
        spec:
          replicas: 10
          selector: { matchLabels: { app: chat } }
          template:
            metadata: { labels: { app: chat } }
            spec:
              terminationGracePeriodSeconds: 60
              containers: [{ name: app, image: "registry.example/chat:1" }]
      `,
      // All old pods are gone first.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: chat }
        spec:
          replicas: 10
          strategy: { type: Recreate }
          selector: { matchLabels: { app: chat } }
          template:
            metadata: { labels: { app: chat } }
            spec:
              terminationGracePeriodSeconds: 3600
              containers: [{ name: app, image: "registry.example/chat:1" }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || model.gracePeriodSeconds < LONG_GRACE_SECONDS) return;
    const gone = goneWindow(workload);
    if (!rollingDeployment(workload) || !gone || gone.latest < LONG_GRACE_SECONDS) return;
    const { rollout } = workload;
    if (!rollout || rollout.maxTotal <= rollout.maxPods) return;
    const peak = rollout.steps.find((it) => it.total === rollout.maxTotal);
    yield {
      at: field(model.pod).spec.terminationGracePeriodSeconds,
      message: `a rollout may have ${rollout.maxTotal} pods alive for up to ${formatSeconds(gone.latest)}, terminating ones with them, though the strategy allows ${rollout.maxPods}`,
      witness: [
        { at: 0, text: 'the first old pods are told to stop', moment: 'rollout:deleting' },
        ...(peak && Number.isFinite(peak.at.latest)
          ? [
              {
                at: peak.at.latest,
                text: `${rollout.maxTotal} pods are alive`,
                moment: `rollout:${peak.what}::"total":${rollout.maxTotal},`,
              },
            ]
          : []),
        {
          at: model.gracePeriodSeconds + 1,
          text: 'the first old pods are killed and gone',
          moment: 'rollout:gone',
        },
      ],
      certainty: 'assumed',
      restsOn: 'that the processes use their grace period',
    };
  },
});
