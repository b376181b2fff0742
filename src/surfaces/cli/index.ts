/** The command line: its commands and flags, and how whatever happens becomes an exit code. */
import { Command, CommanderError, Option } from 'commander';
import { EXIT, PlacedProblems, UsageError } from './context.ts';
import type { CliContext } from './context.ts';
import { repeated, withJudgeOptions, withPlaceOptions, withSourceOptions } from './options.ts';

const EXIT_CODES = `
Exit codes: 0 admitted, 1 denied, 2 warnings only (with --fail-on-warn), 3 undetermined
(registry, network or time), 64 wrong usage or an invalid policy or configuration.`;

/**
 * Runs one command line (without node and script) and gives its exit code.
 *
 * Commands are loaded when they are called: `gatehouse version` must not wait for the web server. Never rejects for what a user
 * can cause; a fault of ours is told as such, with exit code 3, because nothing was determined.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const outcome = { code: EXIT.admitted as number };
  const program = buildProgram(context, (code) => { outcome.code = code; });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.code;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.admitted : EXIT.usage;
    if (cause instanceof UsageError) {
      context.stderr(`${cause instanceof PlacedProblems ? '' : 'gatehouse: '}${cause.message}\n`);
      return EXIT.usage;
    }
    context.stderr(`gatehouse: internal error: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}\n`);
    return EXIT.undetermined;
  }
}

function buildProgram(context: CliContext, done: (code: number) => void): Command {
  const program = new Command('gatehouse')
    .description('Admits only artifacts whose signatures and attestations hold against your policies.')
    .version(context.version, '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(gatehouse help COMMAND shows how it is used)')
    .configureOutput({
      writeOut: (text) => context.stdout(text),
      writeErr: (text) => context.stderr(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', EXIT_CODES);
  addServe(program, context, done);
  addJudging(program, context, done);
  addInspect(program, context, done);
  program
    .command('explain')
    .argument('[code]', 'reason code, as in the brackets of a denial')
    .description('what a reason code means and how to mend it; without a code, the list')
    .action(async (code: string | undefined) => done((await import('./explain.ts')).explain(code, context)));
  addCheck(program, context, done);
  const policy = program.command('policy').description('work on policies');
  policy
    .command('lint')
    .argument('<dir...>', 'folders or files with policies')
    .description('report every problem of the policies with file, line and column')
    .option('--fail-on-warn', 'exit with 2 when there are warnings only')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['text', 'json']).default('text'))
    .action(async (folders: string[], flags) => done(await (await import('./lint.ts')).lint(folders, flags, context)));
  program
    .command('definition')
    .description('work on definitions of builds')
    .command('canonical')
    .argument('<file>', 'file with one definition, YAML or JSON; - for standard input')
    .description('print the bytes of a definition that are signed')
    .action(async (file: string) => done(await (await import('./definition.ts')).canonical(file, context)));
  program.command('version').description('print the version').action(() => context.stdout(`${context.version}\n`));
  return program;
}

function addCheck(program: Command, context: CliContext, done: (code: number) => void): void {
  program.command('check').description('tell which keys, signers and trust roots have ended or end soon, and what is revoked')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies; may be repeated'))
    .option('--config <file>', 'configuration of the server: its policies without -p, and the age of its path tokens')
    .option('--within <duration>', 'how far ahead an end is a warning', '30d')
    .option('--fail-on-warn', 'exit with 2 when something ends soon, or a path token is older than 30 days')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['text', 'json']).default('text'))
    .action(async (flags) => done(await (await import('./check.ts')).check(flags, context)));
}

function addServe(program: Command, context: CliContext, done: (code: number) => void): void {
  program.command('serve').description('run the admission server until SIGTERM')
    .option('--config <file>', 'configuration file (YAML); flags win over it')
    .addOption(repeated('-p, --policy <dir>', 'folder with policies; may be repeated'))
    .option('--host <address>', 'address to listen on')
    .option('--port <number>', 'port of the webhook (8443)')
    .option('--ops-port <number>', 'port of health and metrics (8080), 0 for none')
    .option('--gate-port <port>', 'port that build tasks ask, 0 for none (0)')
    .option('--tls-cert <file>', 'serving certificate chain, PEM')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--client-ca <file>', 'CA of the certificate by which the API server shows itself, PEM')
    .option('--dev-cert', 'make a self-signed certificate in memory, for trials; also done when none is given')
    .addOption(repeated('--dev-cert-name <name>', 'further name or address in that certificate; may be repeated'))
    .option('--namespaces <file>', 'Namespace objects, in place of an API server')
    .addOption(
      repeated('--plain-http <host[:port]>', 'registry that is asked over plain HTTP, and may be on this machine; may be repeated'),
    )
    .option('--docker-config <file>', 'docker config.json with credentials')
    .option('--unmatched <deny|warn|allow>', 'what becomes of artifacts that no policy speaks about (deny)')
    .option('--drain <duration>', 'how long to serve on after SIGTERM (10s)')
    .option('--log-level <level>', 'fatal, error, warn, info or debug (info)')
    .action(async (flags) => done(await (await import('./serve.ts')).serve(flags, context)));
}

function addInspect(program: Command, context: CliContext, done: (code: number) => void): void {
  withSourceOptions(program.command('inspect').argument('<artifact>', 'image reference, file, digest (sha256:…) or package URL (pkg:…)'))
    .description('show all evidence of one artifact: by whom, when, and what is wrong with it')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies whose keys and trust roots are tried; may be repeated'))
    .addOption(repeated('--key <file>', 'public key (PEM) that is tried; may be repeated'))
    .option('--name <name>', 'name of the file or digest, for the policy to paste; a package URL makes it a package')
    .option('--digest <digest>', 'digest (sha512:…) or lockfile integrity (sha512-…) of the file of a package URL')
    .addOption(new Option('-o, --output <format>', 'format').choices(['tree', 'json']).default('tree'))
    .action(async (artifact: string, flags) => done(await (await import('./inspect.ts')).inspect(artifact, flags, context)));
}

function addJudging(program: Command, context: CliContext, done: (code: number) => void): void {
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
    .action(async (artifact: string, flags) => done(await (await import('./verify.ts')).verify(artifact, flags, context)));
  withJudgeOptions(program.command('apply'))
    .description('judge objects together, as if they were applied')
    .addOption(
      repeated('-f, --filename <file>', 'file or folder with objects, - for standard input; may be repeated').makeOptionMandatory(),
    )
    .option('--as <user>', 'who would apply them; without it rules about requesters are not judged')
    .addOption(repeated('--as-group <group>', 'a group of that user; may be repeated'))
    .option('-n, --namespace <namespace>', 'namespace of objects that name none', 'default')
    .option('--config <file>', 'configuration of the server: unmatched, extractors and pipelines')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['table', 'json']).default('table'))
    .option('-v, --verbose', 'also show the rules that hold, and every image')
    .addHelpText('after', EXIT_CODES)
    .action(async (flags) => done(await (await import('./apply/index.ts')).apply(flags, context)));
  addAdmit(program, context, done);
  addAttest(program, context, done);
}

function addAttest(program: Command, context: CliContext, done: (code: number) => void): void {
  program.command('attest').argument('<artifact>', 'image that an earlier task of the run has built, NAME@sha256:…')
    .description('ask a gate for the publish summary of what a run has built; waits until its provenance is there')
    .requiredOption('--server <url>', 'gate to ask: https://HOST[:PORT]')
    .requiredOption('--token-file <file>', 'token by which the gate knows who asks, read anew for every request')
    .option('--ca <file>', 'PEM of the CA of the gate, in place of those of the system')
    .option('--dry-run', 'have the gate judge, and neither sign nor push')
    .option('--summary <file>', 'write the summary there')
    .option('--timeout <duration>', 'how long to wait for the provenance', '5m')
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXIT_CODES)
    .action(async (artifact: string, flags) => done(await (await import('./attest.ts')).attest(artifact, flags, context)));
}

/** An AdmissionReview is the question of an API server; artifacts and lock files are those of a build. */
function addAdmit(program: Command, context: CliContext, done: (code: number) => void): void {
  withPlaceOptions(program.command('admit').argument('[artifact...]', 'image reference, pkg:… or git+https://…, or one of these or a name with =DIGEST'))
    .description('ask whether artifacts and the entries of lock files may be used; or answer an AdmissionReview as the webhook would')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies, to judge here; may be repeated'))
    .option('-f, --filename <file>', 'file with an AdmissionReview, - for standard input')
    .addOption(repeated('--lockfile <file>', 'lock file of a package manager, all of whose entries are asked about; may be repeated'))
    .option('--used-as <usage>', 'what all of it is to be used as; without it by kind: dependency, baseImage, source')
    .option('-n, --namespace <namespace>', 'namespace as which it is judged here')
    .option('--server <url>', 'gate to ask in place of judging here: https://HOST[:PORT]')
    .option('--token-file <file>', 'token by which the gate knows who asks, read anew for every request')
    .option('--ca <file>', 'PEM of the CA of the gate, in place of those of the system')
    .option('--dry-run', 'have the gate judge, and leave no receipt')
    .option('--receipt <file>', 'write the receipt of the gate there when all of it is admitted')
    .option('--artifacts <json>', 'JSON list of artifacts, as in a question to the gate')
    .option('--artifacts-out <file>', 'write the sorted list of what was admitted there (in a folder: gatehouse-artifacts.txt), for which a receipt of several holds')
    .option('--decision <file>', 'write the decision there (admit, warn, deny, undetermined), as a result of a pipeline task')
    .option('--test-output <file>', 'write counts and result there as JSON, as tasks of Conforma do')
    .option('--strict <bool>', 'false: exit with 0 whatever the decision', 'true')
    .option('--assert <file>', 'ask nothing: end as the decision in this file says')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['table', 'json']).default('table'))
    .addHelpText('after', EXIT_CODES)
    .action(async (artifacts: string[], flags, command: Command) => {
      if (flags.filename === undefined) {
        // Hundreds of packages that nobody has asked about before take their time.
        const timeout = command.getOptionValueSource('timeout') === 'default' && flags.lockfile !== undefined ? '5m' : flags.timeout;
        return done(await (await import('./admit/index.ts')).admit(artifacts, { ...flags, timeout }, context));
      }
      const foreign = ['lockfile', 'server', 'tokenFile', 'ca', 'receipt', 'artifactsOut', 'usedAs', 'dryRun'].some((flag) => flags[flag] !== undefined);
      if (foreign || artifacts.length > 0) throw new UsageError('-f answers an AdmissionReview, and goes with -p alone');
      if (flags.policy === undefined) throw new UsageError("required option '-p, --policy <dir>' not specified");
      return done(await (await import('./admit/review.ts')).answerReview(flags, context));
    });
}
