/** `gatehouse explain` and its flags. */
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addExplain: AddCommand = (program, context, done) => {
  program
    .command('explain')
    .argument('[code]', 'reason code, as in the brackets of a denial')
    .description('what a reason code means and how to mend it; without a code, the list')
    .action(async (code: string | undefined) => done((await import('../explain.ts')).explain(code, context)));
};
