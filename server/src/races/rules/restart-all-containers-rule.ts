/** An exit code that restarts every container of a pod with clients. */
import { formatSeconds } from '../../explanation/index.ts';
import { each } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { lasting } from '../facts/replays.ts';
import { minorVersion } from '../facts/shutdown.ts';
import { allContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml } from '../race-rule.ts';

/** What the kubelet gives the others: its least grace period. */
const GRACE_SECONDS = 2;

export default defineRaceRule({
  id: 'restart-all-containers-rule',
  severity: 'warning',
  basis: 'source',
  summary: 'One exit code kills every container of a pod that clients are sent to.',
  why: `
    With the action RestartAllContainers the exit of one container ends all the others with 2 seconds of
    grace, without an order among sidecars, and the init containers run again. The pod stays the same,
    so it is an endpoint until its readiness is gone.
  `,
  remedy: 'Restart only the container itself (action Restart), and keep the rule for batch pods.',
  upstream: [{ path: 'pkg/kubelet/kuberuntime/kuberuntime_manager.go' }],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const { mains } = story.model;
      const agents = mains.filter((it) => (it.container.restartPolicyRules ?? []).length > 0);
      const others = mains.filter((it) => it.serves && !agents.includes(it));
      const apps = Object.fromEntries(agents.map((it) => [it.name, { runFor: 20, exitCode: 88 }]));
      const life = story.live({ apps: { ...lasting(story, Infinity), ...apps }, until: 60 });
      return others.some((it) => life.has(`app:exit:${it.name}`));
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              ports: [{ containerPort: 8080 }]
            - name: agent
              image: registry.example/agent:1
              restartPolicy: Never
              restartPolicyRules:
                - action: RestartAllContainers
        #                 ^^^^^^^^^^^^^^^^^^^^ when agent exits with code 88, app is killed after 2s while clients are sent there
                  exitCodes: { operator: In, values: [88] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
      `,
    ],
    safe: [
      // A pod without clients is what the rule is for.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: train }
        spec:
          containers:
            - name: app
              image: registry.example/train:1
            - name: agent
              image: registry.example/agent:1
              restartPolicy: Never
              restartPolicyRules:
                - action: RestartAllContainers
                  exitCodes: { operator: In, values: [88] }
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    const serving = model?.mains.filter((it) => it.serves) ?? [];
    if (!model || serving.length === 0 || minorVersion(workload) < 36) return;
    for (const container of allContainers(model)) {
      for (const [rule, at] of each(container.at.restartPolicyRules)) {
        if (rule.action !== 'RestartAllContainers') continue;
        const others = serving.filter((it) => it !== container).map((it) => it.name);
        if (others.length === 0) continue;
        yield {
          at: at.action,
          message: `when ${container.name} exits with ${codesOf(rule)}, ${others.join(' and ')} ${others.length === 1 ? 'is' : 'are'} killed after ${formatSeconds(GRACE_SECONDS)} while clients are sent there${again(workload)}`,
          witness: [
            {
              at: 0,
              text: `${container.name} has exited: SIGTERM to ${others[0] ?? ''}, whose hook is not run`,
              moment: `app:signal:${others[0] ?? ''}:SIGTERM`,
            },
            {
              at: GRACE_SECONDS,
              text: `SIGKILL to ${others[0] ?? ''}, if it still drains`,
              moment: `app:signal:${others[0] ?? ''}:SIGKILL`,
            },
          ],
          fixes: [
            {
              title: 'Restart only this container',
              changes: [{ at: at.action, value: 'Restart' }],
            },
          ],
        };
      }
    }
  },
});

interface ExitRule {
  readonly exitCodes?: { readonly operator: string; readonly values?: readonly number[] };
}

function codesOf({ exitCodes }: ExitRule): string {
  const values = (exitCodes?.values ?? []).join(', ');
  return exitCodes?.operator === 'NotIn' ? `any code but ${values}` : `code ${values}`;
}

function again({ model }: WorkloadPrediction): string {
  const inits = model?.inits.map((it) => it.name) ?? [];
  if (inits.length === 0) return '';
  return `, and ${inits.join(' and ')} ${inits.length === 1 ? 'runs' : 'run'} again`;
}
