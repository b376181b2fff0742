/** `gatehouse policy …`: what is done with policies as files. */
import { Option } from 'commander';
import type { AddCommand } from './command.ts';

/** Adds them to the program. */
export const addPolicy: AddCommand = (program, context, done) => {
  const policy = program.command('policy').description('work on policies');
  policy
    .command('lint')
    .argument('<dir...>', 'folders or files with policies')
    .description('report every problem of the policies with file, line and column')
    .option('--fail-on-warn', 'exit with 2 when there are warnings only')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['text', 'json', 'yaml']).default('text'))
    .action(async (folders: string[], flags) => done(await (await import('../lint.ts')).lint(folders, flags, context)));
};
