/** `gatehouse forecast` and its flags. */
import { Option } from 'commander';
import { repeated, withPlaceOptions } from '../options.ts';
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

const CODES = `
Exit codes: 0 nothing would be refused, 1 something would be, 2 with --fail-on-warn when something would be refused once trust ends,
3 something could not be found out or listed, 64 wrong usage, or a cluster or policies that cannot be used.`;

/** Adds it to the program. */
export const addForecast: AddCommand = (program, context, done) => {
  withPlaceOptions(program.command('forecast'))
    .description('tell what in a cluster would be refused if policies enforced, why, and what will be once trust ends')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies; may be repeated'))
    .option('--cluster', 'the policies of the cluster, those in audit and warn too')
    .option('--kubeconfig <file>', 'the cluster; without it that of KUBECONFIG, ~/.kube/config, or the pod that this is')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <namespace>', 'this namespace alone')
    .option('--within <duration>', 'how far ahead ends of keys, roots and exceptions are looked at', '30d')
    .option('--at <time>', 'judge as of this time: 2027-01-01T00:00:00Z')
    .option('--config <file>', 'configuration of the server: unmatched, extractors and pipelines')
    .addOption(new Option('--unmatched <action>', 'artifacts that no policy speaks about; without --config warn').choices(['deny', 'warn', 'allow']))
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['table', 'json', 'yaml']))
    .addHelpText('after', CODES)
    .action(async (flags, command: { getOptionValueSource(name: string): string | undefined }) =>
      done(await (await import('../forecast.ts')).forecast({ ...flags, policyFrom: command.getOptionValueSource('policy') }, context)));
};
