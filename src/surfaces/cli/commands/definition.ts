/** `gatehouse definition …`: what is done with definitions of builds. */
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addDefinition: AddCommand = (program, context, done) => {
  program
    .command('definition')
    .description('work on definitions of builds')
    .command('canonical')
    .argument('<file>', 'file with one definition, YAML or JSON; - for standard input')
    .description('print the bytes of a definition that are signed')
    .action(async (file: string) => done(await (await import('../definition.ts')).canonical(file, context)));
};
