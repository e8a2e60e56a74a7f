/** Probe timings that do not do what they seem to say. */
import { programName, shellCommand } from '../../lifecycle/index.ts';
import type { Probe } from '../../manifest/index.ts';
import { defineRaceRule, yaml, type RaceFinding } from '../race-rule.ts';
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
        const finding = overlap(placed) ?? slowCommand(placed) ?? oneFailure(placed);
        if (finding) yield finding;
      }
    }
  },
});

function overlap({ kind, probe, at }: PlacedProbe): RaceFinding | undefined {
  const { timeoutSeconds: timeout = 1, periodSeconds: period = 10 } = probe;
  if (timeout <= period) return undefined;
  return {
    at: at.timeoutSeconds,
    severity: 'warning',
    message: `a ${kind} probe that gets no answer takes ${timeout}s, longer than its period of ${period}s: while it hangs it is made every ${timeout}s, and ${probe.failureThreshold ?? 3} failures take ${timeout * (probe.failureThreshold ?? 3)}s`,
    fixes: [
      {
        title: `Set the timeout to ${period}s`,
        changes: [{ at: at.timeoutSeconds, value: period }],
      },
    ],
  };
}

const SLOW =
  /^(?:python[\d.]*|java|node|ruby|perl|php|kubectl|mysqladmin|mysql|mongo|mongosh|psql|rabbitmq-diagnostics|rabbitmqctl|cqlsh|nodetool|aws|gcloud|az)$/;

function slowCommand({ kind, probe, at }: PlacedProbe): RaceFinding | undefined {
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
    fixes: [{ title: 'Give it 5s', changes: [{ at: at.timeoutSeconds, value: 5 }] }],
  };
}

function slowProgram({ exec }: Probe): string | undefined {
  const argv = exec?.command ?? [];
  const script = shellCommand(argv)?.script;
  const words = script === undefined ? argv.slice(0, 1) : script.split(/[\s;|&()]+/).slice(0, 40);
  return words.map((it) => programName(it)).find((it) => SLOW.test(it));
}

function oneFailure({ kind, probe, at }: PlacedProbe): RaceFinding | undefined {
  if (kind !== 'liveness' || probe.failureThreshold !== 1) return undefined;
  return {
    at: at.failureThreshold,
    message: `one answer that takes longer than ${probe.timeoutSeconds ?? 1}s restarts the container`,
    fixes: [{ title: 'Let it fail 3 times', changes: [{ at: at.failureThreshold, value: 3 }] }],
  };
}
