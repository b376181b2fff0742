/** `gatehouse check` and its flags. */
import { repeated } from '../options.ts';
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addCheck: AddCommand = (program, context, done) => {
  program.command('check').description('tell which keys, signers and trust roots have ended or end soon, or whether the installation in a cluster works')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies; may be repeated'))
    .option('--config <file>', 'configuration of the server: its policies without -p, and the age of its path tokens')
    .option('--within <duration>', 'how far ahead an end is a warning', '30d')
    .option('--cluster', 'look whether the installation in the cluster works: certificate, gate, replicas, guard, feeds')
    .option('--kubeconfig <file>', 'of the cluster (KUBECONFIG, ~/.kube/config, or the account of the pod)')
    .option('--denied <image>', 'send a pod of this image as a dry run, and fail unless it is denied')
    .option('--reason <code>', 'with which reason it has to be denied')
    .option('--admitted <image>', 'send a pod of this image as a dry run, and fail unless it is admitted')
    .option('--namespace <name>', 'namespace of these pods', 'default')
    .option('--fail-on-warn', 'exit with 2 when something ends soon, a path token is older than 30 days, or the cluster has a warning')
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['text', 'json', 'yaml']))
    .action(async (flags) => done(await (await import('../check/check.ts')).check(flags, context)));
};
