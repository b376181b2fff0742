/** The command line: its commands and flags, and how whatever happens becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from './commands/command.ts';
import { withExamples } from './commands/examples.ts';
import { helpFlag, withGroups } from './commands/groups.ts';
import { COMMANDS } from './commands/index.ts';
import { EXIT, PlacedProblems, UsageError } from './context.ts';
import type { CliContext } from './context.ts';
import { withEnvironment } from './environment/defaults.ts';

/**
 * Runs one command line (without node and script) and gives its exit code.
 *
 * Commands are loaded when they are called: `gatehouse version` must not wait for the web server. Never rejects for what a user
 * can cause; a fault of ours is told as such, with exit code 3, because nothing was determined.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const outcome = { code: EXIT.admitted as number };
  const program = buildProgram(context, (code) => { outcome.code = code; });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.code;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.admitted : EXIT.usage;
    if (cause instanceof UsageError) {
      context.stderr(`${cause instanceof PlacedProblems ? '' : 'gatehouse: '}${cause.message}\n`);
      return EXIT.usage;
    }
    context.stderr(`gatehouse: internal error: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}\n`);
    return EXIT.undetermined;
  }
}

/** The tree of commands, for whoever parses or describes it; `done` is given the exit code of the one that ran. */
export function buildProgram(context: CliContext, done: (code: number) => void): Command {
  const program = new Command('gatehouse')
    .description('Admits only artifacts whose signatures and attestations hold against your policies.')
    .version(context.version, '-V, --version', 'print the version')
    .addHelpOption(helpFlag())
    .exitOverride()
    .showHelpAfterError('(gatehouse help COMMAND shows how it is used)')
    .configureOutput({
      writeOut: (text) => context.stdout(text),
      writeErr: (text) => context.stderr(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', EXIT_CODES);
  for (const add of COMMANDS) add(program, context, done);
  withEnvironment(program, context);
  program.command('version').description('print the version').action(() => context.stdout(`${context.version}\n`));
  withExamples(program);
  withGroups(program);
  return program;
}
