/** A first process without a handler for SIGTERM: every deletion takes the whole grace period. */
import { formatSeconds } from '../../explanation/index.ts';
import {
  literalVariables,
  parseShellScript,
  shellCommand,
  type PodContainer,
} from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { isIdle } from '../facts/idle-command.ts';
import { DELETED } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** A grace period up to here costs nobody anything. */
const SHORT_GRACE_SECONDS = 5;

export default defineRaceRule({
  id: 'pid1-ignores-sigterm',
  severity: 'information',
  basis: 'documentation',
  summary: 'The first process ignores SIGTERM, so the container always runs until SIGKILL.',
  why: `
    The kernel drops a signal for the first process of a PID namespace that has no handler for it.
    sleep, tail and plain loops have none. Nothing is lost by that, but each deletion takes the
    whole grace period, and a StatefulSet, a Recreate or a volume waits for it.
  `,
  remedy:
    'Handle the signal (trap), put an init such as tini before it, share the PID namespace, or make the grace period short.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  yieldsTo: ['grace-zero-force-delete'],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ actions: DELETED });
      return life.at('app:signal::SIGKILL') > life.at('api:delete') + SHORT_GRACE_SECONDS + 1;
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: toolbox }
        spec:
          containers:
            - name: shell
              image: busybox:1.36
              command: [sleep, infinity]
        #     ^^^^^^^ shell does not react to SIGTERM: each deletion takes 30s, until SIGKILL
      `,
      yaml`
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: log }
        spec:
          replicas: 3
          serviceName: log
          selector: { matchLabels: { app: log } }
          template:
            metadata: { labels: { app: log } }
            spec:
              containers:
                - name: tail
                  image: busybox:1.36
                  command: [tail, -f, /var/log/app.log]
        #         ^^^^^^^ tail does not react to SIGTERM: each deletion takes 30s, until SIGKILL, and an update of the StatefulSet takes 1m 30s longer
      `,
    ],
    safe: [
      // The trap ends it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: toolbox }
        spec:
          containers:
            - name: shell
              image: busybox:1.36
              command: [sh, -c, "trap 'exit 0' TERM; sleep infinity & wait"]
      `,
      // Process 1 is the pod's pause container.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: toolbox }
        spec:
          shareProcessNamespace: true
          containers:
            - name: shell
              image: busybox:1.36
              command: [sleep, infinity]
      `,
      // Five seconds are short: the boundary.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: toolbox }
        spec:
          terminationGracePeriodSeconds: 5
          containers:
            - name: shell
              image: busybox:1.36
              command: [sleep, infinity]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || !isLongRunning(workload)) return;
    const grace = model.gracePeriodSeconds;
    if (grace <= SHORT_GRACE_SECONDS) return;
    for (const container of model.mains.filter(ignores)) {
      const { name, app } = container;
      const waits = whoWaits(workload, grace);
      const at = app.onSigterm.cites[0] ?? container.at.name;
      yield {
        at,
        message: `${name} does not react to SIGTERM: each deletion takes ${formatSeconds(grace)}, until SIGKILL${waits ? `, and ${waits}` : ''}`,
        ...(waits ? { severity: 'warning' as const } : {}),
        certainty: app.onSigterm.certainty,
        ...(app.onSigterm.certainty === 'exact' ? {} : { restsOn: app.onSigterm.because }),
        witness: [
          { at: 0, text: `SIGTERM to ${name}: dropped`, event: `sigterm:${name}` },
          { at: grace, text: `SIGKILL to ${name}`, event: `sigkill:${name}` },
        ],
        fixes: [
          {
            title: 'Share the PID namespace, so that it is not process 1',
            changes: [{ at: field(model.pod).spec.shareProcessNamespace, value: true }],
          },
        ],
        cause: `pid1:${name}`,
      };
    }
  },
});

/** It is process 1 and has no handler, or its shell only waits. */
function ignores({ app, container }: PodContainer): boolean {
  if (app.onSigterm.declared || app.onSigterm.value !== 'ignore') return false;
  if (app.entrypoint.pid1 !== 'shell') return true;
  const shell = shellCommand([...(container.command ?? []), ...(container.args ?? [])]);
  return shell ? isIdle(parseShellScript(shell.script, literalVariables(container))) : false;
}

/** Who cannot go on before the old pod has gone. */
function whoWaits(
  { kind, object, replicas }: WorkloadPrediction,
  grace: number,
): string | undefined {
  if (kind === 'StatefulSet' && replicas > 0) {
    return `an update of the StatefulSet takes ${formatSeconds(grace * replicas)} longer`;
  }
  const { spec } = object as { spec?: { strategy?: { type?: string } } };
  return kind === 'Deployment' && spec?.strategy?.type === 'Recreate'
    ? 'a rollout with Recreate has no pod for that long'
    : undefined;
}
