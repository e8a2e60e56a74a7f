/** The smallest pods that show one fact, and questions to the lives they lead. */
import {
  boundPod,
  simulatePod,
  TYPICAL_TIMING,
  type Action,
  type AppBehaviour,
  type BoundedEntry,
  type Scenario,
  type Timing,
  type TraceEntry,
} from '../../../server/src/lifecycle/kubelet/index.ts';
import type { Pod } from '../../../server/src/manifest/index.ts';

type Spec = Record<string, unknown>;

/** A container's fields, or none: it is called `app` then. */
export function container(fields: Spec = {}): Spec {
  return { name: 'app', image: 'app:1', ...fields };
}

export function sidecar(name: string, fields: Spec = {}): Spec {
  return { name, image: 'app:1', restartPolicy: 'Always', ...fields };
}

export function exec(...command: string[]) {
  return { exec: { command } };
}

export interface Rest extends Omit<Partial<Scenario>, 'pod' | 'behaviour'> {
  readonly apps?: Readonly<Record<string, AppBehaviour>>;
  readonly behaviour?: Scenario['behaviour'];
  readonly finalizers?: readonly string[];
}

/** A scenario of a pod of this spec; `apps` is the behaviour by container. */
export function scenario(
  spec: Spec,
  { apps, behaviour, finalizers, ...rest }: Rest = {},
): Scenario {
  const filled = { containers: [container()], ...spec };
  const pod = { metadata: { name: 'pod', finalizers }, spec: filled } as unknown as Pod;
  return { pod, behaviour: { ...behaviour, containers: apps }, ...rest };
}

/** A DELETE so many seconds after the pod is Ready. */
export function deleted(plus = 2, gracePeriodSeconds?: number): Action {
  return { do: 'delete', when: 'ready', plus, gracePeriodSeconds };
}

/** One life, to be asked. */
export class Life {
  readonly entries: readonly TraceEntry[];

  constructor(spec: Spec, rest: Rest = {}, timing: Partial<Timing> = {}) {
    this.entries = simulatePod(scenario(spec, rest), { ...TYPICAL_TIMING, ...timing });
  }

  /** All entries `source what container`, of the container if one is named. */
  all(what: string, matching: object | string | boolean = {}): readonly TraceEntry[] {
    const [source, name, container] = what.split(' ');
    return this.entries.filter(
      (it) =>
        it.source === source &&
        it.what === name &&
        (container === undefined || it.container === container) &&
        holds(it.detail, matching),
    );
  }

  /** When the n-th such entry came; NaN if it never did. */
  at(what: string, matching: object | string | boolean = {}, nth = 1): number {
    return this.all(what, matching)[nth - 1]?.t ?? Number.NaN;
  }

  has(what: string, matching: object | string | boolean = {}): boolean {
    return this.all(what, matching).length > 0;
  }

  /** The containers of such entries, in order. */
  order(what: string): readonly (string | undefined)[] {
    return this.all(what).map((it) => it.container);
  }
}

function holds(detail: unknown, matching: object | string | boolean): boolean {
  if (typeof matching !== 'object') return detail === matching;
  return Object.entries(matching).every(
    ([key, value]) => (detail as Record<string, unknown> | undefined)?.[key] === value,
  );
}

/** The bounds of the first entry that matches. */
export function boundsOf(
  all: Scenario,
  what: string,
  matching: object | string = {},
): BoundedEntry | undefined {
  const [source, name, container] = what.split(' ');
  return boundPod(all).events.find(
    (it) =>
      it.source === source &&
      it.what === name &&
      (container === undefined || it.container === container) &&
      holds(it.detail, matching),
  );
}
