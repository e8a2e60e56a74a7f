/** terminationGracePeriodSeconds 0: every delete is a force delete. */
import type { PodAction } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED, lasting } from '../facts/replays.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';
import { certainSteps, decisiveSteps } from '../witness.ts';

/** The Job's controller lets go of a pod that is being deleted; other pods have no finalizer. */
const UNTRACKED: PodAction = {
  do: 'patch',
  when: 'api:delete',
  plus: 0.1,
  patch: { metadata: { finalizers: null } },
};

export default defineRaceRule({
  id: 'grace-zero-force-delete',
  severity: 'error',
  basis: 'source',
  summary: 'The object is gone before the containers have stopped.',
  why: `
    A grace period of 0 does not mean a fast end, it means a force delete: the API server removes
    the object at once, and the kubelet stops the containers afterwards, with at least 2 seconds
    between SIGTERM and SIGKILL. Its controller makes the next pod meanwhile, with the same name or
    the same volume; on a node that does not answer both run for as long as that lasts.
  `,
  remedy:
    'Remove the field, or set it to 1 or more: 1 is a fast end, and the object stays until the containers have stopped.',
  upstream: [
    { path: 'pkg/registry/core/pod/strategy.go' },
    { path: 'staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ actions: [...DELETED, UNTRACKED], apps: lasting(story, 3) });
      return life.at('status:deleted') < life.at('app:exit');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 0
        #                                    ^ 0 makes every delete a force delete: the object of the pod is gone while its containers still run, 2s and more, and another db-0 may start beside it
              containers:
                - name: db
                  image: registry.example/db:1
      `,
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: report }
        spec:
          template:
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 0
        #                                    ^ 0 makes every delete a force delete: the object of the pod is gone while its containers still run, 2s and more
              containers:
                - name: report
                  image: registry.example/report:1
      `,
    ],
    safe: [
      // One second is a short end, but an end in order.
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: db
                  image: registry.example/db:1
      `,
    ],
  },

  *find(workload) {
    const { model, kind, name } = workload;
    if (!model || model.gracePeriodSeconds !== 0) return;
    const at = field(model.pod).spec.terminationGracePeriodSeconds;
    const held = whatIsHeld(workload);
    const isJob = /^(?:Cron)?Job$/.test(kind);
    yield {
      at,
      message: `0 makes every delete a force delete: the object of the pod is gone while its containers still run, 2s and more${held ? `, and ${held}` : ''}`,
      ...(held ? {} : { severity: isJob ? ('information' as const) : ('warning' as const) }),
      witness: witnessOf(workload),
      fixes: [
        {
          title: `Let the pods of ${name} end in 30s, the default`,
          changes: [{ at, value: undefined }],
        },
      ],
      cause: 'grace-zero',
    };
  },
});

/** What a second pod would take while the first still has it. */
function whatIsHeld({ kind, name, model, services }: WorkloadPrediction): string | undefined {
  if (kind === 'StatefulSet') return `another ${name}-0 may start beside it`;
  const claims = (model?.pod.spec.volumes ?? []).filter((it) => it.persistentVolumeClaim);
  if (claims.length > 0) {
    return `another pod may write to volume ${claims[0]?.name} beside it`;
  }
  const [service] = services;
  return service && `the endpoint of ${service.metadata.name} vanishes with requests in flight`;
}

function witnessOf(workload: WorkloadPrediction) {
  const shutdown = workload.shutdown('delete');
  if (!shutdown) return [];
  const order = shutdown.order('gone', 'all-stopped');
  if (order.relation === 'before') {
    return certainSteps(shutdown, order.proof.chain, ['gone', 'all-stopped']);
  }
  return order.relation === 'unordered' ? decisiveSteps(shutdown, order.aFirst) : [];
}
