/** A migration in a rolling update: the old version serves on the new schema. */
import type { PodContainer } from '../../lifecycle/index.ts';
import { slowestPods } from '../facts/replays.ts';
import { readyWindow, rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** Programs and words of schema migrations. */
const MIGRATES =
  /\b(migrat\w*|flyway|liquibase|alembic|goose|db:(?:migrate|setup)|prisma|knex|dbmate|sqitch)\b/i;

export default defineRaceRule({
  id: 'version-coexistence',
  severity: 'information',
  basis: 'source',
  summary: 'The old version keeps serving after the new one has migrated the data.',
  why: `
    In a rolling update the first new pod runs its init containers while old pods still serve. What it
    migrates, they read and write in the old way, until the last of them is gone, and again after a
    rollback.
  `,
  remedy:
    'Make each migration work with the version before it (expand, then contract), run it as a Job, or use Recreate.',
  upstream: [{ path: 'pkg/controller/deployment/rolling.go' }],
  replay: {
    by: 'rollout',
    lost: (story) => {
      const inits = story.model.inits.filter(migrates);
      const rollout = inits.length > 0 ? story.rollout(slowestPods(story)) : undefined;
      if (!rollout) return undefined;
      const migrated = rollout.steps.findIndex((it) => it.isNew && it.what === 'ready');
      const before = rollout.steps.slice(0, Math.max(0, migrated));
      const left = before.filter((it) => !it.isNew && it.what === 'deleting').length;
      return migrated >= 0 && rollout.before.ready > left;
    },
  },
  yieldsTo: ['init-not-idempotent-concurrent'],
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              initContainers:
                - name: migrate
        #               ^^^^^^^ migrate of the first new pod runs while at least 3 pods of the old version serve on what it changes
                  image: registry.example/shop:2
                  command: [bin/rails, "db:migrate"]
              containers: [{ name: app, image: "registry.example/shop:2" }]
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          strategy: { type: Recreate }
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              initContainers:
                - name: migrate
                  image: registry.example/shop:2
                  command: [bin/rails, "db:migrate"]
              containers: [{ name: app, image: "registry.example/shop:2" }]
      `,
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              initContainers:
                - name: wait
                  image: registry.example/shop:2
                  command: [bin/wait-for-database]
              containers: [{ name: app, image: "registry.example/shop:2" }]
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    if (!rolling) return;
    const ready = readyWindow(workload);
    for (const init of workload.model?.inits ?? []) {
      const { name, at } = init;
      if (!migrates(init)) continue;
      const old = rolling.replicas - rolling.maxUnavailable;
      if (old < 1) continue;
      const serve =
        old === 1 ? '1 pod of the old version serves' : `${old} pods of the old version serve`;
      yield {
        at: at.name,
        message: `${name} of the first new pod runs while at least ${serve} on what it changes`,
        certainty: 'assumed',
        restsOn: 'that it migrates data, by its name or command',
        ...(ready
          ? {
              witness: [
                {
                  at: 0,
                  text: `the first new pod is created, and runs ${name}`,
                  moment: 'rollout:created::"of":"new"',
                },
                {
                  at: Number.isFinite(ready.latest) ? ready.latest : ready.earliest,
                  text: `it is Ready: from ${name} until now ${old === 1 ? '1 old pod serves' : `${old} old pods serve`}`,
                  moment: 'rollout:ready::"of":"new"',
                },
              ],
            }
          : {}),
      };
    }
  },
});

function migrates({ name, container }: PodContainer): boolean {
  const argv = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  return MIGRATES.test(name) || MIGRATES.test(argv);
}
