/** `gatehouse verify` and its flags. */
import { withJudgeOptions, withManifestOptions, withReportOptions, repeated } from '../options.ts';
import { EXIT_CODES } from './command.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addVerify: AddCommand = (program, context, done) => {
  const command = program.command('verify').argument('[artifact...]', 'image reference, file, digest (sha256:…), package URL (pkg:…) or commit (git:URL@COMMIT)');
  withReportOptions(withManifestOptions(withJudgeOptions(command)
    .addOption(repeated('-f, --filename <file>', 'judge the objects and Dockerfiles of a file or folder (- for standard input), as gatehouse apply; may be repeated'))))
    .description('judge artifacts, or with -f manifests, against policies')
    .option('--name <name>', 'name by which policies know the file or digest; a package URL makes it a package')
    .option('--digest <digest>', 'digest (sha512:…) or lockfile integrity (sha512-…) of the file of a package URL')
    .option('--used-as <usage>', 'what it is to be used as; without it images as container, all else as dependency')
    .option('--repo <dir>', 'clone in which the raw objects of commits are read, with the tags that point to them')
    .option('--since <commit>', 'read also every commit since this one')
    .option('-n, --namespace <namespace>', 'namespace the artifacts are meant for; with -f that of objects that name none (default)')
    .option('--vsa-out <file>', 'write a publish summary (VSA in DSSE) there when all of it holds')
    .option('--vsa-key <file>', 'private key that signs it, PEM (Ed25519 or P-256)')
    .option('--vsa-verifier <uri>', 'begins the id of the verifier in it (https://gatehouse.dev/verifier)')
    .option('--vsa-run <uid>', 'uid of the run that built the artifact, which it names')
    .addHelpText('after', EXIT_CODES)
    .action(async (artifacts: string[], flags) => done(await (await import('../verify.ts')).verify(artifacts, flags, context)));
};
