/** `gatehouse test` and its flags. */
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

const HELP = `
A policy test says what a world is like (which images there are, who signed them and when), and what the policies have to say
about it. Nothing is asked of any network.

Examples:
  gatehouse test tests/
  gatehouse test tests/release.policy-test.yaml --run 'unsigned*' -v
  gatehouse test tests/ -o junit > report.xml

Exit codes: 0 all passed, 1 some failed, 3 some could not be judged for a fault, 64 wrong usage, or invalid tests or policies.`;

/** Adds it to the program. */
export const addTest: AddCommand = (program, context, done) => {
  program
    .command('test')
    .argument('<path...>', 'files or folders with policy tests (kind: PolicyTest)')
    .description('run policy tests: whether policies decide as their author expects')
    .option('--run <glob>', 'only tests, or cases, whose name matches; * is any text without a slash')
    .option('--allow-none', 'that there is no test is no error')
    .addOption(formatOption('-o, --output <format>', 'format of the report', ['table', 'json', 'yaml', 'junit', 'tap']))
    .option('-v, --verbose', 'also show what passed, and what was decided')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags) => done(await (await import('../test.ts')).test(paths, flags, context)));
};
