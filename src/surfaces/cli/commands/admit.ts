/** `gatehouse admit` and its flags: an AdmissionReview is the question of an API server; artifacts and lock files are those of a build. */
import type { Command } from 'commander';
import { UsageError } from '../context.ts';
import { repeated, withPlaceOptions } from '../options.ts';
import { EXIT_CODES } from './command.ts';
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addAdmit: AddCommand = (program, context, done) => {
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
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['table', 'json', 'yaml']))
    .addHelpText('after', EXIT_CODES)
    .action(async (artifacts: string[], flags, command: Command) => {
      if (flags.filename === undefined) {
        // Hundreds of packages that nobody has asked about before take their time.
        const timeout = command.getOptionValueSource('timeout') === 'default' && flags.lockfile !== undefined ? '5m' : flags.timeout;
        return done(await (await import('../admit/index.ts')).admit(artifacts, { ...flags, timeout }, context));
      }
      const foreign = ['lockfile', 'server', 'tokenFile', 'ca', 'receipt', 'artifactsOut', 'usedAs', 'dryRun'].some((flag) => flags[flag] !== undefined);
      if (foreign || artifacts.length > 0) throw new UsageError('-f answers an AdmissionReview, and goes with -p alone');
      if (flags.policy === undefined) throw new UsageError("required option '-p, --policy <dir>' not specified");
      return done(await (await import('../admit/review.ts')).answerReview(flags, context));
    });
};
