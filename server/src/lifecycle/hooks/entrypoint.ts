/**
 * What runs as process 1 of a container, and whether the stop signal reaches the app.
 *
 * The kernel drops a signal for the first process of a PID namespace unless it has a handler for
 * it. A shell as process 1 does not pass the signal on; an init (tini, dumb-init) does. Where the
 * command is the image's own nothing is known but what the image's name tells.
 */
import type { Certainty, Explanation } from '../../explanation/index.ts';
import type { Citable, Container, FieldCursor } from '../../manifest/index.ts';
import {
  durationSeconds,
  programName,
  shellCommand,
  sleepSeconds,
  type ShellCommand,
} from './commands.ts';
import { literalVariables } from './hook.ts';
import { knownImage, type Likely, type OnSigterm } from './images.ts';
import { parseShellScript, type ShellWord } from './shell-words.ts';

/** What the container's first process does with the stop signal. */
export interface EntrypointMeaning {
  /** Who gets the signal: the app itself, a shell, an init, or not known. */
  readonly pid1: 'app' | 'shell' | 'init' | 'unknown';
  /** Whether the signal reaches the app. */
  readonly forwardsSigterm: Likely;
  readonly onSigterm: OnSigterm;
  readonly certainty: Certainty;
  readonly explanation: Explanation;
}

/** A container, its place, and whether its processes share one PID namespace with the pod's. */
export interface EntrypointPlace {
  readonly container: Container;
  readonly at: FieldCursor<Container>;
  readonly shareProcessNamespace: boolean;
}

const INITS = new Set(
  'tini tini-static dumb-init catatonit docker-init s6-svscan init runit'.split(' '),
);
/** Programs without a handler for SIGTERM. */
const NO_HANDLER = new Set(['sleep', 'tail', 'cat', 'yes', 'true']);

/** What happens when the container's stop signal is sent. */
export function entrypointMeaning(place: EntrypointPlace): EntrypointMeaning {
  const { container, at } = place;
  if (!container.command?.length) return imageMeaning(place);
  const argv = [...container.command, ...(container.args ?? [])];
  const cites = container.args?.length ? [at.command, at.args] : [at.command];
  return argvMeaning(argv, cites, place, 0);
}

/** The image's own entrypoint: only its name says anything. */
function imageMeaning({ container, at }: EntrypointPlace): EntrypointMeaning {
  const found = container.args?.length ? undefined : knownImage(container.image ?? '');
  if (found) {
    const message = `its stop signal is ${found.stopSignal}: ${found.because}`;
    return {
      pid1: 'app',
      forwardsSigterm: 'yes',
      onSigterm: found.onStop,
      certainty: 'assumed',
      explanation: { message, cites: [at.image] },
    };
  }
  return unknown('the command is the one of the image, which the manifest does not show', [
    at.image,
  ]);
}

function argvMeaning(
  argv: readonly string[],
  cites: readonly Citable[],
  place: EntrypointPlace,
  depth: number,
  isChild = false,
): EntrypointMeaning {
  const program = programName(argv[0]);
  if (depth < 4 && (INITS.has(program) || program === 'env' || program === 'nohup')) {
    const isInit = INITS.has(program);
    const inner = argvMeaning(afterOptions(argv), cites, place, depth + 1, isChild || isInit);
    return isInit ? behindInit(program, inner, cites) : inner;
  }
  const shell = shellCommand(argv);
  if (shell) return shellMeaning(shell, cites, place, isChild);
  if (program === 'nginx' && knownImage(place.container.image ?? '')) {
    return imageMeaning({ ...place, container: { ...place.container, args: [] } });
  }
  if (NO_HANDLER.has(program)) return withoutHandler(program, cites, place, isChild);
  return {
    pid1: 'app',
    forwardsSigterm: 'yes',
    onSigterm: 'unknown',
    certainty: 'bounded',
    explanation: { message: `\`${program}\` gets the stop signal itself`, cites },
  };
}

function shellMeaning(
  { shell, script }: ShellCommand,
  cites: readonly Citable[],
  place: EntrypointPlace,
  isChild: boolean,
): EntrypointMeaning {
  const parsed = parseShellScript(script, literalVariables(place.container));
  const last = parsed.commands.at(-1);
  const traps = parsed.commands.some((it) => it.words[0] === 'trap') || /\btrap\b/.test(script);
  if (traps) {
    return unknown(
      'the shell has a trap: whether it passes the signal on is up to the script',
      cites,
      'shell',
    );
  }
  if (last?.words[0] === 'exec' && last.words.length > 1 && parsed.compound === undefined) {
    const words = last.words.slice(1);
    return words.every((it) => it !== undefined)
      ? argvMeaning(words, cites, place, 1, isChild)
      : unknown('`exec` makes the program process 1, and what program is not known', cites, 'app');
  }
  if (parsed.compound === undefined && parsed.commands.length === 1) {
    const words = last?.words ?? [];
    if (NO_HANDLER.has(programName(words[0]))) {
      return withoutHandler(programName(words[0]), cites, place, isChild);
    }
    return unknown(
      'some shells run a single command in their own place, others start it as a child',
      cites,
    );
  }
  if (/\bexec\b/.test(script)) {
    return unknown('the script runs `exec` somewhere: what process 1 is depends on it', cites);
  }
  // bash from 5.1 runs the last command of a list in its own place; dash and busybox do not.
  const mayReplace =
    parsed.compound === undefined && last?.connector !== '|' && last?.background === false;
  if (mayReplace && shell !== 'ash' && shell !== 'dash') {
    if (shell !== 'sh') {
      return unknown(`${shell} may run the last command of the script in its own place`, cites);
    }
    return swallowing(last?.words ?? [], cites, place, ', unless its sh is bash');
  }
  return swallowing(last?.words ?? [], cites, place, '');
}

/** A shell that waits for its commands; `unless` names what would make it otherwise. */
function swallowing(
  last: readonly ShellWord[],
  cites: readonly Citable[],
  place: EntrypointPlace,
  unless: string,
): EntrypointMeaning {
  const child = programName(last[0]) || 'the app';
  const shared = place.shareProcessNamespace;
  const message = shared
    ? 'the shell is not process 1 (shareProcessNamespace): SIGTERM ends it, ' +
      `and \`${child}\` is killed without having heard the signal`
    : `the shell is process 1${unless}: it has no handler for SIGTERM and does not pass it on, ` +
      `so \`${child}\` runs on until SIGKILL`;
  const certain = unless === '';
  return {
    pid1: 'shell',
    forwardsSigterm: 'no',
    onSigterm: certain ? (shared ? 'exit-now' : 'ignore') : 'unknown',
    certainty: certain ? 'bounded' : 'assumed',
    explanation: { message, cites },
  };
}

/** A program that would die of SIGTERM, and does not as process 1. */
function withoutHandler(
  program: string,
  cites: readonly Citable[],
  place: EntrypointPlace,
  isChild: boolean,
): EntrypointMeaning {
  const isPid1 = !place.shareProcessNamespace && !isChild;
  const message = isPid1
    ? `\`${program}\` is process 1 and has no handler for SIGTERM: the kernel drops the signal`
    : `\`${program}\` has no handler for SIGTERM and is not process 1: the signal ends it`;
  return {
    pid1: 'app',
    forwardsSigterm: 'yes',
    onSigterm: isPid1 ? 'ignore' : 'exit-now',
    certainty: 'bounded',
    explanation: { message, cites },
  };
}

/** tini and its like pass the signal to their child alone, unless told `-g`. */
function behindInit(
  program: string,
  inner: EntrypointMeaning,
  cites: readonly Citable[],
): EntrypointMeaning {
  if (inner.pid1 === 'shell') {
    return unknown(
      `\`${program}\` passes the signal to the shell; what the app hears is not known`,
      cites,
      'init',
    );
  }
  const message = `\`${program}\` is process 1 and passes the signal on`;
  return {
    pid1: 'init',
    forwardsSigterm: 'yes',
    onSigterm: inner.onSigterm,
    certainty: 'bounded',
    explanation: { message, cites },
  };
}

function unknown(
  message: string,
  cites: readonly Citable[],
  pid1: EntrypointMeaning['pid1'] = 'unknown',
): EntrypointMeaning {
  const explanation = { message, cites };
  return {
    pid1,
    forwardsSigterm: 'unknown',
    onSigterm: 'unknown',
    certainty: 'assumed',
    explanation,
  };
}

/** The command behind an init's or `env`'s own options. */
function afterOptions(argv: readonly string[]): readonly string[] {
  let at = 1;
  while (at < argv.length && /^(-|\w+=)/.test(argv[at] ?? '')) {
    if (argv[at] === '--') return argv.slice(at + 1);
    at++;
  }
  return argv.slice(at);
}

/** How long a main process runs by itself: `sleep 5` ends, a server does not. */
export function runsFor(container: Container): number | undefined {
  const argv = [...(container.command ?? []), ...(container.args ?? [])];
  if (programName(argv[0]) === 'sleep') return sleepSeconds(argv.slice(1));
  if (programName(argv[0]) === 'timeout') return durationSeconds(argv[1]);
  const shell = shellCommand(argv);
  if (!shell) return undefined;
  const { commands, understood } = parseShellScript(shell.script, literalVariables(container));
  const only = commands.length === 1 ? commands[0]?.words : undefined;
  return understood && programName(only?.[0]) === 'sleep'
    ? sleepSeconds(only?.slice(1))
    : undefined;
}
