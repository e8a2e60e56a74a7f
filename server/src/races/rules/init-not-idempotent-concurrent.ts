/** A migration in an init container: every pod runs it, several at once. */
import type { PodContainer } from '../../lifecycle/index.ts';
import { isLongRunning, mostPods } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

export default defineRaceRule({
  id: 'init-not-idempotent-concurrent',
  severity: 'warning',
  basis: 'documentation',
  summary:
    'Several pods run the same migration at the same time, beside the old version of the app.',
  why: `
    Init containers run in every pod, and again when its sandbox is made anew. During a rollout two or
    more pods change the schema at once, while pods of the old version still use the old one.
  `,
  remedy:
    'Run the migration once, in a Job before the rollout, and in steps that the old version can live with.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'rollout',
    lost: (story) => {
      if (!story.model.inits.some((it) => migrationIn(it))) return false;
      const steps = story.rollout()?.steps ?? [];
      const firstReady = steps.findIndex((it) => it.isNew && it.what === 'ready');
      const before = steps.slice(0, firstReady < 0 ? steps.length : firstReady);
      const starting = before.filter((it) => it.isNew && it.what === 'created').length;
      return starting > 1 || before.some((it) => it.isNew && it.total > starting);
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              initContainers:
                - name: setup
        #               ^^^^^ up to 4 pods run setup (manage.py migrate) at the same time, while pods of the old version still serve
                  image: registry.example/web:1
                  command: [python, manage.py, migrate]
              containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
    ],
    safe: [
      // One pod at a time, and never two.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          strategy: { type: Recreate }
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              initContainers:
                - name: setup
                  image: registry.example/web:1
                  command: [python, manage.py, migrate]
              containers: [{ name: app, image: 'registry.example/web:1' }]
      `,
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate }
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
                - { name: migrate, image: 'registry.example/web:1', command: [python, manage.py, migrate] }
      `,
    ],
  },

  *find(workload) {
    const { model, kind } = workload;
    if (!model || !isLongRunning(workload)) return;
    const pods = mostPods(workload);
    // Ordinals start one after the other unless told otherwise.
    const oneByOne =
      kind === 'StatefulSet' &&
      (workload.object as { spec?: { podManagementPolicy?: string } }).spec?.podManagementPolicy !==
        'Parallel';
    if (pods < 2 || oneByOne) return;
    for (const init of model.inits) {
      const tool = migrationIn(init);
      if (!tool) continue;
      // These take a lock in the database; of the others nobody knows.
      const locks = /flyway|liquibase|prisma|rails|rake|knex|golang-migrate/.test(tool);
      yield {
        at: init.at.name,
        message: `${kind === 'DaemonSet' ? 'several' : `up to ${pods}`} pods run ${init.name} (${tool}) at the same time${locks ? ', one after the other behind its lock' : ''}, while pods of the old version still serve`,
        ...(locks ? { severity: 'information' as const } : {}),
        certainty: 'assumed',
        restsOn: `that ${init.name} changes a database that the pods share`,
        witness: [
          { at: 0, text: `pod 1: ${init.name} changes the schema` },
          { at: 0.1, text: `pod 2: ${init.name} makes the same change` },
          { at: 5, text: 'pods of the old version meet the new schema' },
        ],
      };
    }
  },
});

const TOOLS =
  /\b(?:flyway|liquibase|alembic|prisma migrate|rake db:\w+|rails db:migrate|manage\.py migrate|knex migrate|goose|golang-migrate|migrate up|db:migrate|sequelize(?:-cli)? db:migrate|php artisan migrate)\b/i;

function migrationIn({ name, container }: PodContainer): string | undefined {
  const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  const tool = TOOLS.exec(command)?.[0] ?? /flyway|liquibase/.exec(container.image ?? '')?.[0];
  if (tool) return tool.toLowerCase();
  return /(^|-)(?:db-?)?migrat(?:e|ions?)(-|$)/.test(name) ? 'a migration by its name' : undefined;
}
