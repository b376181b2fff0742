/** `gatehouse check` and its flags. */
import { repeated } from '../options.ts';
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addCheck: AddCommand = (program, context, done) => {
  program.command('check').description('tell which keys, signers and trust roots have ended or end soon, and what is revoked')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies; may be repeated'))
    .option('--config <file>', 'configuration of the server: its policies without -p, and the age of its path tokens')
    .option('--within <duration>', 'how far ahead an end is a warning', '30d')
    .option('--fail-on-warn', 'exit with 2 when something ends soon, or a path token is older than 30 days')
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['text', 'json', 'yaml']))
    .action(async (flags) => done(await (await import('../check.ts')).check(flags, context)));
};
