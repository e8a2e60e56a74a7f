/** The command line: arguments to a command, its result to an exit status. */
import { Command, CommanderError } from 'commander';
import { check } from './commands/check.ts';
import { explain } from './commands/explain.ts';
import { listRules } from './commands/rules.ts';
import { explainParts } from './commands/parts.ts';
import { EXIT, UsageError, type ExitStatus } from './exit-status.ts';
import type { Options, Terminal } from './invocation.ts';

/** Runs one command line and returns the exit status. */
export function run(args: readonly string[], terminal: Terminal): ExitStatus {
  let status: ExitStatus = EXIT.clean;
  const program = new Command('podsage')
    .description('Explains what Kubernetes will do with a pod manifest before you apply it.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeOut: (it) => terminal.out(it), writeErr: (it) => terminal.err(it) });
  const does =
    (command: (terminal: Terminal, files: string[], options: Options) => ExitStatus) =>
    (files: string[], options: Options) => {
      status = command(terminal, files, options);
    };
  withWorld(program.command('explain <file...>'))
    .description(
      'tell the whole story: admission, scheduling, traffic, start-up, shutdown, findings',
    )
    .option('--brief', 'the answers in short, a line each')
    .action(does(explain));
  withWorld(program.command('check <file...>'))
    .description('print findings; exit status 1 where there are any')
    .option('--format <format>', 'human, json, sarif or github', 'human')
    .option(
      '--fail-on <severity>',
      'the least severity that counts: error, warning, information',
      'warning',
    )
    .option('--baseline <file>', 'findings listed there are known and do not count')
    .option('--update-baseline', 'write the findings of this run to the baseline')
    .action(does(check));
  for (const part of ['schedule', 'timeline', 'endpoints', 'rollout'] as const) {
    const command = withWorld(program.command(`${part} <file...>`)).description(PART_TEXT[part]);
    if (part === 'schedule') {
      command.option('--annotations', 'print the annotations of kube-scheduler-simulator as JSON');
    }
    command.action(does((...them) => explainParts(part, ...them)));
  }
  withWorld(program.command('drain <node> <file...>'))
    .description('tell which evictions a drain of the node would be allowed, in order')
    .action((node: string, files: string[], options: Options) => {
      status = explainParts('drain', terminal, files, { ...options, node });
    });
  program
    .command('rules [id]')
    .description('list the rules, or explain one')
    .action((id: string | undefined) => {
      status = listRules(terminal, id);
    });
  try {
    program.parse(args, { from: 'user' });
    return status;
  } catch (error) {
    return statusOf(error, terminal);
  }
}

const PART_TEXT = {
  schedule: 'tell where each pod lands, and why not elsewhere',
  timeline: 'print the start-up and shutdown timelines',
  endpoints: 'print the EndpointSlices and why a pod is not in them',
  rollout: 'print how a rollout goes: ready pods over time, deadlocks',
} as const;

function withWorld(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--config <file>', 'podsage.yaml to use instead of the nearest one')
    .option('--profile <name>', 'environment profile: lab, default, stressed')
    .option('--kubernetes-version <version>', 'such as 1.36')
    .option('--color', 'colours even where the output is no terminal')
    .option('--no-color', 'no colours');
}

function statusOf(error: unknown, terminal: Terminal): ExitStatus {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.usage;
  if (error instanceof UsageError) {
    terminal.err(`podsage: ${error.message}\n`);
    return EXIT.usage;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(`podsage: this is our fault, please report it:\n${text}\n`);
  return EXIT.fault;
}
