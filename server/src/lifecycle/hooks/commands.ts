/**
 * How long a command takes, what it needs in the image, and what it does to the app: for the exec
 * handlers of hooks, and for what a container runs.
 */
import type { TimeWindow } from '../../explanation/index.ts';
import { exactly } from '../../explanation/index.ts';
import { parseShellScript, type ShellScript, type ShellWord } from './shell-words.ts';
import type { Likely } from './images.ts';

/** A call over the network that a command makes. */
export interface RemoteCall {
  readonly host: string;
  readonly port: number | undefined;
  readonly url: string;
}

/** A command, understood as far as it can be. */
export interface CommandMeaning {
  readonly seconds: TimeWindow;
  /** Every word was understood: the bounds are the command's own, not ignorance. */
  readonly understood: boolean;
  /** Programs that the image must have. */
  readonly needs: readonly string[];
  readonly calls: readonly RemoteCall[];
  /** Whether it tells the app to stop (`nginx -s quit`, `kill 1`). */
  readonly stopsApp: Likely;
  /** When it does so, from its own start; from the start on where that is not known. */
  readonly stopsAppAfter: TimeWindow;
}

/** A shell with `-c` and its script. */
export interface ShellCommand {
  readonly shell: string;
  readonly script: string;
}

/** What a command that ends at once takes: a process is made and runs. */
const AT_ONCE: TimeWindow = { earliest: 0, latest: 0.5 };
const ANY_TIME: TimeWindow = { earliest: 0, latest: Infinity };
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'zsh']);
/** Builtins that end at once and succeed. */
const QUICK = new Set([':', 'true', 'echo', 'printf', 'export', 'set', 'umask', 'trap', 'unset']);
/** Programs that end at once, whether or not they succeed. */
const SHORT = new Set(
  (
    'cd false test [ kill touch rm mkdir cp mv ln chmod chown date cat grep sed awk hostname ' +
    'id ls pkill killall nginx'
  ).split(' '),
);
const BUILTINS = new Set([
  ...QUICK,
  'cd',
  'false',
  'test',
  '[',
  'kill',
  'exit',
  'exec',
  'wait',
  'read',
]);

/** The name of a program without its path. */
export function programName(word: ShellWord): string {
  return word?.slice(word.lastIndexOf('/') + 1) ?? '';
}

/** The script of `sh -c script` (any shell, any path, flags before `c`); else undefined. */
export function shellCommand(argv: readonly string[]): ShellCommand | undefined {
  let words = argv;
  if (programName(words[0]) === 'busybox') words = words.slice(1);
  const shell = programName(words[0]);
  if (!SHELLS.has(shell)) return undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^-[a-z]*c$/.test(word)) return { shell, script: words[i + 1] ?? '' };
    if (!word.startsWith('-')) return undefined;
  }
  return undefined;
}

/** What an argument vector does. */
export function commandMeaning(
  argv: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): CommandMeaning {
  const shell = shellCommand(argv);
  if (!shell) return simpleMeaning(argv, variables, 0);
  return scriptMeaning(shell, variables, 0);
}

function scriptMeaning(
  { shell, script }: ShellCommand,
  variables: Readonly<Record<string, string>>,
  depth: number,
): CommandMeaning {
  const parsed = parseShellScript(script, variables);
  const meanings = parsed.commands.map((it) => simpleMeaning(it.words, variables, depth + 1));
  const needs = [shell, ...meanings.flatMap((it) => it.needs)];
  return {
    seconds: scriptSeconds(parsed, meanings),
    understood: parsed.understood && meanings.every((it) => it.understood),
    needs: [...new Set(needs)],
    calls: [...meanings.flatMap((it) => it.calls), ...(parsed.understood ? [] : urlsIn(script))],
    stopsApp: stopsAppOf(parsed, meanings),
    stopsAppAfter: stopsAfter(parsed, meanings),
  };
}

/** One after the other; what may be skipped counts only for the latest. */
function scriptSeconds(script: ShellScript, meanings: readonly CommandMeaning[]): TimeWindow {
  let earliest = 0;
  let latest = 0;
  let sure = true;
  for (const [i, command] of script.commands.entries()) {
    const meaning = meanings[i];
    if (!meaning) break;
    if (command.connector === '||' || (command.connector === '&&' && !succeeds(script, i - 1))) {
      sure = false;
    } else if (command.connector === ';') sure = true;
    const name = programName(command.words[0]);
    if (name === 'exit' && command.connector === ';') return { earliest, latest };
    if (name === 'exit') return { earliest, latest: upTo(script, meanings, i, latest) };
    if (command.background) continue;
    if (isPiped(script, i)) {
      latest += meaning.seconds.latest;
      continue;
    }
    earliest += sure ? meaning.seconds.earliest : 0;
    latest += meaning.seconds.latest;
    if (name === 'exec') return { earliest, latest };
  }
  if (script.compound === undefined && script.understood) return { earliest, latest };
  return { earliest: script.compound === undefined ? 0 : earliest, latest: Infinity };
}

/** A conditional `exit`: the rest may still run. */
function upTo(
  script: ShellScript,
  meanings: readonly CommandMeaning[],
  from: number,
  latest: number,
): number {
  if (script.compound !== undefined || !script.understood) return Infinity;
  return meanings.slice(from).reduce((sum, it) => sum + it.seconds.latest, latest);
}

/** A pipe takes as long as its slowest member: the sum at most, and the last member at least. */
function isPiped(script: ShellScript, index: number): boolean {
  return script.commands[index + 1]?.connector === '|';
}

/** Whether a command is sure to succeed, so that what follows `&&` is sure to run. */
function succeeds(script: ShellScript, index: number): boolean {
  const command = script.commands[index];
  const name = programName(command?.words[0]);
  return (
    QUICK.has(name) || (name === 'sleep' && sleepSeconds(command?.words.slice(1)) !== undefined)
  );
}

function simpleMeaning(
  words: readonly ShellWord[],
  variables: Readonly<Record<string, string>>,
  depth: number,
): CommandMeaning {
  const name = programName(words[0]);
  const rest = words.slice(1);
  const wrapped = depth < 8 ? wrappedMeaning(name, rest, variables, depth) : undefined;
  if (wrapped) return wrapped;
  const needs = depth > 0 && BUILTINS.has(name) ? [] : [name].filter((it) => it !== '');
  const calls = rest.flatMap((it) => (it === undefined ? [] : urlsIn(it)));
  const known = { needs, calls, stopsApp: stopsApp(name, rest), stopsAppAfter: AT_ONCE };
  if (name === 'sleep') {
    const seconds = sleepSeconds(rest);
    return seconds === undefined
      ? { ...known, seconds: ANY_TIME, understood: false }
      : { ...known, seconds: exactly(seconds), understood: true };
  }
  if (name === 'exit') return { ...known, seconds: exactly(0), understood: true };
  if (QUICK.has(name)) return { ...known, seconds: exactly(0), understood: true };
  // Without arguments `cat` reads its standard input, which a hook does not have.
  if (SHORT.has(name)) return { ...known, seconds: AT_ONCE, understood: true };
  const limit = name === 'curl' || name === 'wget' ? requestLimit(name, rest) : undefined;
  if (limit !== undefined) {
    return { ...known, seconds: { earliest: 0, latest: limit }, understood: true };
  }
  return { ...known, seconds: ANY_TIME, understood: false };
}

/** `exec`, `busybox`, `timeout 5 …`, `env X=1 …`, a shell within: the command they run. */
function wrappedMeaning(
  name: string,
  rest: readonly ShellWord[],
  variables: Readonly<Record<string, string>>,
  depth: number,
): CommandMeaning | undefined {
  const inner = (words: readonly ShellWord[], needs: readonly string[]): CommandMeaning => {
    const meaning = simpleMeaning(words, variables, depth + 1);
    return { ...meaning, needs: [...needs, ...meaning.needs] };
  };
  if (SHELLS.has(name) && rest.every((it) => it !== undefined)) {
    const shell = shellCommand([name, ...rest]);
    return shell && scriptMeaning(shell, variables, depth + 1);
  }
  if (rest.length === 0) return undefined;
  switch (name) {
    case 'exec':
    case 'command':
      return inner(rest, []);
    case 'nohup':
    case 'nice':
      return inner(rest, [name]);
    case 'busybox': {
      const meaning = inner(rest, []);
      return { ...meaning, needs: [name] };
    }
    case 'env': {
      const command = rest.findIndex((it) => it === undefined || !/^(-|\w+=)/.test(it));
      return command < 0 ? undefined : inner(rest.slice(command), [name]);
    }
    case 'timeout':
      return timeoutMeaning(rest, inner);
    default:
      return undefined;
  }
}

/** `timeout 5 command` ends after 5 seconds at the latest, or the time after `-k` later. */
function timeoutMeaning(
  rest: readonly ShellWord[],
  inner: (words: readonly ShellWord[], needs: readonly string[]) => CommandMeaning,
): CommandMeaning | undefined {
  let kill = 0;
  let at = 0;
  for (; at < rest.length && rest[at]?.startsWith('-'); at++) {
    if (rest[at] === '-k' || rest[at] === '-s') {
      if (rest[at] === '-k') kill = durationSeconds(rest[at + 1]) ?? Infinity;
      at++;
    }
  }
  const limit = durationSeconds(rest[at]);
  if (limit === undefined) return undefined;
  const meaning = inner(rest.slice(at + 1), ['timeout']);
  const { earliest, latest } = meaning.seconds;
  const seconds = { earliest: Math.min(earliest, limit), latest: Math.min(latest, limit + kill) };
  return { ...meaning, seconds, understood: Number.isFinite(seconds.latest) };
}

/** The sum of `sleep`'s arguments; undefined where one is not a number (`infinity`, `$N`). */
export function sleepSeconds(words: readonly ShellWord[] | undefined): number | undefined {
  if (!words || words.length === 0) return undefined;
  let sum = 0;
  for (const word of words) {
    const seconds = durationSeconds(word);
    if (seconds === undefined) return undefined;
    sum += seconds;
  }
  return sum;
}

/** `5`, `0.5`, `2s`, `1m`, `1h`, `1d`, `infinity` as seconds. */
export function durationSeconds(word: ShellWord): number | undefined {
  if (word === undefined) return undefined;
  if (/^inf(inity)?$/i.test(word)) return Infinity;
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(word);
  if (!match) return undefined;
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? ''] ?? 1;
  return Number(match[1]) * unit;
}

/** The time that `curl -m` and `wget -T -t` allow; undefined where nothing bounds it. */
function requestLimit(name: string, words: readonly ShellWord[]): number | undefined {
  const option = (pattern: RegExp): number | undefined => {
    const at = words.findIndex((it) => it !== undefined && pattern.test(it));
    if (at < 0) return undefined;
    const inline = /(?:=|^-[a-zA-Z])([\d.]+)$/.exec(words[at] ?? '')?.[1];
    return durationSeconds(inline ?? words[at + 1]);
  };
  if (name === 'wget') return undefined;
  const retries = words.some((it) => it?.startsWith('--retry'));
  return retries ? undefined : option(/^(--max-time(=|$)|-[a-zA-Z]*m)/);
}

function stopsApp(name: string, words: readonly ShellWord[]): Likely {
  if (name === 'nginx') {
    const signal = words[words.indexOf('-s') + 1];
    return words.includes('-s') && (signal === 'quit' || signal === 'stop') ? 'yes' : 'no';
  }
  if (name === 'kill') {
    if (words.includes('-0')) return 'no';
    return words.includes('1') && !words.includes('-1') ? 'yes' : 'unknown';
  }
  if (['pkill', 'killall', 'apachectl', 'apache2ctl', 'pg_ctl'].includes(name)) return 'unknown';
  return QUICK.has(name) || SHORT.has(name) || name === 'sleep' ? 'no' : 'unknown';
}

function stopsAppOf(script: ShellScript, meanings: readonly CommandMeaning[]): Likely {
  if (meanings.some((it) => it.stopsApp === 'yes')) return 'yes';
  return script.understood && meanings.every((it) => it.stopsApp === 'no') ? 'no' : 'unknown';
}

/** What comes before the first command that may stop the app; no end where it only may. */
function stopsAfter(script: ShellScript, meanings: readonly CommandMeaning[]): TimeWindow {
  const index = meanings.findIndex((it) => it.stopsApp !== 'no');
  if (index < 0) return ANY_TIME;
  const commands = script.commands.slice(0, index);
  const before = scriptSeconds({ commands, compound: undefined, understood: true }, meanings);
  const connector = script.commands[index]?.connector;
  const sure = meanings[index]?.stopsApp === 'yes' && connector !== '||' && connector !== '|';
  return { ...before, latest: sure ? before.latest + AT_ONCE.latest : Infinity };
}

/** The addresses in a text. */
function urlsIn(text: string): RemoteCall[] {
  const calls: RemoteCall[] = [];
  for (const match of text.matchAll(/\b(https?):\/\/(\[[^\]\s]+\]|[\w.-]+)(?::(\d+))?[^\s'"]*/g)) {
    const port = match[3] === undefined ? (match[1] === 'https' ? 443 : 80) : Number(match[3]);
    calls.push({ host: match[2] ?? '', port, url: match[0] });
  }
  return calls;
}
