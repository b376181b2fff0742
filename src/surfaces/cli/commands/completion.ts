/** `gatehouse completion SHELL`. */
import { Argument } from 'commander';
import { SHELLS } from '../completion/scripts.ts';
import type { Shell } from '../completion/scripts.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addCompletion: AddCommand = (program, context) => {
  program.command('completion')
    .addArgument(new Argument('<shell>', 'shell that shall complete').choices(SHELLS))
    .description('print the script by which a shell completes commands, flags and their choices')
    .action(async (shell: Shell) => context.stdout((await import('../completion/scripts.ts')).completionScript(program, shell)));
};
