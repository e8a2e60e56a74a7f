/** Probe timings that do not do what they seem to say. */
import { probeNumbers, programName, shellCommand } from '../../lifecycle/index.ts';
import { toFieldRef, type Probe } from '../../manifest/index.ts';
import { defineRaceRule, yaml, type RaceFinding, type WitnessStep } from '../race-rule.ts';
import type { LifePlan, ReplayStory } from '../replay.ts';
import { probesOf, type PlacedProbe } from '../facts/probes.ts';
import { lastingContainers } from '../facts/workloads.ts';

export default defineRaceRule({
  id: 'probe-timeout-vs-period',
  severity: 'information',
  basis: 'source',
  summary: 'A probe has a timeout, period or threshold that cannot work as written.',
  why: `
    Probes of one container do not overlap: a timeout above the period makes the timeout the period. A
    command that starts an interpreter or a client may need more than the default timeout of one second
    once CPU is short. A liveness probe with failureThreshold 1 restarts the container for one slow
    answer.
  `,
  remedy:
    'Keep timeoutSeconds below periodSeconds, give commands several seconds, and let liveness fail more than once.',
  upstream: [{ path: 'pkg/kubelet/prober/worker.go' }, { path: 'pkg/kubelet/prober/prober.go' }],
  replay: { by: 'kubelet', lost: (story) => PLAYS.some((play) => play(story)) },
  examples: {
    racing: [
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe:
                httpGet: { path: /, port: 8080 }
                periodSeconds: 5
                timeoutSeconds: 30
        #                       ^^ a readiness probe that gets no answer takes 30s, longer than its period of 5s: while it hangs it is made every 30s, and 3 failures take 90s
              livenessProbe:
                exec: { command: [python3, /app/check.py] }
        #               ^^^^^^^ the liveness probe starts python3 and has 1s for it: with little CPU it takes longer, and after 3 such times the container is killed
      `,
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              livenessProbe:
                httpGet: { path: /, port: 8080 }
                failureThreshold: 1
        #                         ^ one answer that takes longer than 1s restarts the container
      `,
    ],
    safe: [
      // As long as the period is not longer than it.
      yaml`
        apiVersion: v1
        kind: Pod
        metadata: { name: web }
        spec:
          containers:
            - name: app
              image: registry.example/web:1
              readinessProbe:
                httpGet: { path: /, port: 8080 }
                periodSeconds: 5
                timeoutSeconds: 5
                failureThreshold: 1
              livenessProbe:
                exec: { command: [python3, /app/check.py] }
                timeoutSeconds: 5
      `,
    ],
  },

  *find({ model }) {
    if (!model) return;
    for (const container of lastingContainers(model)) {
      for (const placed of probesOf(container)) {
        const { name } = container;
        const finding =
          overlap(name, placed) ?? slowCommand(name, placed) ?? oneFailure(name, placed);
        if (finding) yield finding;
      }
    }
  },
});

function overlap(name: string, { kind, probe, at }: PlacedProbe): RaceFinding | undefined {
  const { timeoutSeconds: timeout = 1, periodSeconds: period = 10 } = probe;
  if (timeout <= period) return undefined;
  return {
    at: at.timeoutSeconds,
    severity: 'warning',
    message: `a ${kind} probe that gets no answer takes ${timeout}s, longer than its period of ${period}s: while it hangs it is made every ${timeout}s, and ${probe.failureThreshold ?? 3} failures take ${timeout * (probe.failureThreshold ?? 3)}s`,
    fixes: [
      {
        title: `Set the timeout of the ${kind} probe to ${period}s`,
        changes: [{ at: at.timeoutSeconds, value: period }],
      },
    ],
    witness: [
      {
        at: 0,
        text: `the first ${kind} probe that gets no answer has failed, after ${timeout}s`,
        moment: unanswered(name, probe),
      },
      {
        at: timeout,
        text: `the second has failed: not ${period}s later, but ${timeout}s`,
        moment: unanswered(name, probe),
      },
    ],
  };
}

const SLOW =
  /^(?:python[\d.]*|java|node|ruby|perl|php|kubectl|mysqladmin|mysql|mongo|mongosh|psql|rabbitmq-diagnostics|rabbitmqctl|cqlsh|nodetool|aws|gcloud|az)$/;

function slowCommand(name: string, { kind, probe, at }: PlacedProbe): RaceFinding | undefined {
  const { timeoutSeconds: timeout = 1, failureThreshold = 3 } = probe;
  const program = slowProgram(probe);
  if (timeout > 1 || program === undefined) return undefined;
  const effect = { startup: 'is killed', liveness: 'is killed', readiness: 'gets no requests' }[
    kind
  ];
  return {
    at: at.exec.command,
    message: `the ${kind} probe starts ${program} and has ${timeout}s for it: with little CPU it takes longer, and after ${failureThreshold} such times the container ${effect}`,
    certainty: 'assumed',
    restsOn: `how long ${program} takes to start`,
    fixes: [{ title: `Give the ${kind} probe 5s`, changes: [{ at: at.timeoutSeconds, value: 5 }] }],
    witness: slowly(name, kind, probe, program),
  };
}

function slowProgram({ exec }: Probe): string | undefined {
  const argv = exec?.command ?? [];
  const script = shellCommand(argv)?.script;
  const words = script === undefined ? argv.slice(0, 1) : script.split(/[\s;|&()]+/).slice(0, 40);
  return words.map((it) => programName(it)).find((it) => SLOW.test(it));
}

function oneFailure(name: string, { kind, probe, at }: PlacedProbe): RaceFinding | undefined {
  if (kind !== 'liveness' || probe.failureThreshold !== 1) return undefined;
  return {
    at: at.failureThreshold,
    message: `one answer that takes longer than ${probe.timeoutSeconds ?? 1}s restarts the container`,
    fixes: [
      {
        title: 'Let the liveness probe fail 3 times',
        changes: [{ at: at.failureThreshold, value: 3 }],
      },
    ],
    witness: [
      {
        at: 0,
        text: `${name} gives one liveness probe no answer for ${probe.timeoutSeconds ?? 1}s`,
        moment: unanswered(name, probe),
      },
      { at: 0, text: `${name} is stopped`, moment: `event:Killing:${name}` },
    ],
  };
}

/** A command that starts an interpreter on a node with little CPU, in seconds. */
const SLOW_SECONDS = 1.4;
/** When an app stops to answer, in seconds after its start, and when it is long over. */
const HANGS_AT = 60;
const LONG = 100_000;

function slowly(
  name: string,
  kind: PlacedProbe['kind'],
  probe: Probe,
  program: string,
): readonly WitnessStep[] {
  const { period, timeout, failureThreshold } = probeNumbers(probe);
  const steps: WitnessStep[] = [
    {
      at: 0,
      text: `${program} is started for the ${kind} probe; on a busy node it needs ${SLOW_SECONDS}s`,
      moment: `cri:ExecSync:${name}:"kind":"${kind}"`,
    },
    {
      at: timeout,
      text: `it has no result after ${timeout}s: failed`,
      moment: `cri:ExecSync.end:${name}:timeout`,
    },
  ];
  if (kind === 'readiness') return steps;
  const at = (failureThreshold - 1) * Math.max(period, timeout) + timeout;
  const text = `${failureThreshold} have failed: ${name} is stopped`;
  return [...steps, { at, text, moment: `event:Killing:${name}` }];
}

/** What the kubelet tells of a probe whose time is over. */
function unanswered(name: string, { exec, grpc }: Probe): string {
  const said = grpc ? 'did not complete' : exec ? 'timed out' : 'deadline exceeded';
  return `event:Unhealthy:${name}:${said}`;
}

/** The probes that a story is about: the one of the finding, or all. */
function* played({ model, finding }: ReplayStory, field: string) {
  const path = finding && toFieldRef(finding.at).path;
  if (path && !path.includes(field)) return;
  for (const container of lastingContainers(model)) {
    for (const placed of probesOf(container)) {
      if (!path || path.includes(`${placed.kind}Probe`)) yield { ...placed, name: container.name };
    }
  }
}

/** What one probe asks gives no answer between two ages of the container; all else works. */
function silence(name: string, asked: Probe, from: number, until: number): LifePlan {
  const command = asked.exec && ['except', `${from}`, `${until}`];
  return {
    apps: { [name]: { silent: { from, until } } },
    probes: (probe) => (probe === asked ? command : ['ready']),
  };
}

const PLAYS: readonly ((story: ReplayStory) => boolean)[] = [
  function failsLaterThanEachPeriod(story) {
    return [...played(story, 'timeoutSeconds')].some(({ name, kind, probe }) => {
      const life = story.live(silence(name, probe, kind === 'startup' ? 0 : HANGS_AT, LONG));
      const failure = unanswered(name, probe);
      return life.at(failure, 2) - life.at(failure) > probeNumbers(probe).period + 1;
    });
  },
  function hasNoTimeForItsCommand(story) {
    const slow = ['slow', `${SLOW_SECONDS}`];
    const life = story.live({ probes: ({ exec }) => exec && slow, until: 4 * HANGS_AT });
    return [...played(story, 'command')].some(({ name, kind }) =>
      kind === 'readiness'
        ? !life.has(`status:ready:${name}:true`)
        : life.has(`app:signal:${name}`),
    );
  },
  function endsWithOneFailure(story) {
    return [...played(story, 'failureThreshold')].some(({ name, kind, probe }) => {
      // Longer than one probe waits, and over before the next one has waited so long.
      const { period, timeout } = probeNumbers(probe);
      const life = story.live(silence(name, probe, HANGS_AT, HANGS_AT + period + timeout));
      return kind === 'liveness' && life.has(`app:signal:${name}`);
    });
  },
];
