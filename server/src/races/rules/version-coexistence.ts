/** A migration in a rolling update: the old version serves on the new schema. */
import { rollingDeployment } from '../facts/rollouts.ts';
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
    for (const { name, container, at } of workload.model?.inits ?? []) {
      const argv = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
      if (!MIGRATES.test(name) && !MIGRATES.test(argv)) continue;
      const old = rolling.replicas - rolling.maxUnavailable;
      if (old < 1) continue;
      const serve =
        old === 1 ? '1 pod of the old version serves' : `${old} pods of the old version serve`;
      yield {
        at: at.name,
        message: `${name} of the first new pod runs while at least ${serve} on what it changes`,
        certainty: 'assumed',
        restsOn: 'that it migrates data, by its name or command',
      };
    }
  },
});
