/** Hooks and probes that run a shell or a tool in an image whose name says that it has none. */
import { formatSeconds, type TimeWindow } from '../../explanation/index.ts';
import {
  commandMeaning,
  hookMeaning,
  parseImageName,
  type HookMeaning,
  type PodContainer,
  type PodModel,
} from '../../lifecycle/index.ts';
import type { FieldCursor, LifecycleHandler, Pod, Probe } from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED, signalled } from '../facts/replays.ts';
import { minorVersion, sleepHook } from '../facts/shutdown.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';
import type { ReplayStory } from '../replay.ts';

export default defineRaceRule({
  id: 'exec-prestop-shellless',
  severity: 'error',
  basis: 'assumption',
  summary: 'A hook or probe runs a program that the image does not have.',
  why: `
    An exec handler runs inside the container, with what its image holds. Distroless images and
    images from scratch have neither a shell nor sleep. A preStop hook then fails at once, SIGTERM
    follows at once, and the event FailedPreStopHook is all that is seen of it. A postStart hook
    that fails kills the container; a probe that fails never succeeds.
  `,
  remedy:
    'Use the sleep action, which the kubelet carries out itself, an httpGet handler, or an image that has the program.',
  upstream: [
    { path: 'pkg/kubelet/lifecycle/handlers.go' },
    { path: 'pkg/kubelet/kuberuntime/kuberuntime_container.go' },
  ],
  replay: {
    by: 'kubelet',
    lost: (story) => {
      const life = story.live({ actions: DELETED, change: withFailing(story), until: 600 });
      if (!life.has('ready')) return true;
      return story.model.mains.some(
        (it) =>
          isMissing(it.preStop, it) &&
          signalled(life, it.name) < life.at('api:delete') + wantedSeconds(it).earliest - 1,
      );
    },
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
                  image: gcr.io/distroless/static-debian12
        #                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ related: the name of this image says that it has no shell
                  lifecycle:
                    preStop:
                      exec:
                        command: [/bin/sleep, "15"]
        #               ^^^^^^^ the preStop hook of app runs \`sleep\`, which the image does not have: app gets SIGTERM at once instead of 15s later, and only the event FailedPreStopHook tells
      `,
      // The same of a probe; a name in a repository of one's own is a hint only.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1-distroless
        #            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ related: the name of this image says that it has no shell
              readinessProbe:
                exec:
                  command: [sh, -c, "test -f /tmp/ready"]
        #         ^^^^^^^ the readiness probe of app runs \`sh\`, which the image does not have: app never becomes ready
      `,
    ],
    safe: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: gcr.io/distroless/static-debian12
              lifecycle: { preStop: { sleep: { seconds: 15 } } }
      `,
      // The debug variant has busybox.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: gcr.io/distroless/static-debian12:debug
              lifecycle: { preStop: { exec: { command: [sleep, "15"] } } }
      `,
      // A volume brings the program.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: gcr.io/distroless/static-debian12
              volumeMounts: [{ name: tools, mountPath: /tools }]
              lifecycle: { preStop: { exec: { command: [/tools/sleep, "15"] } } }
          volumes: [{ name: tools, emptyDir: {} }]
      `,
    ],
  },

  *find(workload) {
    const { model } = workload;
    if (!model) return;
    for (const container of [...model.startOrder, ...model.mains]) {
      yield* handlersOf(container, workload, model);
    }
  },
});

function* handlersOf(
  container: PodContainer,
  workload: WorkloadPrediction,
  model: PodModel,
): Generator<RaceFinding> {
  const { preStop, postStart } = container;
  if (isMissing(preStop, container)) yield preStopFinding(container, workload, model);
  if (isMissing(postStart, container)) {
    const effect = `the kubelet kills ${container.name} and starts it again, over and over`;
    yield finding(container, postStart, 'the postStart hook', effect);
  }
  const { container: spec, at } = container;
  const probes = [
    ['startup', spec.startupProbe, at.startupProbe, 'is restarted when its failures are used up'],
    ['readiness', spec.readinessProbe, at.readinessProbe, 'never becomes ready'],
    ['liveness', spec.livenessProbe, at.livenessProbe, 'is restarted again and again'],
  ] as const;
  for (const [name, probe, place, effect] of probes) {
    const meaning = probe?.exec && probeMeaning(container, probe, place);
    if (meaning && isMissing(meaning, container)) {
      yield finding(container, meaning, `the ${name} probe`, `${container.name} ${effect}`);
    }
  }
}

/** A probe's command is judged as a hook's is. */
function probeMeaning(
  { container, at }: PodContainer,
  { exec }: Probe,
  place: FieldCursor<Probe | undefined>,
): HookMeaning {
  const handler = { exec } as LifecycleHandler;
  const image = at.image as FieldCursor<string>;
  return hookMeaning({
    container,
    handler,
    at: place as unknown as FieldCursor<LifecycleHandler>,
    image,
  });
}

/** It fails for want of its program, and no volume can have brought that. */
function isMissing({ kind, fails, needs }: HookMeaning, { container }: PodContainer): boolean {
  if (kind !== 'exec' || fails !== 'yes') return false;
  const mounts = (container.volumeMounts ?? []).map((it) => it.mountPath.replace(/\/*$/, '/'));
  const fromMount = (path: string) =>
    mounts.some((it) => it !== '/var/run/' && path.startsWith(it));
  const commands = [container.lifecycle?.preStop, container.lifecycle?.postStart]
    .concat([container.readinessProbe, container.livenessProbe, container.startupProbe])
    .map((it) => it?.exec?.command?.[0] ?? '');
  const path = (container.env ?? []).find((it) => it.name === 'PATH')?.value ?? '';
  return (
    needs.length > 0 &&
    !commands.some(fromMount) &&
    !path.split(':').some((it) => fromMount(`${it}/`))
  );
}

/** How long the hook would take if it could run. */
function wantedSeconds({ container }: PodContainer): TimeWindow {
  return commandMeaning(container.lifecycle?.preStop?.exec?.command ?? []).seconds;
}

/** A readiness probe whose program is missing never passes on the simulated node. */
function withFailing({ model }: ReplayStory): (pod: Pod) => Pod {
  const failing = new Set(
    model.mains
      .filter((it) => {
        const probe = it.container.readinessProbe;
        return probe?.exec && isMissing(probeMeaning(it, probe, it.at.readinessProbe), it);
      })
      .map((it) => it.name),
  );
  const never = { exec: { command: ['never'] } };
  const containers = (pod: Pod) =>
    pod.spec.containers.map((it) => (failing.has(it.name) ? { ...it, readinessProbe: never } : it));
  return (pod) => ({ ...pod, spec: { ...pod.spec, containers: containers(pod) } });
}

function preStopFinding(
  container: PodContainer,
  workload: WorkloadPrediction,
  model: PodModel,
): RaceFinding {
  const { name } = container;
  const wanted = wantedSeconds(container);
  const seconds = Math.min(Math.ceil(wanted.earliest), model.gracePeriodSeconds);
  const sleeps = wanted.earliest > 0 && minorVersion(workload) >= 30;
  const instead = wanted.earliest > 0 ? ` instead of ${formatSeconds(wanted.earliest)} later` : '';
  const effect = `${name} gets SIGTERM at once${instead}, and only the event FailedPreStopHook tells`;
  return {
    ...finding(container, container.preStop, 'the preStop hook', effect),
    witness: [
      { at: 0, text: `the kubelet runs the hook: no such file in the image of ${name}` },
      { at: 0.02, text: 'event FailedPreStopHook' },
      { at: 0.03, text: `SIGTERM to ${name}`, event: `sigterm:${name}` },
    ],
    fixes: sleeps
      ? [{ title: `Let the kubelet sleep ${seconds}s`, changes: [sleepHook(container, seconds)] }]
      : [],
  };
}

function finding(
  { name, container, at }: PodContainer,
  { setBy, needs }: HookMeaning,
  what: string,
  effect: string,
): RaceFinding {
  const image = container.image ?? '';
  const known = /^(gcr\.io\/distroless|registry\.k8s\.io)\//.test(parseImageName(image).repository);
  return {
    at: setBy,
    message: `${what} of ${name} runs \`${needs[0] ?? ''}\`, which the image does not have: ${effect}`,
    certainty: 'assumed',
    restsOn: `that ${image} is what its name says`,
    ...(known ? {} : { severity: 'warning' as const }),
    related: [{ message: 'the name of this image says that it has no shell', at: at.image }],
  };
}
