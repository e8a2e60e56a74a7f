/** Automation that force deletes pods of a StatefulSet: two pods with one identity. */
import { commandMeaning, MINIMUM_GRACE_SECONDS, type PodContainer } from '../../lifecycle/index.ts';
import { each, field, type KubernetesObject } from '../../manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../prediction/index.ts';
import { lasting } from '../facts/replays.ts';
import { defineRaceRule, yaml, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'force-delete-duplicate-identity',
  severity: 'error',
  basis: 'source',
  summary: 'A script force deletes a pod of a StatefulSet, so two pods may run under one name.',
  why: `
    A force delete removes the object without asking the node. The StatefulSet makes the pod anew at
    once, under the same name and with the same volumes. When the node does not answer, or only
    answers late, the old pod still runs and writes.
  `,
  remedy:
    'Never force delete such pods: taint a node that is known to be off as out-of-service, and the rest follows in order.',
  upstream: [{ path: 'staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { prediction, workload, model } = story;
      const scripts = model.mains.flatMap((it) => forceDelete(it) ?? []);
      const target = scripts.map((it) => targetOf(it, workload, prediction)).find((it) => it);
      const owner = prediction.workloads.find((it) => target && it.object === target);
      const deleted = owner && story.of(owner);
      if (!deleted) return undefined;
      const actions = [{ do: 'force-delete', when: 'ready', plus: 2 }] as const;
      const life = deleted.live({ actions, apps: lasting(deleted, Infinity) });
      return life.at('status:deleted') < life.at('app:exit');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: unstick }
        spec:
          schedule: "*/5 * * * *"
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: kubectl
                      image: registry.example/kubectl:1.36
                      command: [kubectl, delete, pod, db-0, --force, --grace-period=0]
        #             ^^^^^^^ a force delete of db's pods does not wait for the node: a second pod of the same name may run and write beside the first
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        #                 ^^ related: db promises one pod of each name
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
      `,
    ],
    safe: [
      // A delete in order.
      yaml`
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: unstick }
        spec:
          schedule: "*/5 * * * *"
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: kubectl
                      image: registry.example/kubectl:1.36
                      command: [kubectl, delete, pod, db-0, --grace-period=60]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db }
        spec:
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              containers:
                - name: db
                  image: registry.example/db:1
      `,
      // Without --force kubectl makes 1 of 0.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: unstick }
        spec:
          restartPolicy: Never
          containers:
            - name: kubectl
              image: registry.example/kubectl:1.36
              command: [kubectl, delete, pod, db-0, --grace-period=0]
      `,
    ],
  },

  *find(workload, prediction) {
    for (const container of workload.model?.mains ?? []) {
      const script = forceDelete(container);
      if (!script) continue;
      const target = targetOf(script, workload, prediction);
      const { command } = container.container;
      yield {
        at: command?.length ? container.at.command : container.at.args,
        message: target
          ? `a force delete of ${target.metadata.name}'s pods does not wait for the node: a second pod of the same name may run and write beside the first`
          : 'a force delete does not wait for the node: the pod may still run when it is gone from the API, beside the one that replaces it',
        ...(target
          ? {
              related: [
                {
                  message: `${target.metadata.name} promises one pod of each name`,
                  at: field(target).metadata.name,
                },
              ],
            }
          : { severity: 'information' as const }),
        fixes: withoutForce(container),
        witness: [
          {
            at: 0,
            text: 'the script force deletes a pod',
            moment: 'api:delete::"gracePeriodSeconds":0',
          },
          {
            at: 0,
            text: 'the object is gone: its controller makes another in its place',
            moment: 'status:deleted',
          },
          {
            at: MINIMUM_GRACE_SECONDS,
            text: 'the old process ends only now, at SIGKILL; on a node that does not answer it runs on',
            moment: 'app:exit',
          },
        ],
      };
    }
  },
});

/** The text of a command that runs kubectl delete --force on pods. */
function forceDelete({ container }: PodContainer): string | undefined {
  const argv = [...(container.command ?? []), ...(container.args ?? [])];
  const text = argv.join(' ');
  const isForced = /\bkubectl\b[^;&|\n]*\bdelete\b[^;&|\n]*--force\b(?!=false)/.test(text);
  if (!isForced || !/\bdelete\b[^;&|\n]*\b(?:pods?|po)\b/.test(text)) return undefined;
  return commandMeaning(argv).needs.includes('kubectl') || text.includes('kubectl')
    ? text
    : undefined;
}

/** The command without the words that make it forced; nothing where they are part of a script. */
function withoutForce({ at }: PodContainer): readonly RaceFix[] {
  const words = [...each(at.command), ...each(at.args)];
  const isForced = ([word]: (typeof words)[number], i: number) =>
    /^--force(?:=true)?$/.test(word) ||
    word === '--grace-period=0' ||
    (word === '--grace-period' && words[i + 1]?.[0] === '0') ||
    (word === '0' && words[i - 1]?.[0] === '--grace-period');
  const forced = words.filter(isForced);
  if (!/^(?:.*\/)?kubectl$/.test(words[0]?.[0] ?? '') || forced.length === 0) return [];
  return [
    {
      title: 'Run kubectl delete without --force',
      changes: forced.map(([, place]) => ({ at: place, value: undefined })),
    },
  ];
}

/** The StatefulSet of this namespace whose pods the script names. */
function targetOf(
  script: string,
  { namespace }: WorkloadPrediction,
  { snapshot }: Prediction,
): KubernetesObject | undefined {
  const named = /(?:-n|--namespace)[ =](\S+)/.exec(script)?.[1];
  return snapshot.list('StatefulSet', named ?? namespace).find(({ metadata, spec }) => {
    const labels = Object.entries(spec.template?.metadata?.labels ?? {});
    const bySelector = labels.some(([key, value]) => script.includes(`${key}=${value}`));
    return bySelector || script.split(/[\s/"']+/).some((it) => isPodOf(it, metadata.name));
  });
}

function isPodOf(word: string, set: string): boolean {
  return word.startsWith(`${set}-`) && /^\d+$/.test(word.slice(set.length + 1));
}
