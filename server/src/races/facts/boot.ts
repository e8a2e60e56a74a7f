/** Whether a probe gives up before the app it asks has booted. */
import { formatSeconds, formatWindow, type TimeWindow } from '../../explanation/index.ts';
import {
  killAfterStart,
  probeNumbers,
  type Assumption,
  type LifecycleTimeline,
  type PodContainer,
} from '../../lifecycle/index.ts';
import type { RaceFinding } from '../race-rule.ts';
import { certainSteps, decisiveSteps } from '../witness.ts';
import type { PlacedProbe } from './probes.ts';

/** A finding without its place and fixes, and how long the app takes to answer. */
export interface BootKill {
  readonly finding: Omit<RaceFinding, 'at' | 'fixes'>;
  readonly boot: TimeWindow;
}

/** What a statement about an app's boot rests on. */
export function bootAssumption({ name, value, declared }: Assumption<TimeWindow>): string {
  const window = formatWindow(value);
  return declared ? `the declared ${name} of ${window}` : `that it takes ${window} to boot`;
}

/** Asks the network for the order of the app's first answer and the probe's kill. */
export function bootKill(
  { name, app }: PodContainer,
  { kind, probe }: PlacedProbe,
  startup: LifecycleTimeline,
): BootKill | undefined {
  const assumption = probe.tcpSocket ? app.listenSeconds : app.readySeconds;
  const { value, declared } = assumption;
  // What a command tests is not known, so nothing is guessed of it.
  if (!probe.httpGet && !probe.tcpSocket && !probe.grpc && !declared) return undefined;
  const answers = `${probe.tcpSocket ? 'listening' : 'able-to-serve'}:${name}`;
  const kill = `boot-kill:${name}`;
  const order = startup.order(answers, kill);
  if (order.relation !== 'unordered' && order.relation !== 'after') return undefined;
  const always = order.relation === 'after';
  const { initialDelay, period, failureThreshold } = probeNumbers(probe);
  const sum = `${initialDelay > 0 ? `${initialDelay}s and ` : ''}${failureThreshold === 1 ? '1 failure' : `${failureThreshold} failures ${formatSeconds(period)} apart`}`;
  const window = killAfterStart(probe);
  const effect = always
    ? 'it is always killed before it answers, and never comes up'
    : 'it may be killed before it answers';
  return {
    boot: value,
    finding: {
      message: `the ${kind} probe gives up ${formatWindow(window)} after the start (${sum}), and ${name} takes ${formatWindow(value)} to boot: ${effect}`,
      severity: always ? 'error' : 'warning',
      certainty: declared ? 'bounded' : 'assumed',
      restsOn: bootAssumption(assumption),
      witness: always
        ? certainSteps(startup, order.proof.chain, [kill, answers])
        : decisiveSteps(startup, order.bFirst),
      cause: `boot-kill:${name}`,
    },
  };
}
