/**
 * What no manifest says of an app, and every race depends on: how long it boots, what it does at
 * SIGTERM, how long it drains. Guessed from image, command and probes; said by annotations
 * `podsage.dev/app.<key>` on the pod template (`podsage.dev/app.<container>.<key>` for one
 * container) or by settings. Without a container's name they concern the pod's main containers.
 */
import {
  exactly,
  formatSeconds,
  formatWindow,
  type Certainty,
  type TimeWindow,
} from '../explanation/index.ts';
import type { Citable, Container, FieldCursor, Pod } from '../manifest/index.ts';
import {
  entrypointMeaning,
  looksLikeJvm,
  ON_SIGTERM,
  runsFor,
  type EntrypointMeaning,
  type OnSigterm,
} from './hooks/index.ts';
import { APP_ANNOTATION, type AppKey } from './app-keys.ts';
import { parseWindow } from './window-text.ts';

/** A value, how far it may be believed, and what it rests on. */
export interface Assumption<T> {
  /** As a user would name it: `app.drain-seconds`. */
  readonly name: string;
  readonly value: T;
  readonly certainty: Certainty;
  readonly because: string;
  readonly cites: readonly Citable[];
  /** A user declared it. */
  readonly declared: boolean;
}

/** All that is assumed of one container. */
export interface AppAssumptions {
  /** Start to accepting connections. */
  readonly listenSeconds: Assumption<TimeWindow>;
  /** How long an init container runs. */
  readonly runSeconds: Assumption<TimeWindow>;
  /** Start to serving correctly: caches filled, migrations done. */
  readonly readySeconds: Assumption<TimeWindow>;
  readonly onSigterm: Assumption<OnSigterm>;
  /** SIGTERM to closed listener. */
  readonly stopAcceptSeconds: Assumption<TimeWindow>;
  /** SIGTERM to exit while there are connections. */
  readonly drainSeconds: Assumption<TimeWindow>;
  /** How long the server keeps idle connections. */
  readonly keepAliveSeconds: Assumption<TimeWindow>;
  readonly maxRequestSeconds: Assumption<TimeWindow>;
  /** Whether readiness fails once SIGTERM has come. */
  readonly readinessFailsOnSigterm: Assumption<boolean | undefined>;
  readonly entrypoint: EntrypointMeaning;
}

/** How a user declares an app, in the words of the annotations. */
export type AppSettings = Readonly<Partial<Record<AppKey, string | number | boolean>>>;

/** A container and where it stands. */
export interface AppPlace {
  readonly container: Container;
  readonly at: FieldCursor<Container>;
  readonly pod: Pod;
  readonly podAt: FieldCursor<Pod>;
  /** Annotations and settings without a container's name do not concern init containers. */
  readonly isMain: boolean;
}

/** What is assumed of a container. */
export function deriveAppAssumptions(place: AppPlace, settings: AppSettings = {}): AppAssumptions {
  const { container, at, pod } = place;
  const shareProcessNamespace = pod.spec.shareProcessNamespace ?? false;
  const entrypoint = entrypointMeaning({ container, at, shareProcessNamespace });
  const read = new Declared(place, settings);
  const listenSeconds = read.window('listen-seconds') ?? guessListen(place);
  const onSigterm = read.choice('on-sigterm', ON_SIGTERM) ?? {
    name: 'app.on-sigterm',
    value: entrypoint.onSigterm,
    certainty: entrypoint.certainty,
    because: entrypoint.explanation.message,
    cites: entrypoint.explanation.cites,
    declared: false,
  };
  const drainSeconds = read.window('drain-seconds') ?? guessDrain(onSigterm);
  const fails = read.choice('readiness-fails-on-sigterm', ['true', 'false']);
  return {
    listenSeconds,
    runSeconds: read.window('run-seconds') ?? guessRun(place),
    readySeconds: read.window('ready-seconds') ?? { ...listenSeconds, name: 'app.ready-seconds' },
    onSigterm,
    drainSeconds,
    stopAcceptSeconds: read.window('stop-accept-seconds') ?? stopAccept(onSigterm, drainSeconds),
    keepAliveSeconds: read.window('keep-alive-seconds') ?? {
      ...guess('keep-alive-seconds', { earliest: 5, latest: 75 }),
      because: 'servers keep idle connections for 5s (Node.js) to 75s (nginx)',
    },
    maxRequestSeconds: read.window('max-request-seconds') ?? {
      ...guess('max-request-seconds', { earliest: 0, latest: 1 }),
      because: 'web requests are assumed to take 1s at most',
    },
    readinessFailsOnSigterm: {
      ...(fails ?? guess('readiness-fails-on-sigterm', undefined)),
      value: fails && fails.value === 'true',
    },
    entrypoint,
  };
}

/** Reads the declarations: the container's own annotation, the pod's, then the settings. */
class Declared {
  readonly #place: AppPlace;
  readonly #settings: AppSettings;

  constructor(place: AppPlace, settings: AppSettings) {
    this.#place = place;
    this.#settings = settings;
  }

  window(key: AppKey): Assumption<TimeWindow> | undefined {
    const found = this.#find(key);
    const value = found && parseWindow(found.text);
    return value && this.#assumption(key, value, formatWindow(value), found.cites);
  }

  choice<T extends string>(key: AppKey, values: readonly T[]): Assumption<T> | undefined {
    const found = this.#find(key);
    const value = values.find((it) => it === found?.text.trim());
    return value && found && this.#assumption(key, value, value, found.cites);
  }

  #find(key: AppKey): { text: string; cites: readonly Citable[] } | undefined {
    const { container, pod, podAt, isMain } = this.#place;
    const names = [`${APP_ANNOTATION}${container.name}.${key}`];
    if (isMain) names.push(APP_ANNOTATION + key);
    const annotations = pod.metadata.annotations ?? {};
    for (const name of names) {
      const text = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
      const place = podAt.metadata.annotations[name];
      if (text !== undefined) return { text, cites: place ? [place] : [] };
    }
    const setting = isMain ? this.#settings[key] : undefined;
    return setting === undefined ? undefined : { text: String(setting), cites: [] };
  }

  #assumption<T>(key: AppKey, value: T, text: string, cites: readonly Citable[]): Assumption<T> {
    const because = `${key} is declared as ${text}`;
    return { name: `app.${key}`, value, certainty: 'bounded', because, cites, declared: true };
  }
}

function guess<T>(key: AppKey, value: T): Assumption<T> {
  const because = 'nothing in the manifest tells';
  return { name: `app.${key}`, value, certainty: 'assumed', because, cites: [], declared: false };
}

function guessListen({ container, at }: AppPlace): Assumption<TimeWindow> {
  const argv = [...(container.command ?? []), ...(container.args ?? [])];
  const jvm = looksLikeJvm(container.image ?? '', argv);
  const base = jvm ? { earliest: 2, latest: 60 } : { earliest: 0.1, latest: 10 };
  const delay = container.readinessProbe?.initialDelaySeconds ?? 0;
  const value = { earliest: base.earliest, latest: Math.max(base.latest, delay) };
  const because =
    delay > base.latest
      ? `readiness is first probed after ${delay}s, so the app may take as long`
      : `${jvm ? 'Java' : 'an'} app is assumed to listen ${formatWindow(value)} after its start`;
  const cites = delay > base.latest ? [at.readinessProbe.initialDelaySeconds] : [at.image];
  return { ...guess('listen-seconds', value), because, cites };
}

/** A command that only sleeps tells how long; nothing else does. */
function guessRun({ container, at }: AppPlace): Assumption<TimeWindow> {
  const seconds = runsFor(container);
  if (seconds === undefined) {
    const because = 'how long it runs cannot be told from the manifest';
    return { ...guess('run-seconds', { earliest: 0, latest: Infinity }), because };
  }
  const because = `its command sleeps ${formatSeconds(seconds)}`;
  const cites = [at.command];
  return { ...guess('run-seconds', exactly(seconds)), certainty: 'bounded', because, cites };
}

function guessDrain({ value, certainty, because, cites }: Assumption<OnSigterm>) {
  const drain = (seconds: TimeWindow): Assumption<TimeWindow> => ({
    ...guess('drain-seconds', seconds),
    certainty,
    because,
    cites,
  });
  if (value === 'ignore') return drain(exactly(Infinity));
  if (value === 'exit-now') return drain({ earliest: 0, latest: 0.5 });
  return { ...drain({ earliest: 0, latest: Infinity }), certainty: 'assumed' as const };
}

function stopAccept(
  onSigterm: Assumption<OnSigterm>,
  drain: Assumption<TimeWindow>,
): Assumption<TimeWindow> {
  const { value, certainty, because, cites } = onSigterm;
  const stop = (seconds: TimeWindow): Assumption<TimeWindow> => ({
    ...guess('stop-accept-seconds', seconds),
    certainty,
    because,
    cites,
  });
  if (value === 'ignore') return stop(exactly(Infinity));
  if (value === 'drain-then-stop') {
    return { ...stop(drain.value), because: `${because}; it accepts until it has drained` };
  }
  if (value !== 'unknown') return stop({ earliest: 0, latest: 0.1 });
  return {
    ...stop({ earliest: 0, latest: drain.value.latest }),
    because: 'what the app does at SIGTERM is not known: it may stop accepting at once',
  };
}
