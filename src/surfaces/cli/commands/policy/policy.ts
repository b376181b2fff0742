/** `gatehouse policy …`: what is done with policies as files. */
import { Option } from 'commander';
import { repeated, withPlaceOptions, withSourceOptions } from '../../options.ts';
import { formatOption } from '../../output/format-option.ts';
import type { AddCommand } from '../command.ts';
import { addSigning } from './sign.ts';

const DIFF_CODES = `
Exit codes: 0 nothing that was let in would be refused, 1 something would be, 2 with --fail-on-warn when anything is looser, 64 wrong
usage or policies that do not compile.`;

const INIT_HELP = `
Examples:
  gatehouse policy init --from ghcr.io/acme/app:1.4
  gatehouse policy init --github acme/app --workflow release.yml --name app
  gatehouse policy init --key cosign.pub --image 'registry.acme.example/**'

Exit codes: 0 written, 1 the image proves nothing to ask for, 3 it could not be looked at, 64 wrong usage, or the file is there.`;

/** Adds them to the program. */
export const addPolicy: AddCommand = (program, context, done) => {
  const policy = program.command('policy').description('work on policies');
  withSourceOptions(policy.command('init'))
    .description('write a first policy, from what an image proves or from who is to sign; never over a file that is there')
    .option('--from <image>', 'ask for what is proven of this image')
    .addOption(repeated('--key <file>', 'public key (PEM) that signs; with --from, that is tried; may be repeated'))
    .option('--github <owner/repo>', 'GitHub repository whose release workflow signs')
    .option('--workflow <file>', 'that workflow', 'release.yml')
    .option('--gitlab <group/project>', 'project on gitlab.com whose pipeline signs')
    .option('--email <address>', 'who signs by hand')
    .option('--issuer <url>', 'where this address logs in', 'https://accounts.google.com')
    .addOption(repeated('--image <pattern>', 'images it is about; without it those of the repository; may be repeated'))
    .option('--dir <dir>', 'folder of policies', 'policies')
    .option('--name <name>', 'name of the policy and its file', 'first')
    .addHelpText('after', INIT_HELP)
    .action(async (flags) => done(await (await import('../../policy/init.ts')).init(flags, context)));
  policy
    .command('lint')
    .argument('<dir...>', 'folders or files with policies')
    .description('report every problem of the policies with file, line and column')
    .addOption(repeated('--signed-by <file>', 'file or folder with the Signers of whom one must have signed each document; may be repeated'))
    .option('--config <file>', 'configuration of the server, whose stores of evidence are held against the policies')
    .option('--fail-on-warn', 'exit with 2 when there are warnings only')
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['text', 'json', 'yaml', 'sarif', 'github']))
    .action(async (folders: string[], flags) => done(await (await import('../../lint.ts')).lint(folders, flags, context)));
  const compared = policy.command('diff').argument('<old>', 'folder or file with the policies of before').argument('<new>', 'and of after');
  withPlaceOptions(compared)
    .description('what another set of policies would change, and why')
    .addOption(repeated('-f, --filename <file>', 'objects or AdmissionReviews that both sets judge; may be repeated'))
    .option('--as <user>', 'who would apply the objects')
    .addOption(repeated('--as-group <group>', 'a group of that user; may be repeated'))
    .option('-n, --namespace <namespace>', 'namespace of objects that name none', 'default')
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['table', 'json', 'yaml', 'github']))
    .addHelpText('after', DIFF_CODES)
    .action(async (before: string, after: string, flags) =>
      done(await (await import('../../policy/diff.ts')).diff(before, after, flags, context)));
  policy
    .command('schema')
    .argument('[kind]', 'Signer, ClusterArtifactPolicy, …; without it, one schema for files with documents of any kind')
    .description('print the JSON Schema of policy documents, for editors')
    .action(async (kind: string | undefined) => done(await (await import('../../policy/schema.ts')).schema(kind, context)));
  addImport(policy, context, done);
  addSigning(policy, context, done);
};

const IMPORT_HELP = `
Exit codes: 0 everything is said, 2 something could not be said (it is listed, and shut), 64 wrong usage or a file that cannot be read.`;

/** `gatehouse policy import FILE…` */
const addImport: AddCommand = (policy, context, done) => {
  policy
    .command('import')
    .argument('<file...>', 'files or folders with policies of other projects; - is standard input')
    .description('write policies of policy-controller, Kyverno, Notation, Connaisseur and Ratify as policies of Gatehouse, and tell what cannot be said')
    .option('-o, --output <dir>', 'folder to write signers.yaml, trust-roots.yaml and policies.yaml to; - is standard output', '-')
    .addOption(new Option('--from <form>', 'what the files are, where they do not say it themselves').choices(['allowed-signers']))
    .addOption(formatOption('--report <format>', 'format of what is told', ['text', 'json', 'yaml']))
    .option('--force', 'overwrite files that are there')
    .addHelpText('after', IMPORT_HELP)
    .action(async (files: string[], flags) => done(await (await import('../../policy/import.ts')).importPolicies(files, flags, context)));
};
