/** Plays the replays of rules: the only place where a rule's examples meet the simulations. */
import { reconcileEndpointSlices } from '../../server/src/endpoints/index.ts';
import {
  simulateClients,
  simulateElection,
  simulateFirstContact,
} from '../../server/src/lifecycle/clients/index.ts';
import {
  simulatePod,
  type Scenario,
  type TraceEntry,
} from '../../server/src/lifecycle/kubelet/index.ts';
import type { PodContainer, PodModel } from '../../server/src/lifecycle/index.ts';
import { schedule } from '../../server/src/scheduling/index.ts';
import type { Container, Pod, Probe } from '../../server/src/manifest/index.ts';
import type { Prediction, WorkloadPrediction } from '../../server/src/prediction/index.ts';
import { predictDrain } from '../../server/src/prediction/index.ts';
import type {
  FoundRace,
  LifePlan,
  OtherPod,
  RaceFinding,
  Replay,
  ReplayEntry,
  ReplayStory,
  ReplayWorld,
  Simulation,
  Trace,
} from '../../server/src/races/index.ts';

import {
  appliedFiles,
  appliedLife,
  configuredLife,
  recreatedPods,
} from './replay-configuration.ts';
import { jobStory } from './replay-jobs.ts';

type AppBehaviour = NonNullable<LifePlan['apps']>[string];

/** What a replay came to, which simulations it asked, and what they told. */
export interface Played {
  readonly lost: boolean | undefined;
  readonly by: ReadonlySet<Simulation>;
  readonly traces: readonly (readonly ReplayEntry[])[];
}

/** Who played so far, and what was told. */
class Recorder {
  readonly by = new Set<Simulation>();
  readonly traces: (readonly ReplayEntry[])[] = [];

  tell(by: Simulation, entries: readonly ReplayEntry[]): Trace {
    this.by.add(by);
    this.traces.push(entries);
    return traceOf(entries);
  }
}

type ToPlay = Exclude<Replay, { readonly by: 'nothing' }>;

/** Plays one finding of an example, or the whole example where nothing is found in it. */
export function play(replay: ToPlay, prediction: Prediction, race?: FoundRace): Played {
  const recorder = new Recorder();
  const { by, traces } = recorder;
  const world = worldOf(prediction, race?.finding, recorder);
  if ('lostInWorld' in replay) return { lost: replay.lostInWorld(world), by, traces };
  const workloads = race?.workload ? [race.workload] : prediction.workloads;
  const answers = workloads.flatMap((it) => {
    const story = storyOf(world, it, recorder);
    return story ? [replay.lost(story)] : [];
  });
  return {
    lost: answers.includes(true) || (answers.includes(false) ? false : undefined),
    by,
    traces,
  };
}

function worldOf(
  prediction: Prediction,
  finding: RaceFinding | undefined,
  recorder: Recorder,
): ReplayWorld {
  const nodes = () => prediction.snapshot.list('Node');
  const together = (told: readonly ReplayEntry[], beside: readonly ReplayEntry[] = []) =>
    recorder.tell(
      'clients',
      [...beside, ...told].toSorted((a, b) => a.t - b.t),
    );
  const world: ReplayWorld = {
    prediction,
    finding,
    of: (workload) => storyOf(world, workload, recorder),
    drains() {
      recorder.by.add('drain');
      return nodes().flatMap(
        (it) => predictDrain(prediction, it.metadata.name, { force: true }) ?? [],
      );
    },
    slices(service) {
      recorder.by.add('endpoints');
      return reconcileEndpointSlices(service, prediction.runningPods, nodes());
    },
    together(planOf) {
      return liveTogether(world, recorder, planOf);
    },
    refusals() {
      recorder.by.add('admission');
      const pods = prediction.workloads.flatMap((it) => it.pods);
      return [...prediction.world.admitted, ...pods].flatMap(({ admission }) =>
        admission.allowed ? [] : [admission.message],
      );
    },
    clients: (scenario, beside) => together(simulateClients(scenario), beside),
    election: (plan, beside) => together(simulateElection(plan), beside),
    firstContact: (contact, beside) => together(simulateFirstContact(contact), beside),
    applies(requestSeconds) {
      const runs = appliedFiles(prediction, requestSeconds);
      for (const { first } of runs) recorder.tell('apply', first.entries);
      return runs;
    },
    recreated(workloads, controllerSeconds) {
      const run = recreatedPods(prediction, workloads, controllerSeconds);
      recorder.tell('admission', run.entries);
      return run;
    },
  };
  return world;
}

/**
 * The least that all can come to: nobody is published, so all live; who is published then, is so
 * for the others' next life, until nothing is new. Only the last lives are told.
 */
function liveTogether(
  world: ReplayWorld,
  recorder: Recorder,
  planOf: Parameters<ReplayWorld['together']>[0],
): ReadonlyMap<WorkloadPrediction, Trace> {
  const since = new Map<WorkloadPrediction, number>();
  const stories = world.prediction.workloads.flatMap((it) => storyOf(world, it, recorder) ?? []);
  for (;;) {
    const lives = stories.map((story) => {
      const plan = planOf(story, (it) => since.get(it) ?? Infinity);
      return [story.workload, simulatePod(scenarioOf(story.workload, story.model, plan))] as const;
    });
    const before = [...since.values()].join();
    for (const [workload, entries] of lives) {
      const at = traceOf(entries).at('endpoints:endpoint::"ready":true');
      if (!Number.isNaN(at)) since.set(workload, at);
    }
    if ([...since.values()].join() !== before) continue;
    recorder.tell(
      'kubelet',
      lives
        .flatMap(([{ name }, entries]) => entries.map(within(name)))
        .toSorted((a, b) => a.t - b.t),
    );
    return new Map(lives.map(([workload, entries]) => [workload, traceOf(entries)]));
  }
}

function within(workload: string): (entry: ReplayEntry) => ReplayEntry {
  return (it) => ({ ...it, container: `${workload}/${it.container ?? ''}` });
}

/** Undefined where the workload makes no pods that could live. */
function storyOf(
  world: ReplayWorld,
  workload: WorkloadPrediction,
  recorder: Recorder,
): ReplayStory | undefined {
  const { model } = workload;
  if (!model) return undefined;
  return {
    ...world,
    ...jobStory(workload, (by, entries) => recorder.tell(by, entries)),
    workload,
    model,
    live(plan = {}) {
      const entries = simulatePod(scenarioOf(workload, model, plan));
      return recorder.tell('kubelet', entries.map(withPod));
    },
    configured(plan = {}) {
      const { entries, views } = configuredLife(model, scenarioOf(workload, model, plan), plan);
      return { trace: recorder.tell('configuration', entries), views };
    },
    applied(plan = {}) {
      const scenario = scenarioOf(workload, model, plan);
      const { entries, views } = appliedLife(workload, model, scenario, plan);
      return { trace: recorder.tell('apply', entries), views };
    },
    network(of) {
      recorder.by.add('network');
      return of === 'startup' ? workload.startup : workload.shutdown(of);
    },
    rollout() {
      recorder.by.add('rollout');
      return workload.rollout;
    },
    placements() {
      recorder.by.add('scheduling');
      const { prediction } = world;
      // Who finds no node is asked again when all others have theirs.
      const retried = (pod: Pod) => schedule(pod, prediction.placedBesides(new Set([pod])));
      return workload.pods
        .flatMap(({ pod }) => {
          const first = prediction.placementOf(pod);
          return first && (first.nodeName === undefined ? retried(pod) : first);
        })
        .filter((it) => it !== undefined);
    },
    pods() {
      recorder.by.add('admission');
      return workload.pods.map((it) => it.pod);
    },
  };
}

/** Of other pods the name of the pod is told with that of the container. */
function withPod(entry: TraceEntry): ReplayEntry {
  const { pod, container = '' } = entry;
  return pod === undefined ? entry : { ...entry, container: `${pod}/${container}` };
}

/** What was told, to be asked in the words of `Moment.when`. */
function traceOf(entries: readonly ReplayEntry[]): Trace {
  const all = (moment: string) => entries.filter((it) => isMoment(it, moment));
  const at = (moment: string, nth = 1) => all(moment)[nth - 1]?.t ?? Number.NaN;
  const after = (since: number, moment: string) =>
    all(moment).find(({ t }) => t >= since)?.t ?? Number.NaN;
  return { entries, at, after, has: (moment) => all(moment).length > 0 };
}

/** Whether an entry is of the kind that `moment` names. */
export function isMoment(entry: ReplayEntry, moment: string): boolean {
  const { source, what, container, detail } = entry;
  if (moment === 'ready') return what === 'condition' && isReady(detail as Condition);
  const [ofSource, ofWhat, ofContainer, ...text] = moment.split(':');
  return (
    source === ofSource &&
    (!ofWhat || what === ofWhat) &&
    (!ofContainer || container === ofContainer) &&
    JSON.stringify(detail ?? '').includes(text.join(':'))
  );
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function isReady({ type, status }: Condition): boolean {
  return type === 'Ready' && status === 'True';
}

function scenarioOf({ services }: WorkloadPrediction, model: PodModel, plan: LifePlan): Scenario {
  const { actions, apps = {}, boot = 'earliest', hosts, images, registry, kubelet, until } = plan;
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
    extraPods: (plan.others ?? []).map((it) => ({ ...it, pod: otherPod(pod, it) })),
    behaviour: { containers: Object.fromEntries(behaviours), images, registry },
    actions,
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

/** Another pod of the template, or one of somebody else's that is only an image to pull. */
function otherPod(pod: Pod, { name, image }: OtherPod): Pod {
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
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(known),
      initContainers: pod.spec.initContainers?.map(known),
    },
  };
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
