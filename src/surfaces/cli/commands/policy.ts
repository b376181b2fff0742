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
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['text', 'json']).default('text'))
    .action(async (folders: string[], flags) => done(await (await import('../lint.ts')).lint(folders, flags, context)));
  addImport(policy, context, done);
};

/** `gatehouse policy import FILE…` */
const addImport: AddCommand = (policy, context, done) => {
  policy
    .command('import')
    .argument('<file...>', 'files or folders with policies of other projects; - is standard input')
    .description('write policies of policy-controller, Kyverno, Notation and Connaisseur as policies of Gatehouse, and tell what cannot be said')
    .option('-o, --output <dir>', 'folder to write signers.yaml, trust-roots.yaml and policies.yaml to; - is standard output', '-')
    .addOption(new Option('--report <format>', 'format of what is told').choices(['text', 'json']).default('text'))
    .option('--force', 'overwrite files that are there')
    .action(async (files: string[], flags) => done(await (await import('../policy/import.ts')).importPolicies(files, flags, context)));
};
