/** `gatehouse apply` and its flags. */
import { repeated, withJudgeOptions, withManifestOptions, withReportOptions } from '../options.ts';
import { EXIT_CODES } from './command.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addApply: AddCommand = (program, context, done) => {
  withReportOptions(withManifestOptions(withJudgeOptions(program.command('apply'))))
    .description('judge objects together, as if they were applied')
    .addOption(
      repeated('-f, --filename <file>', 'file or folder with objects, - for standard input; may be repeated').makeOptionMandatory(),
    )
    .option('-n, --namespace <namespace>', 'namespace of objects that name none (default)')
    .addHelpText('after', EXIT_CODES)
    .action(async (flags) => done(await (await import('../apply/index.ts')).apply(flags, context)));
};
