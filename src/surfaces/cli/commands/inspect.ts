/** `gatehouse inspect` and its flags. */
import { repeated, withSourceOptions } from '../options.ts';
import { formatOption } from '../output/format-option.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addInspect: AddCommand = (program, context, done) => {
  withSourceOptions(program.command('inspect').argument('<artifact>', 'image reference, file, digest (sha256:…), package URL (pkg:…) or commit (git:URL@COMMIT)'))
    .description('show all evidence of one artifact: by whom, when, and what is wrong with it')
    .addOption(repeated('-p, --policy <dir>', 'folder or file with policies whose keys and trust roots are tried; may be repeated'))
    .addOption(repeated('--key <file>', 'public key (PEM, a line of SSH, an OpenPGP block) that is tried; may be repeated'))
    .option('--repo <dir>', 'clone in which the raw objects of a commit are read, with the tags that point to it')
    .option('--name <name>', 'name of the file or digest, for the policy to paste; a package URL makes it a package')
    .option('--digest <digest>', 'digest (sha512:…) or lockfile integrity (sha512-…) of the file of a package URL')
    .addOption(formatOption('-o, --output <format>', 'format of what is found; the policy alone goes to standard output with table', ['table', 'json', 'yaml']))
    .action(async (artifact: string, flags) => done(await (await import('../inspect.ts')).inspect(artifact, flags, context)));
};
