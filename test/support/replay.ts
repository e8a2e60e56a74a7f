/** Plays the replays of rules: the only place where a rule's examples meet the simulations. */
import { reconcileEndpointSlices } from '../../server/src/endpoints/index.ts';
import {
  simulateClients,
  simulateElection,
  simulateFirstContact,
} from '../../server/src/lifecycle/clients/index.ts';
import { simulatePod, type TraceEntry } from '../../server/src/lifecycle/kubelet/index.ts';
import type { Pod } from '../../server/src/manifest/index.ts';
import {
  predictDrain,
  predictRollout,
  type Prediction,
  type WorkloadPrediction,
} from '../../server/src/prediction/index.ts';
import type {
  FoundRace,
  RaceFinding,
  Replay,
  ReplayEntry,
  ReplayStory,
  ReplayWorld,
  Simulation,
  Trace,
} from '../../server/src/races/index.ts';
import { schedule, SchedulingSnapshot } from '../../server/src/scheduling/index.ts';
import { attachInOrder } from '../../server/src/workloads/index.ts';
import { autoscalingEntries, playAutoscaling } from './replay-autoscaling.ts';
import {
  appliedFiles,
  appliedLife,
  configuredLife,
  recreatedPods,
} from './replay-configuration.ts';
import { jobStory } from './replay-jobs.ts';
import { scenarioOf } from './replay-life.ts';
import { nodeStory } from './replay-nodes.ts';
import { Recorder, traceOf } from './replay-recorder.ts';
import {
  attachmentEntries,
  drainEntries,
  placementEntries,
  refusalEntries,
  rolloutEntries,
  sliceEntries,
} from './replay-traces.ts';

/** What a replay came to, which simulations it asked, and what they told. */
export interface Played {
  readonly lost: boolean | undefined;
  readonly by: ReadonlySet<Simulation>;
  readonly traces: readonly (readonly ReplayEntry[])[];
}

/** Plays one finding of an example, or the whole example where nothing is found in it. */
export function play(replay: Replay, prediction: Prediction, race?: FoundRace): Played {
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
      const plans = nodes().flatMap(
        (it) => predictDrain(prediction, it.metadata.name, { force: true }) ?? [],
      );
      for (const it of plans) recorder.tell('drain', drainEntries(it));
      return plans;
    },
    slices(service) {
      const slices = reconcileEndpointSlices(service, prediction.runningPods, nodes());
      recorder.tell('endpoints', sliceEntries(slices));
      return slices;
    },
    together(planOf) {
      return liveTogether(world, recorder, planOf);
    },
    refusals() {
      const pods = prediction.workloads.flatMap((it) => it.pods);
      const refused = [...prediction.world.admitted, ...pods].flatMap(({ admission }) =>
        admission.allowed ? [] : [admission.message],
      );
      recorder.tell('admission', refusalEntries(refused));
      return refused;
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
    rollout(plan) {
      const rollout = plan ? predictRollout(workload, plan) : workload.rollout;
      recorder.tell('rollout', rollout ? rolloutEntries(rollout) : []);
      return rollout;
    },
    autoscaling(plan) {
      const played = playAutoscaling(workload, plan);
      recorder.tell('autoscaler', played ? autoscalingEntries(played) : []);
      return played;
    },
    ...nodeStory(workload, recorder, (plan) => scenarioOf(workload, model, plan)),
    placements() {
      const { prediction } = world;
      // Who finds no node is asked again when all others have theirs.
      const retried = (pod: Pod) => schedule(pod, prediction.placedBesides(new Set([pod])));
      const placed = workload.pods.flatMap(({ pod }) => {
        const first = prediction.placementOf(pod);
        const result = first?.nodeName === undefined && first ? retried(pod) : first;
        return result ? [{ pod, result }] : [];
      });
      recorder.tell('scheduling', placementEntries(placed));
      return placed.map((it) => it.result);
    },
    placementByDeclared() {
      const pod = model.pod;
      const result = schedule(pod, SchedulingSnapshot.of(world.prediction.snapshot));
      recorder.tell('scheduling', placementEntries([{ pod, result }]));
      return result;
    },
    attachments() {
      const { prediction } = world;
      const bound = prediction.runningPods.filter((it) => it.spec.nodeName);
      const attached = attachInOrder(bound, { snapshot: prediction.snapshot, disks: 'assumed' });
      recorder.tell('scheduling', attachmentEntries(attached));
      return attached;
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
