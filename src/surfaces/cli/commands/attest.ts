/** `gatehouse attest` and its flags. */
import { EXIT_CODES } from './command.ts';
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addAttest: AddCommand = (program, context, done) => {
  program.command('attest').argument('<artifact>', 'image that an earlier task of the run has built, NAME@sha256:…')
    .description('ask a gate for the publish summary of what a run has built; waits until its provenance is there')
    .requiredOption('--server <url>', 'gate to ask: https://HOST[:PORT]')
    .requiredOption('--token-file <file>', 'token by which the gate knows who asks, read anew for every request')
    .option('--ca <file>', 'PEM of the CA of the gate, in place of those of the system')
    .option('--dry-run', 'have the gate judge, and neither sign nor push')
    .option('--summary <file>', 'write the summary there')
    .option('--timeout <duration>', 'how long to wait for the provenance', '5m')
    .addOption(formatOption('-o, --output <format>', 'format of the answer', ['text', 'json', 'yaml']))
    .addHelpText('after', EXIT_CODES)
    .action(async (artifact: string, flags) => done(await (await import('../attest.ts')).attest(artifact, flags, context)));
};
