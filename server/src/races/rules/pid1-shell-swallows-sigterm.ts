/** A shell as process 1 that starts the app as its child: the app never hears of SIGTERM. */
import { formatSeconds } from '../../explanation/index.ts';
import {
  literalVariables,
  parseShellScript,
  shellCommand,
  type PodContainer,
  type PodModel,
  type ShellScript,
} from '../../lifecycle/index.ts';
import type { Citable } from '../../manifest/index.ts';
import { isIdle } from '../facts/idle-command.ts';
import { DELETED } from '../facts/replays.ts';
import { isLongRunning } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding, type RaceFix } from '../race-rule.ts';

export default defineRaceRule({
  id: 'pid1-shell-swallows-sigterm',
  severity: 'warning',
  basis: 'documentation',
  summary: 'The shell gets SIGTERM and does not pass it on, so the app never drains.',
  why: `
    SIGTERM goes to the first process of a container. A shell that waits for its child has no
    handler for it, and the kernel drops a signal that the first process of a PID namespace does
    not handle. The app serves on, and is killed with its requests when the grace period is over.
  `,
  remedy:
    'Start the app with exec as the last command of the script, use the exec form, or put an init such as tini before it.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) =>
      isLongRunning(story.workload)
        ? story.live({ actions: DELETED }).has('app:signal::SIGKILL')
        : undefined,
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: app
                  image: registry.example/web:1
                  command: [sh, -c]
                  args:
                    - ./migrate && ./server --port 8080
        #             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ SIGTERM goes to sh, which does not pass it on: \`./server\` runs on until SIGKILL after 30s and loses what it has in flight
      `,
    ],
    safe: [
      // exec puts the app in the place of the shell.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              command: [sh, -c, "./migrate && exec ./server --port 8080"]
      `,
      // An init of the shared PID namespace is process 1.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          shareProcessNamespace: true
          containers:
            - name: app
              image: registry.example/web:1
              command: [sh, -c, "./migrate && ./server --port 8080"]
      `,
      // Many shells run a single command in their own place.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              command: [sh, -c, "./server --port 8080"]
      `,
      // A job ends by itself.
      yaml`
        apiVersion: batch/v1
        kind: Job
        metadata: { name: report }
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
                - name: report
                  image: registry.example/report:1
                  command: [sh, -c, "./fetch && ./report"]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model || !isLongRunning(workload) || model.pod.spec.shareProcessNamespace) return;
    for (const container of model.mains) {
      const finding = judge(container, model);
      if (finding) yield finding;
    }
  },
});

function judge(container: PodContainer, model: PodModel): RaceFinding | undefined {
  const { name, app, preStop, at } = container;
  const { pid1, forwardsSigterm, certainty } = app.entrypoint;
  if (pid1 !== 'shell' || forwardsSigterm !== 'no' || app.onSigterm.declared) return undefined;
  // A hook may be there to tell the app.
  if (preStop.stopsApp !== 'no') return undefined;
  const { command = [], args = [] } = container.container;
  const argv = [...command, ...args];
  const shell = shellCommand(argv);
  if (!shell) return undefined;
  const parsed = parseShellScript(shell.script, literalVariables(container.container));
  // Nothing there would do anything with the signal.
  if (isIdle(parsed)) return undefined;
  const index = argv.indexOf(shell.script);
  const place = index < command.length ? at.command[index] : at.args[index - command.length];
  if (!place) return undefined;
  const last = parsed.commands.at(-1)?.words[0];
  const app1 = last === undefined ? 'what it starts' : `\`${last}\``;
  return {
    at: place,
    message: `SIGTERM goes to ${shell.shell}, which does not pass it on: ${app1} runs on until SIGKILL after ${formatSeconds(model.gracePeriodSeconds)} and loses what it has in flight`,
    certainty,
    ...(certainty === 'exact'
      ? {}
      : {
          restsOn:
            certainty === 'assumed' ? 'a shell that is not bash' : 'how shells start commands',
        }),
    witness: [
      {
        at: 0,
        text: `SIGTERM to ${shell.shell}, process 1 of ${name}: dropped`,
        event: `sigterm:${name}`,
      },
      { at: model.gracePeriodSeconds, text: `SIGKILL to ${name}`, event: `sigkill:${name}` },
    ],
    fixes: withExec(shell.script, parsed, place),
    cause: `pid1:${name}`,
  };
}

/** The script with `exec` before its last command, where that is written as it is understood. */
function withExec(script: string, parsed: ShellScript, at: Citable): readonly RaceFix[] {
  const words = parsed.commands.at(-1)?.words ?? [];
  const first = words[0];
  if (!parsed.understood || first === undefined || parsed.commands.at(-1)?.background) return [];
  const from = script.lastIndexOf(words.every((it) => it !== undefined) ? words.join(' ') : first);
  if (from < 0) return [];
  const value = `${script.slice(0, from)}exec ${script.slice(from)}`;
  return [{ title: `Start ${first} with exec`, changes: [{ at, value }] }];
}
