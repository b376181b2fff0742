/** `gatehouse explain` and its flags. */
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

const HELP = `
Examples:
  gatehouse explain VERIFY_SIGNER_UNTRUSTED POLICY_TOO_OLD
  gatehouse explain -f decision.json
  gatehouse explain 3f9a0c1b2d --server https://gatehouse.example:8080 --token-file token --ca ca.crt

Exit codes: 0 explained, 3 the server cannot be asked now, 64 no such code or decision, or wrong usage.`;

/** Adds it to the program. */
export const addExplain: AddCommand = (program, context, done) => {
  program
    .command('explain')
    .argument('[code...]', 'reason code, as in the brackets of a denial; with --server the id or reference of a decision')
    .description('what reason codes mean and how to mend it; without a code, the list')
    .option('-f, --filename <file>', 'explain each code in it once: a decision, an AdmissionReview, a denial; - for standard input')
    .option('--server <url>', 'ask the decisions page of a server: https://HOST[:PORT], or http:// on this machine')
    .option('--token-file <file>', 'token that may read decisions')
    .option('--ca <file>', 'PEM of the CA of the server, in place of those of the system')
    .option('--timeout <duration>', 'how long it may take', '30s')
    .addOption(formatOption('-o, --output <format>', 'format of what is told', ['text', 'json', 'yaml']))
    .addHelpText('after', HELP)
    .action(async (codes: string[], flags) => done(await (await import('../explain/index.ts')).explain(codes, flags, context)));
};
