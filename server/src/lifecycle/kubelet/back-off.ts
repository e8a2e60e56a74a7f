/**
 * Decides how long a container or image waits before its next try: 10 s, doubled to 300 s,
 * forgotten when more than twice the longest passed without one.
 * After staging/src/k8s.io/client-go/util/flowcontrol/backoff.go.
 */

const INITIAL_SECONDS = 10;
const MAX_SECONDS = 300;

interface Entry {
  seconds: number;
  lastUpdate: number;
}

/** The back-offs of one pod, by container or image. */
export class RestartBackOff {
  #entries = new Map<string, Entry>();

  /** Whether a try now would come too early after `event`, and until when. */
  until(key: string, event: number, now: number): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || expired(event, entry)) return undefined;
    return now - event < entry.seconds ? event + entry.seconds : undefined;
  }

  /** The same, counted from the last failure. */
  untilSinceUpdate(key: string, now: number): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || expired(now, entry)) return undefined;
    return now - entry.lastUpdate < entry.seconds ? entry.lastUpdate + entry.seconds : undefined;
  }

  seconds(key: string): number {
    return this.#entries.get(key)?.seconds ?? 0;
  }

  /** Counts one more try. */
  next(key: string, event: number, now: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || expired(event, entry)) {
      this.#entries.set(key, { seconds: INITIAL_SECONDS, lastUpdate: now });
      return;
    }
    entry.seconds = Math.min(entry.seconds * 2, MAX_SECONDS);
    entry.lastUpdate = now;
  }
}

function expired(event: number, entry: Entry): boolean {
  return event - entry.lastUpdate > MAX_SECONDS * 2;
}
