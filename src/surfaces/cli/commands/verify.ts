/** `gatehouse verify` and its flags. */
import { Option } from 'commander';
import { withJudgeOptions } from '../options.ts';
import { EXIT_CODES } from './command.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addVerify: AddCommand = (program, context, done) => {
  withJudgeOptions(program.command('verify').argument('<artifact>', 'image reference, file, digest (sha256:…) or package URL (pkg:…)'))
    .description('judge one artifact against policies')
    .option('--name <name>', 'name by which policies know the file or digest; a package URL makes it a package')
    .option('--digest <digest>', 'digest (sha512:…) or lockfile integrity (sha512-…) of the file of a package URL')
    .option('-n, --namespace <namespace>', 'namespace the artifact is meant for')
    .addOption(new Option('-o, --output <format>', 'format of the decision').choices(['table', 'json']).default('table'))
    .option('--vsa-out <file>', 'write a publish summary (VSA in DSSE) there when all of it holds')
    .option('--vsa-key <file>', 'private key that signs it, PEM (Ed25519 or P-256)')
    .option('--vsa-verifier <uri>', 'begins the id of the verifier in it (https://gatehouse.dev/verifier)')
    .option('--vsa-run <uid>', 'uid of the run that built the artifact, which it names')
    .addHelpText('after', EXIT_CODES)
    .action(async (artifact: string, flags) => done(await (await import('../verify.ts')).verify(artifact, flags, context)));
};
