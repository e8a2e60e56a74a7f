/** A migration in an init container: every pod runs it, several at once. */
import type { PodContainer } from '../../lifecycle/index.ts';
import type { StatefulSet } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import type { Rollout } from '../../workloads/index.ts';
import { slowestPods } from '../facts/replays.ts';
import { replicaRange } from '../facts/replicas.ts';
import { deploymentOf, readyWindow } from '../facts/rollouts.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'init-not-idempotent-concurrent',
  severity: 'warning',
  basis: 'documentation',
  summary:
    'Several pods run the same migration at the same time, beside the old version of the app.',
  why: `
    Init containers run in every pod, and again when its sandbox is made anew. The first pods of a
    workload start together and change the schema at once; those of an update run while pods of the old
    version still use the old one.
  `,
  remedy:
    'Run the migration once, in a Job before the rollout, and in steps that the old version can live with.',
  noFix:
    'a migration that runs once is a step of the release before the rollout, and what orders the two is not in a manifest',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'rollout',
    lost: (story) =>
      story.model.inits.some((it) => migrationIn(it)) &&
      mostStarting(story.rollout({ ...slowestPods(story), change: { kind: 'create' } })) > 1,
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
        #               ^^^^^ the 3 pods of a new web run setup (manage.py migrate) at the same time, and an update runs it while pods of the old version still serve
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
    const { podManagementPolicy } = (workload.object as Partial<StatefulSet>).spec ?? {};
    // Ordinals start one after the other unless told otherwise.
    const oneByOne = kind === 'StatefulSet' && podManagementPolicy !== 'Parallel';
    if (oneByOne || replicaRange(workload).most < 2) return;
    for (const init of model.inits) {
      const tool = migrationIn(init);
      if (!tool) continue;
      // These take a lock in the database; of the others nobody knows.
      const locks = /flyway|liquibase|prisma|rails|rake|knex|golang-migrate/.test(tool);
      const order = locks ? ', one after the other behind its lock' : '';
      yield {
        at: init.at.name,
        message: `${whoRuns(workload)} run ${init.name} (${tool}) at the same time${order}${besideOld(workload)}`,
        ...(locks ? { severity: 'information' as const } : {}),
        certainty: 'assumed',
        restsOn: `that ${init.name} changes a database that the pods share`,
        witness: witnessOf(workload, init.name),
      };
    }
  },
});

function whoRuns(workload: WorkloadPrediction): string {
  const { kind, name, replicas } = workload;
  const { least, most } = replicaRange(workload);
  if (least < 2) return `up to ${most} pods of ${name}`;
  return kind === 'DaemonSet'
    ? `the pods of a new ${name}`
    : `the ${replicas} pods of a new ${name}`;
}

function besideOld(workload: WorkloadPrediction): string {
  const replacesAll = deploymentOf(workload)?.spec.strategy?.type === 'Recreate';
  return replacesAll ? '' : ', and an update runs it while pods of the old version still serve';
}

/** Two of the first pods, both created before one of them is Ready. */
function witnessOf(workload: WorkloadPrediction, init: string): readonly WitnessStep[] {
  const ready = readyWindow(workload);
  if (!ready || workload.replicas < 2) return [];
  const takes = Number.isFinite(ready.latest) ? ready.latest : ready.earliest;
  return [
    { at: 0, text: `pod 1 is created, to run ${init}`, moment: 'rollout:created::"total":1,' },
    { at: 0, text: 'pod 2 is created, to run it, too', moment: 'rollout:created::"total":2,' },
    {
      at: takes,
      text: 'the first of them is through and Ready',
      moment: 'rollout:ready::"ready":1}',
    },
  ];
}

/** How many pods there were at once that had been created and were not Ready yet. */
function mostStarting(rollout: Rollout | undefined): number {
  const starting = new Set<string>();
  let most = 0;
  for (const { what, pod } of rollout?.steps ?? []) {
    if (what === 'created') starting.add(pod);
    else starting.delete(pod);
    most = Math.max(most, starting.size);
  }
  return most;
}

const TOOLS =
  /\b(?:flyway|liquibase|alembic|prisma migrate|rake db:\w+|rails db:migrate|manage\.py migrate|knex migrate|goose|golang-migrate|migrate up|db:migrate|sequelize(?:-cli)? db:migrate|php artisan migrate)\b/i;

function migrationIn({ name, container }: PodContainer): string | undefined {
  const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  const tool = TOOLS.exec(command)?.[0] ?? /flyway|liquibase/.exec(container.image ?? '')?.[0];
  if (tool) return tool.toLowerCase();
  return /(^|-)(?:db-?)?migrat(?:e|ions?)(-|$)/.test(name) ? 'a migration by its name' : undefined;
}
