/** What replays say of a pod's life as a scenario of the simulated kubelet. */
import type { Scenario } from '../../server/src/lifecycle/kubelet/index.ts';
import type { PodContainer, PodModel } from '../../server/src/lifecycle/index.ts';
import {
  mapContainers,
  type Container,
  type Pod,
  type Probe,
} from '../../server/src/manifest/index.ts';
import type { WorkloadPrediction } from '../../server/src/prediction/index.ts';
import type { LifePlan, OtherPod } from '../../server/src/races/index.ts';

type AppBehaviour = NonNullable<LifePlan['apps']>[string];

/** A life of the workload's pod, with what a plan says in place of what its manifest tells. */
export function scenarioOf(
  { services }: WorkloadPrediction,
  model: PodModel,
  plan: LifePlan,
): Scenario {
  const { actions, nodeActions, apps = {}, boot = 'earliest', hosts, kubelet, until } = plan;
  const { images, registry, others = [] } = plan;
  const containers = [...model.startOrder, ...model.mains];
  const behaviours = containers.map(
    (it) =>
      [
        it.name,
        { ...behaviourOf(it, boot, !model.pod.spec.shareProcessNamespace), ...apps[it.name] },
      ] as const,
  );
  const understood = withUnderstoodCommands(model, containers, plan);
  const pod = plan.change ? plan.change(understood) : understood;
  return {
    pod,
    extraPods: others.map((it) => ({ ...it, pod: otherPod(pod, it) })),
    behaviour: {
      containers: { ...apps, ...Object.fromEntries(behaviours) },
      images,
      registry,
    },
    actions,
    nodeActions,
    kubelet,
    hosts,
    // The node is one that the pod may be on.
    nodeLabels: { 'kubernetes.io/os': 'linux', ...model.pod.spec.nodeSelector },
    service: services.length > 0 && {
      publishNotReadyAddresses: services.every((it) => it.spec.publishNotReadyAddresses === true),
    },
    ...(until === undefined ? {} : { end: { at: until } }),
  };
}

/** Another pod, of the same template where nothing else is said of it. */
function otherPod(own: Pod, { name, image, pod = own }: OtherPod): Pod {
  const metadata = { ...pod.metadata, name };
  const spec = image === undefined ? pod.spec : { containers: [{ name: 'other', image }] };
  return { ...pod, metadata, spec };
}

/** An app as the manifest and its declarations tell; one that drains for ever does not exit. */
function behaviourOf(
  { role, app }: PodContainer,
  boot: 'earliest' | 'latest',
  isFirstProcess: boolean,
): AppBehaviour {
  const { onSigterm, drainSeconds, readySeconds, runSeconds } = app;
  const drain = drainSeconds.declared ? drainSeconds.value.latest : drainSeconds.value.earliest;
  const { pid1, forwardsSigterm } = app.entrypoint;
  const swallows =
    isFirstProcess && !onSigterm.declared && pid1 === 'shell' && forwardsSigterm === 'no';
  const ignores = swallows || onSigterm.value === 'ignore' || !Number.isFinite(drain);
  const runs = role === 'init' ? { runFor: runSeconds.value.earliest } : {};
  return {
    startDelay: readySeconds.value[boot],
    http: { late: true },
    onTerm: ignores ? 'ignore' : `exit:${drain}`,
    ...runs,
  };
}

/** The simulated apps know few commands: others become one that takes as long and ends alike. */
function withUnderstoodCommands(
  model: PodModel,
  containers: readonly PodContainer[],
  plan: LifePlan,
): Pod {
  const { pod } = model;
  const byName = new Map(containers.map((it) => [it.name, it]));
  const known = (it: Container) => {
    const own = byName.get(it.name);
    return own ? withCommands(it, own, plan) : it;
  };
  return mapContainers(pod, known);
}

/** What stands for a command that does not end. */
const FOR_EVER = 100_000;

function withCommands(
  container: Container,
  own: PodContainer,
  { hooks = 'earliest', probes }: LifePlan,
): Container {
  const { lifecycle } = container;
  const hook = (kind: 'preStop' | 'postStart') => {
    const handler = lifecycle?.[kind];
    if (!handler) return handler;
    const { stopsApp, stopsAppAfter, fails, seconds, understood } = own[kind];
    if (kind === 'preStop' && stopsApp === 'yes')
      return { exec: { command: ['quit', `${stopsAppAfter.earliest}`] } };
    if (!handler.exec) return handler;
    if (fails === 'yes') return { exec: { command: ['fail', '0'] } };
    const takes = Math.min(understood ? seconds[hooks] : seconds.earliest, FOR_EVER);
    return { exec: { command: ['slow', `${takes}`] } };
  };
  const probe = (it: Probe | undefined) => {
    const command = it && probes?.(it);
    if (command) return { ...it, exec: { command } };
    return it?.exec && !/^(ready|never|until|after)$/.test(it.exec.command?.[0] ?? '')
      ? { ...it, exec: { command: ['ready'] } }
      : it;
  };
  return {
    ...container,
    env: [],
    lifecycle: lifecycle && {
      ...lifecycle,
      postStart: hook('postStart'),
      preStop: hook('preStop'),
    },
    startupProbe: probe(container.startupProbe),
    livenessProbe: probe(container.livenessProbe),
    readinessProbe: probe(container.readinessProbe),
  };
}
