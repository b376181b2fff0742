/** What every command is given: the program it is added to, the world around it, and where its exit code goes. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** Adds one command, with its flags, to the program; what it needs is imported when it is called, so that help stays quick. */
export type AddCommand = (program: Command, context: CliContext, done: (code: number) => void) => void;

/** What ends the help of commands that judge. */
export const EXIT_CODES = `
Exit codes: 0 admitted, 1 denied, 2 warnings only (with --fail-on-warn), 3 undetermined
(registry, network or time), 64 wrong usage or an invalid policy or configuration.`;
