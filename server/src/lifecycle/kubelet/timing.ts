/**
 * Decides what no manifest says: where the kubelet's timers stand when the pod comes, how long its
 * own small steps take, and how the random factors of its back-offs fall. One vector makes one
 * concrete run; a fixed set of vectors spans all of them.
 */

/** One choice of everything that is not in the manifest; seconds, but for the factors. */
export interface Timing {
  /** When the PLEG's first global relist begins after the creation: 0 to 1. */
  readonly relistPhase: number;
  /** How long a relist takes. */
  readonly relistSeconds: number;
  /** From the end of a relist to the next: 1 s, and what a busy machine adds. */
  readonly relistGap: number;
  /** When the 1 s sync ticker first ticks: 0 to 1. */
  readonly syncPhase: number;
  /** When the eviction manager first looks at the disk: 0 to 10. */
  readonly evictionPhase: number;
  /** When log files are first looked at: 0 to 10. */
  readonly logPhase: number;
  /** The fraction of the wall clock's second at the creation: API times are cut to the second. */
  readonly wallPhase: number;
  /** From the create request to the kubelet's hearing of the pod. */
  readonly arrivalSeconds: number;
  /** One small step: a watch, a hand-over between two loops, a quick CRI call. */
  readonly stepSeconds: number;
  /** How long the status manager is busy with others before it takes up a change. */
  readonly writeLagSeconds: number;
  /** One write of the status manager. */
  readonly writeSeconds: number;
  /** How much later than told an app exits. */
  readonly appSeconds: number;
  /** From a change of the pod to the EndpointSlice. */
  readonly endpointSeconds: number;
  /** The random parts of the back-offs, 0 to 1, used in turn. */
  readonly backOffs: readonly number[];
}

/** The middle of everything: the run to show where one timeline is wanted. */
export const TYPICAL_TIMING: Timing = {
  relistPhase: 0.5,
  relistSeconds: 0.01,
  relistGap: 1,
  syncPhase: 0.5,
  evictionPhase: 5,
  logPhase: 0,
  wallPhase: 0.5,
  arrivalSeconds: 0.008,
  stepSeconds: 0.004,
  writeLagSeconds: 0.002,
  writeSeconds: 0.01,
  appSeconds: 0,
  endpointSeconds: 0.006,
  backOffs: [0.5],
};

const FACTORS: readonly (readonly number[])[] = [[0.02], [0.98], [0.5], [0.98, 0.02], [0.02, 0.98]];
/** A quiet machine and busy ones: what is merged differs, the order of causes does not. */
const SPEEDS: readonly (readonly [step: number, lag: number, write: number, endpoint: number])[] = [
  [0.002, 0.001, 0.004, 0.003],
  [0.004, 0.002, 0.012, 0.006],
  [0.003, 0.03, 0.03, 0.014],
  [0.006, 0.003, 0.012, 0.02],
  [0.005, 0.003, 0.15, 0.006],
  [0.003, 0.1, 0.008, 0.008],
];
const RELISTS: readonly (readonly [seconds: number, gap: number])[] = [
  [0.005, 1],
  [0.015, 1.002],
  [0.02, 1.02],
];

/**
 * A fixed set of vectors, spread evenly: the more, the closer the bounds. Every length of a relist
 * meets every speed.
 */
export function timings(count: number): readonly Timing[] {
  const out: Timing[] = [];
  for (let index = 0; index < count; index++) {
    const [stepSeconds, writeLagSeconds, writeSeconds, endpointSeconds] = pick(SPEEDS, index);
    const [relistSeconds, relistGap] = pick(RELISTS, Math.floor(index / SPEEDS.length));
    out.push({
      relistPhase: 0.01 + 0.99 * spread(index, 0.618_034),
      relistSeconds,
      relistGap,
      syncPhase: spread(index, 0.754_878),
      evictionPhase: 10 * spread(index, 0.445_042),
      logPhase: 10 * spread(index, 0.801_938),
      wallPhase: 0.02 + 0.92 * spread(index, 0.569_84),
      arrivalSeconds: index % 8 === 5 ? 0.03 : stepSeconds * 2,
      stepSeconds,
      writeLagSeconds,
      writeSeconds,
      appSeconds: index % 7 === 3 ? 0.003 : 0,
      endpointSeconds,
      backOffs: pick(FACTORS, index),
    });
  }
  return out;
}

function spread(index: number, step: number): number {
  return (0.013 + index * step) % 1;
}

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
