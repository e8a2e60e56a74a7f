/**
 * How long a lifecycle handler takes, what it needs in the image, and what it does to the app.
 * Follows pkg/kubelet/lifecycle/handlers.go and pkg/kubelet/kuberuntime/kuberuntime_container.go:
 * an exec hook has no timeout but the grace period, an httpGet hook is done with any answer, sleep
 * runs in the kubelet and needs nothing of the image, tcpSocket fails.
 */
import {
  formatSeconds,
  formatWindow,
  type Certainty,
  type Explanation,
  type TimeWindow,
} from '../../explanation/index.ts';
import type { Container, FieldCursor, LifecycleHandler } from '../../manifest/index.ts';
import { toFieldRef, type FieldRef } from '../../manifest/index.ts';
import { commandMeaning, type RemoteCall } from './commands.ts';
import { imageHasShell, type Likely } from './images.ts';

/** A hook, understood as far as it can be. */
export interface HookMeaning {
  readonly kind: 'none' | 'sleep' | 'exec' | 'httpGet' | 'tcpSocket';
  /** How long it takes if nothing cuts it. */
  readonly seconds: TimeWindow;
  readonly certainty: Certainty;
  /** The bounds are the hook's own, not ignorance of what its program does. */
  readonly understood: boolean;
  /** Programs that the image must have. */
  readonly needs: readonly string[];
  /** Whether it fails at once because the image lacks what it needs. */
  readonly fails: Likely;
  readonly calls: readonly RemoteCall[];
  /** Whether it tells the app to stop. */
  readonly stopsApp: Likely;
  /** When it does so, from the hook's start. */
  readonly stopsAppAfter: TimeWindow;
  readonly explanation: Explanation;
  /** The field that sets the duration. */
  readonly setBy: FieldRef;
}

/** A container and the place of one of its handlers. */
export interface HookPlace {
  readonly container: Container;
  readonly handler: LifecycleHandler | undefined;
  readonly at: FieldCursor<LifecycleHandler>;
  readonly image: FieldCursor<string>;
}

const ANY_TIME: TimeWindow = { earliest: 0, latest: Infinity };

/** What the handler does. A missing one is done at once. */
export function hookMeaning(place: HookPlace): HookMeaning {
  const { handler, at } = place;
  const nothing: Pick<
    HookMeaning,
    'needs' | 'calls' | 'fails' | 'stopsApp' | 'stopsAppAfter' | 'understood' | 'certainty'
  > = {
    needs: [],
    calls: [],
    fails: 'no',
    stopsApp: 'no',
    stopsAppAfter: ANY_TIME,
    understood: true,
    certainty: 'exact',
  };
  if (!handler) {
    const explanation = { message: 'no hook is declared', cites: [at] };
    return {
      ...nothing,
      kind: 'none',
      seconds: { earliest: 0, latest: 0 },
      explanation,
      setBy: toFieldRef(at),
    };
  }
  if (handler.sleep) {
    const { seconds: written } = handler.sleep;
    const seconds = typeof written === 'number' && written > 0 ? written : 0;
    const setBy = toFieldRef(at.sleep.seconds);
    const message = `the kubelet sleeps ${formatSeconds(seconds)}; the image needs nothing for it`;
    return {
      ...nothing,
      kind: 'sleep',
      seconds: { earliest: seconds, latest: seconds },
      setBy,
      explanation: { message, cites: [setBy] },
    };
  }
  if (handler.exec) return execMeaning(place, handler.exec.command ?? []);
  if (handler.httpGet) return httpMeaning(at, handler.httpGet);
  const message = 'a tcpSocket handler is no hook that the kubelet knows: it fails at once';
  return {
    ...nothing,
    kind: 'tcpSocket',
    seconds: { earliest: 0, latest: 0 },
    fails: 'yes',
    explanation: { message, cites: [at.tcpSocket] },
    setBy: toFieldRef(at.tcpSocket),
  };
}

/** The environment variables of a container whose values stand in the manifest. */
export function literalVariables(container: Container): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env ?? []) {
    // A reference to another variable is the kubelet's to expand: not a literal.
    if (!valueFrom && !value?.includes('$(')) variables[name] = value ?? '';
    else delete variables[name];
  }
  return variables;
}

function execMeaning(place: HookPlace, argv: readonly string[]): HookMeaning {
  const { container, at, image } = place;
  const setBy = toFieldRef(at.exec.command);
  const meaning = commandMeaning(argv, literalVariables(container));
  const { needs, calls, stopsApp, stopsAppAfter, understood } = meaning;
  const shell = imageHasShell(container.image ?? '');
  const common = { kind: 'exec', needs, calls, stopsApp, stopsAppAfter, setBy } as const;
  if (shell === 'no' && needs.some((it) => USUAL_TOOLS.has(it))) {
    const missing = needs.find((it) => USUAL_TOOLS.has(it));
    const message =
      `the image's name says it has no \`${missing}\`: the hook fails at once, ` +
      'the event FailedPreStopHook or FailedPostStartHook is all that is seen of it';
    return {
      ...common,
      stopsApp: 'no',
      seconds: { earliest: 0, latest: 0.1 },
      certainty: 'assumed',
      understood,
      fails: 'yes',
      explanation: { message, cites: [setBy, image] },
    };
  }
  const message = understood
    ? `the command takes ${formatWindow(meaning.seconds)}, if the image has ${list(needs)}`
    : 'how long the command takes cannot be told from the manifest';
  return {
    ...common,
    seconds: meaning.seconds,
    understood,
    fails: shell === 'yes' ? 'no' : 'unknown',
    certainty: 'assumed',
    explanation: { message, cites: [setBy] },
  };
}

function httpMeaning(
  at: FieldCursor<LifecycleHandler>,
  get: NonNullable<LifecycleHandler['httpGet']>,
): HookMeaning {
  const port = typeof get.port === 'number' ? get.port : undefined;
  const message =
    'the hook is done with any HTTP answer, whatever its status; ' +
    'how long the app takes to give one is not known';
  return {
    kind: 'httpGet',
    seconds: { earliest: 0, latest: Infinity },
    certainty: 'assumed',
    understood: false,
    needs: [],
    fails: 'unknown',
    calls: [{ host: get.host ?? '', port, url: get.path ?? '/' }],
    stopsApp: 'unknown',
    stopsAppAfter: ANY_TIME,
    explanation: { message, cites: [at.httpGet] },
    setBy: toFieldRef(at.httpGet),
  };
}

/** Programs that images without a shell do not have either. */
const USUAL_TOOLS = new Set(
  (
    'sh bash ash dash ksh zsh busybox sleep curl wget nc cat touch rm echo kill pkill ' +
    'killall date test timeout env nohup'
  ).split(' '),
);

function list(names: readonly string[]): string {
  return names.map((it) => `\`${it}\``).join(' and ') || 'it';
}
