/** `gatehouse apply` and its flags. */
import { Option } from 'commander';
import { repeated, withJudgeOptions } from '../options.ts';
import { EXIT_CODES } from './command.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addApply: AddCommand = (program, context, done) => {
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
    .action(async (flags) => done(await (await import('../apply/index.ts')).apply(flags, context)));
};
