/**
 * The first call of a new pod, to somebody who must have heard of the pod before: the node of a
 * server whose NetworkPolicy admits by labels, or the agent that gives the pod its cloud identity.
 * Both know a pod by its address, and read that in the API.
 */
import { Clock, type Process } from '../kubelet/clock.ts';
import type { ClientEntry } from './network.ts';
import { letsIn, type PolicyGate } from './network-policy.ts';

/** One caller, in seconds. */
export interface FirstContact {
  readonly name: string;
  /** When it calls. */
  readonly calls: number;
  /** From then on the other side knows the pod's address. */
  readonly known: number;
  /** The policies before the server; left out: it is an agent, which refuses whom it does not know. */
  readonly gate?: PolicyGate;
  /** How long after a refusal it asks again by itself; left out: never. */
  readonly retrySeconds?: number;
  /** The time-out of its connect; left out: as long as TCP tries. */
  readonly giveUpSeconds?: number;
}

/** Linux sends a SYN again after 1 s and twice as long each time, six times (`tcp_syn_retries`). */
const SYN_RETRIES = 6;

/** What the caller sees, in the order of time. */
export function simulateFirstContact(contact: FirstContact): readonly ClientEntry[] {
  const clock = new Clock();
  const entries: ClientEntry[] = [];
  const tell = (source: ClientEntry['source'], what: string) =>
    entries.push({ t: clock.now, source, what, container: contact.name });
  clock.at(contact.known, () => tell('agent', 'knows'));
  clock.at(contact.calls, () => {
    const { gate } = contact;
    clock.spawn(gate ? connecting(contact, gate, clock, tell) : asking(contact, clock, tell));
  });
  clock.run(() => false);
  return entries;
}

type Tell = (source: ClientEntry['source'], what: string) => void;

/** The kernel sends the same SYN again until one gets through. */
function* connecting(
  { calls, known, giveUpSeconds = Infinity }: FirstContact,
  gate: PolicyGate,
  clock: Clock,
  tell: Tell,
): Process {
  for (let retry = 0, wait = 1; retry <= SYN_RETRIES; retry++, wait *= 2) {
    if (letsIn(gate, clock.now >= known)) return tell('client', 'connected');
    tell('client', 'dropped');
    const left = calls + giveUpSeconds - clock.now;
    yield Math.min(wait, left);
    if (wait >= left) break;
  }
  tell('client', 'timed-out');
}

function* asking({ known, retrySeconds }: FirstContact, clock: Clock, tell: Tell): Process {
  while (clock.now < known) {
    tell('client', 'refused');
    if (retrySeconds === undefined) return tell('client', 'gave-up');
    yield retrySeconds;
  }
  tell('client', 'answered');
}
