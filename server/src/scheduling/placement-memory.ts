/**
 * The last run of a queue, so that the next one runs only the cycles that see something else: those
 * of pods that changed, and those behind a pod that now takes part of another node.
 */
import { EVERYTHING, record, type ReadContext, type Recorded } from '../cluster/index.ts';
import { originLike, type Container, type Pod } from '../manifest/index.ts';
import type { SchedulingResult } from './scheduling-result.ts';
import type { SchedulingSnapshot } from './scheduling-snapshot.ts';

interface Step extends Recorded<SchedulingResult> {
  readonly pod: Pod;
}

export class PlacementMemory {
  readonly #now: ReadContext;
  #before: PlacementMemory | undefined;
  readonly #steps: Step[] = [];
  #snapshot: SchedulingSnapshot | undefined;
  #previous: readonly Step[] = [];
  /** Whether all pods so far went where they did last time. */
  #follows = false;

  /** `now` is what questions are put to again; `before` the last run. */
  constructor(now: ReadContext, before?: PlacementMemory) {
    this.#now = now;
    this.#before = before;
  }

  begin(snapshot: SchedulingSnapshot): void {
    this.#snapshot = snapshot;
    const before = this.#before;
    if (!before) return;
    this.#follows = before.#snapshot?.seesTheSameNodes(snapshot) === true;
    this.#previous = before.#steps;
  }

  /** The cycle of the queue's next pod. */
  cycle(pod: Pod, run: () => SchedulingResult): SchedulingResult {
    const before = this.#previous[this.#steps.length];
    if (this.#follows && before?.pod === pod && before.reads.holds(this.#now)) {
      this.#steps.push(before);
      return before.value;
    }
    return this.#add({ pod, ...record(run) });
  }

  /** A pod that is answered with the cycle of another one like it. */
  copy(pod: Pod, value: SchedulingResult): SchedulingResult {
    return this.#add({ pod, value, reads: EVERYTHING });
  }

  /** Lets go of the run before. */
  end(): void {
    this.#before = undefined;
    this.#previous = [];
  }

  #add(step: Step): SchedulingResult {
    const before = this.#previous[this.#steps.length];
    this.#steps.push(step);
    if (this.#follows) this.#follows = before !== undefined && takesTheSame(before, step);
    return step.value;
  }
}

/** Whether the pods behind see no difference. */
function takesTheSame(before: Step, now: Step): boolean {
  const [a, b] = [before.value, now.value];
  if (a.nodeName !== b.nodeName || a.nominatedNodeName !== b.nominatedNodeName) return false;
  if (a.nodeName === undefined && a.nominatedNodeName === undefined) return true;
  if (a.victims.length > 0 || b.victims.length > 0) return false;
  if (placedShape(before.pod) !== placedShape(now.pod)) return false;
  // Explanations of later cycles may cite the pod: its places are those of its successor.
  originLike(before.pod, now.pod);
  return true;
}

/** Fields of a container that nobody but its own pod's cycle looks at. */
const UNSEEN: ReadonlySet<string> = new Set<keyof Container>([
  'image',
  'imagePullPolicy',
  'command',
  'args',
  'env',
  'envFrom',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'terminationMessagePath',
  'terminationMessagePolicy',
]);

/** What other pods' cycles see of a pod once it is placed; alike pods have the same text. */
export function placedShape({ metadata, spec, status }: Pod): string {
  const { terminationGracePeriodSeconds: _, ...rest } = spec;
  return JSON.stringify([metadata, rest, status], (key, value: unknown) =>
    (key === 'containers' || key === 'initContainers') && Array.isArray(value)
      ? value.map(seenOf)
      : value,
  );
}

function seenOf(container: unknown): unknown {
  if (container === null || typeof container !== 'object') return container;
  return Object.fromEntries(Object.entries(container).filter(([key]) => !UNSEEN.has(key)));
}
