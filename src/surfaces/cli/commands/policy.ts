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
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['text', 'json', 'yaml', 'sarif', 'github']).default('text'))
    .action(async (folders: string[], flags) => done(await (await import('../lint.ts')).lint(folders, flags, context)));
  policy
    .command('schema')
    .argument('[kind]', 'Signer, ClusterArtifactPolicy, …; without it, one schema for files with documents of any kind')
    .description('print the JSON Schema of policy documents, for editors')
    .action(async (kind: string | undefined) => done(await (await import('../policy/schema.ts')).schema(kind, context)));
};
