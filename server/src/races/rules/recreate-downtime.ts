/** Recreate of a served workload: no pod between the old and the new. */
import { addWindows, formatWindow } from '../../explanation/index.ts';
import { field } from '../../manifest/index.ts';
import { needsRecreate } from '../facts/claims.ts';
import { deploymentOf, goneWindow, readyWindow } from '../facts/rollouts.ts';
import { slowestPods } from '../facts/replays.ts';
import { gapWitness } from '../facts/rollout-witness.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'recreate-downtime',
  severity: 'information',
  basis: 'source',
  summary: 'Every rollout is an outage: all old pods are gone before the first new one is made.',
  why: `
    With Recreate the controller deletes all old pods, waits until the last one is gone, its grace period
    and volumes included, and only then makes new ones, which still have to boot.
  `,
  remedy:
    'Use RollingUpdate, with a volume that several nodes can write if there is one, or live with the outage.',
  upstream: [{ path: 'pkg/controller/deployment/recreate.go' }],
  replay: {
    by: 'rollout',
    lost: (story) =>
      story.workload.services.length === 0
        ? undefined
        : story.rollout(slowestPods(story))?.minReady === 0,
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          strategy:
            type: Recreate
        #         ^^^^^^^^ a rollout leaves web without a ready pod for 1.2s to 1m 41.1s
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
      // Somebody wanted to be available, and nothing here asks for Recreate.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          strategy: { type: Recreate }
        #                   ^^^^^^^^ a rollout leaves web without a ready pod for 1.2s to 1m 41.1s; nothing in this manifest keeps 3 pods from rolling
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers: [{ name: app, image: "registry.example/web:1" }]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80 }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: worker }
        spec:
          strategy: { type: Recreate }
          selector: { matchLabels: { app: worker } }
          template:
            metadata: { labels: { app: worker } }
            spec:
              containers: [{ name: app, image: "registry.example/worker:1" }]
      `,
    ],
  },

  *find(workload) {
    const deployment = deploymentOf(workload);
    const { replicas, services } = workload;
    if (deployment?.spec?.strategy?.type !== 'Recreate' || replicas === 0) return;
    if (services.length === 0) return;
    const gone = goneWindow(workload);
    const ready = readyWindow(workload);
    const down = gone && ready ? addWindows(gone, ready) : undefined;
    const needless = replicas > 1 && !needsRecreate(workload);
    const { strategy } = field(deployment).spec;
    const why = needless ? `; nothing in this manifest keeps ${replicas} pods from rolling` : '';
    yield {
      at: strategy.type,
      message: `a rollout leaves ${services[0]?.metadata.name ?? 'its Service'} without a ready pod${down ? ` for ${formatWindow(down)}` : ''}${why}`,
      severity: needless ? 'warning' : 'information',
      ...(down
        ? {
            certainty: 'bounded' as const,
            restsOn: `the ${workload.model?.profile.name ?? 'default'} profile`,
          }
        : {}),
      witness:
        gone && ready
          ? gapWitness(
              { gone, ready },
              replicas === 1 ? 'the old pod' : 'the first of the old pods',
            )
          : [],
      fixes: needless
        ? [
            {
              title: 'Use the strategy RollingUpdate',
              changes: [{ at: strategy, value: { type: 'RollingUpdate' } }],
            },
          ]
        : [],
    };
  },
});
