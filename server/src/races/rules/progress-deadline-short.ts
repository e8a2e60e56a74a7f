/** A progress deadline that passes before an honest start is over. */
import { formatSeconds, formatWindow } from '../../explanation/index.ts';
import type { PodContainer } from '../../lifecycle/index.ts';
import { field } from '../../manifest/index.ts';
import { readyWindow, rollingDeployment } from '../facts/rollouts.ts';
import { defineRaceRule, yaml, type WitnessStep } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

export default defineRaceRule({
  id: 'progress-deadline-short',
  severity: 'warning',
  basis: 'source',
  summary: 'The rollout is reported as failed while its pods are still starting.',
  why: `
    A rollout makes progress when a pod is created, becomes Ready or becomes available. When
    progressDeadlineSeconds pass without, the Deployment gets ProgressDeadlineExceeded: kubectl rollout
    status fails, and pipelines roll back a release that would have come up.
  `,
  remedy: 'Raise progressDeadlineSeconds above image pull, boot and minReadySeconds together.',
  upstream: [{ path: 'pkg/controller/deployment/progress.go' }],
  replay: {
    by: 'rollout',
    // The pods are as slow as they may be without a fault, and the rollout waits for them.
    lost: (story) => {
      const { latest } = story.network('startup')?.ofKind('ready')[0]?.window ?? { latest: 0 };
      const readyAfter = Math.max(Number.isFinite(latest) ? latest : 0, slowestStart(story));
      const rollout = story.rollout({ pods: { readyAfter } });
      return rollout?.notices.some((it) => it.what === 'ProgressDeadlineExceeded');
    },
  },
  examples: {
    racing: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: search }
        spec:
          progressDeadlineSeconds: 60
        #                          ^^ the rollout fails after 1m without progress, and a new pod is Ready after 44.86s to 1m 56.9s
          selector: { matchLabels: { app: search } }
          template:
            metadata: { labels: { app: search } }
            spec:
              containers:
                - name: app
                  image: registry.example/search:1
                  readinessProbe:
                    initialDelaySeconds: 45
                    httpGet: { path: /, port: 80 }
      `,
      // The probe gives the app longer than the Deployment does.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: search }
        spec:
          selector: { matchLabels: { app: search } }
          template:
            metadata: { labels: { app: search } }
            spec:
              containers:
                - name: app
                  image: registry.example/search:1
                  startupProbe:
                    periodSeconds: 10
                    failureThreshold: 90
        #                             ^^ the startup probe gives app 15m, but the rollout fails after 10m without progress
                    httpGet: { path: /, port: 80 }
      `,
    ],
    safe: [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: search }
        spec:
          progressDeadlineSeconds: 300
          selector: { matchLabels: { app: search } }
          template:
            metadata: { labels: { app: search } }
            spec:
              containers:
                - name: app
                  image: registry.example/search:1
                  readinessProbe:
                    initialDelaySeconds: 45
                    httpGet: { path: /, port: 80 }
      `,
      // Exactly as long as the startup probe.
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: search }
        spec:
          selector: { matchLabels: { app: search } }
          template:
            metadata: { labels: { app: search } }
            spec:
              containers:
                - name: app
                  image: registry.example/search:1
                  startupProbe:
                    periodSeconds: 10
                    failureThreshold: 60
                    httpGet: { path: /, port: 80 }
      `,
    ],
  },

  *find(workload) {
    const rolling = rollingDeployment(workload);
    const deadline = rolling?.deployment.spec?.progressDeadlineSeconds ?? 600;
    const { model } = workload;
    if (!rolling || !model) return;
    const at = field(rolling.deployment).spec.progressDeadlineSeconds;
    const ready = readyWindow(workload);
    const fix = (seconds: number) => ({
      title: `Wait ${seconds}s for progress`,
      changes: [{ at, value: seconds }],
    });
    if (ready && Number.isFinite(ready.latest) && ready.latest > deadline) {
      const never = ready.earliest > deadline;
      yield {
        at,
        severity: never ? 'error' : 'warning',
        message: `the rollout fails after ${formatSeconds(deadline)} without progress, and a new pod is Ready after ${formatWindow(ready)}`,
        certainty: 'bounded',
        restsOn: `the ${model.profile.name} profile`,
        fixes: [fix(Math.ceil(ready.latest / 30) * 30 + 30)],
        witness: [
          ...missed(deadline, ready.latest),
          {
            at: ready.latest,
            text: 'the pod is Ready',
            event: 'ready',
            moment: 'rollout:ready::"of":"new"',
          },
        ],
      };
      return;
    }
    const slow = model.mains.find((it) => startupBudget(it) > deadline);
    if (!slow) return;
    const budget = startupBudget(slow);
    yield {
      at: slow.at.startupProbe.failureThreshold,
      message: `the startup probe gives ${slow.name} ${formatSeconds(budget)}, but the rollout fails after ${formatSeconds(deadline)} without progress`,
      certainty: 'assumed',
      restsOn: 'that the app may need what its startup probe allows',
      fixes: [fix(Math.ceil(budget * 1.2))],
      witness: missed(deadline, budget),
    };
  },
});

/** The deadline is looked at in whole seconds, and up to one later. */
function missed(deadline: number, ready: number): readonly WitnessStep[] {
  return [
    {
      at: 0,
      text: 'the new ReplicaSet creates its pod',
      moment: 'rollout:created::"of":"new"',
    },
    {
      at: Math.min(deadline + 1, ready),
      text: 'ProgressDeadlineExceeded',
      moment: 'rollout:ProgressDeadlineExceeded',
    },
  ];
}

/** When a pod is Ready whose apps boot just in time for the last try of their startup probe. */
function slowestStart(story: ReplayStory): number {
  const slow = story.model.mains.filter((it) => it.container.startupProbe);
  const apps = slow.map((it) => {
    const { periodSeconds = 10 } = it.container.startupProbe ?? {};
    return [it.name, { startDelay: startupBudget(it) - periodSeconds - 1 }] as const;
  });
  const until = Math.max(...slow.map(startupBudget), 0) + 60;
  const ready = story.live({ apps: Object.fromEntries(apps), until }).at('ready');
  return Number.isFinite(ready) ? ready : 0;
}

/** How long a startup probe lets the app try. */
function startupBudget({ container }: PodContainer): number {
  const probe = container.startupProbe;
  if (!probe) return 0;
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = probe;
  return initialDelaySeconds + periodSeconds * failureThreshold;
}
