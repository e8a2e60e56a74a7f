/** Hooks and probes that run a shell or a tool in an image whose name says that it has none. */
import { formatSeconds, type TimeWindow } from '../../explanation/index.ts';
import {
  commandMeaning,
  hookMeaning,
  parseImageName,
  probeNumbers,
  type HookMeaning,
  type PodContainer,
  type PodModel,
} from '../../lifecycle/index.ts';
import {
  mapContainers,
  type Container,
  type FieldCursor,
  type LifecycleHandler,
  type Pod,
  type Probe,
} from '../../manifest/index.ts';
import type { WorkloadPrediction } from '../../prediction/index.ts';
import { DELETED } from '../facts/replays.ts';
import { minorVersion, sleepHook } from '../facts/shutdown.ts';
import { allContainers } from '../facts/workloads.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';

export default defineRaceRule({
  id: 'exec-prestop-shellless',
  severity: 'error',
  basis: 'assumption',
  summary: 'A hook or probe runs a program that the image does not have.',
  why: `
    An exec handler runs inside the container, with what its image holds. Distroless images and
    images from scratch have neither a shell nor sleep. A preStop hook then fails at once, SIGTERM
    follows at once, and the event FailedPreStopHook is all that is seen of it. A postStart hook
    that fails kills the container; a probe that cannot run counts neither as success nor as failure.
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
      const change = withPrograms(story.model);
      const life = story.live({ actions: DELETED, change, until: 600 });
      const failed = ['FailedPreStopHook', 'FailedPostStartHook'];
      return !life.has('ready') || failed.some((it) => life.has(`event:${it}`));
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
    const { name } = container;
    yield {
      ...finding(container, postStart, 'the postStart hook', effect),
      witness: [
        {
          at: 0,
          text: `the kubelet runs the hook: no such program in the image of ${name}`,
          moment: `cri:ExecSync:${name}:"kind":"postStart"`,
        },
        { at: 0, text: 'event FailedPostStartHook', moment: `event:FailedPostStartHook:${name}` },
        { at: 0, text: `${name} is killed`, moment: `event:Killing:${name}` },
      ],
    };
  }
  const { container: spec, at } = container;
  const probes = [
    ['startup', spec.startupProbe, at.startupProbe, 'never counts as started'],
    ['readiness', spec.readinessProbe, at.readinessProbe, 'never becomes ready'],
    ['liveness', spec.livenessProbe, at.livenessProbe, 'is never restarted, hung or not'],
  ] as const;
  for (const [name, probe, place, effect] of probes) {
    const meaning = probe?.exec && probeMeaning(container, probe, place);
    if (meaning && isMissing(meaning, container)) {
      const found = finding(container, meaning, `the ${name} probe`, `${container.name} ${effect}`);
      // What never restarts the container shows only when that hangs.
      yield name === 'liveness'
        ? found
        : { ...found, witness: probeWitness(container.name, name, probe, effect) };
    }
  }
}

/** From one probe to the next. */
function probeWitness(
  name: string,
  kind: string,
  probe: Probe,
  effect: string,
): readonly WitnessStep[] {
  const moment = `cri:ExecSync:${name}:not found`;
  return [
    { at: 0, text: `the ${kind} probe is run: no such program in the image of ${name}`, moment },
    {
      at: probeNumbers(probe).period,
      text: `again, as at each probe: it counts neither way, and ${name} ${effect}`,
      moment,
    },
  ];
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

/** On the simulated node programs are missing where the image lacks them and no volume has them. */
function withPrograms(model: PodModel): (pod: Pod) => Pod {
  const missing = { exec: { command: ['missing'] } };
  const byName = new Map(allContainers(model).map((it) => [it.name, it]));
  const change = (container: Container): Container => {
    const own = byName.get(container.name);
    if (!own) return container;
    const hook = (kind: 'preStop' | 'postStart') => {
      const handler = container.lifecycle?.[kind];
      if (own[kind].fails !== 'yes' || !handler?.exec) return handler;
      const seconds = kind === 'preStop' ? wantedSeconds(own).earliest : 0;
      return isMissing(own[kind], own) ? missing : { exec: { command: ['slow', `${seconds}`] } };
    };
    const probe = (it: Probe | undefined, place: FieldCursor<Probe | undefined>) => {
      const lacks = it?.exec && isMissing(probeMeaning(own, it, place), own);
      return lacks ? { ...it, ...missing } : it;
    };
    const { startupProbe, readinessProbe, livenessProbe } = own.container;
    const { at } = own;
    return {
      ...container,
      lifecycle: container.lifecycle && {
        ...container.lifecycle,
        preStop: hook('preStop'),
        postStart: hook('postStart'),
      },
      startupProbe: probe(startupProbe, at.startupProbe),
      readinessProbe: probe(readinessProbe, at.readinessProbe),
      livenessProbe: probe(livenessProbe, at.livenessProbe),
    };
  };
  return (pod) => mapContainers(pod, change);
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
      {
        at: 0,
        text: `the kubelet runs the hook: no such program in the image of ${name}`,
        moment: `cri:ExecSync:${name}:"kind":"preStop"`,
      },
      {
        at: 0,
        text: `SIGTERM to ${name}`,
        event: `sigterm:${name}`,
        moment: `app:signal:${name}:SIGTERM`,
      },
      { at: 0, text: 'event FailedPreStopHook', moment: `event:FailedPreStopHook:${name}` },
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
