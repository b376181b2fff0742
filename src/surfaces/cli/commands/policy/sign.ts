/** `gatehouse policy sign` and `record`: policies that are themselves signed. */
import { repeated } from '../../options.ts';
import type { AddCommand } from '../command.ts';

const SIGN_HELP = `
Signed are apiVersion, kind, name, namespace, annotation gatehouse.dev/version and spec: formatting, comments, labels and other
annotations play no part. For keys in a device or service, and keyless: sign what --canonical prints, with
cosign sign-blob --bundle, and hand the bundle to --bundle.

Exit codes: 0 signed, 64 wrong usage, a file that cannot be read, or a document that has changed without a higher version.`;

const PUSH_HELP = `
Prints the name with its digest: sign that, for example with cosign sign. A server that takes policies by tag (policySources, oci) uses
only what has a higher version than before.

Exit codes: 0 pushed, 3 the registry did not take it, 64 wrong usage or a file that cannot be read.`;

const RECORD_HELP = `
The record is the memory of what was in force: nothing older is used. The first is made by hand; so is one in the place of a record that
is lost, after looking at every document, since it is believed from then on.`;

/** Adds them to the command `policy`. */
export const addSigning: AddCommand = (policy, context, done) => {
  policy
    .command('sign')
    .argument('<file...>', 'files with documents of policies')
    .description('sign documents of policies, for servers that use signed ones only')
    .option('--key <file>', 'private key (PEM, PKCS#8) that signs: Ed25519 or ECDSA P-256')
    .option('--bundle <file>', 'Sigstore bundle over the one document, made elsewhere, to put in')
    .option('--canonical', 'print the bytes of the one document that are signed, and sign nothing')
    .option('--next', 'raise the version of documents that have changed since they were signed')
    .option('--in-place', 'write the files over')
    .option('-o, --output <file>', 'file to write; - is standard output', '-')
    .addHelpText('after', SIGN_HELP)
    .action(async (files: string[], flags) => done(await (await import('../../policy/sign.ts')).sign(files, flags, context)));
  policy
    .command('record')
    .argument('<file...>', 'files with signed documents of policies')
    .description('write the record of versions below which nothing is used')
    .requiredOption('--key <file>', 'private key (PEM, PKCS#8) of the record')
    .option('--after <record>', 'record that this one goes on with: no version becomes lower')
    .option('-o, --output <file>', 'file to write; - is standard output', '-')
    .addHelpText('after', RECORD_HELP)
    .action(async (files: string[], flags) => done(await (await import('../../policy/sign.ts')).record(files, flags, context)));
  policy
    .command('push')
    .argument('<reference>', 'HOST/PATH:TAG')
    .argument('<file...>', 'files with documents of policies')
    .description('put policies into a registry as one artifact, to be signed there')
    .option('--set-version <n>', 'version of the whole, higher than that before')
    .addOption(repeated('--plain-http <host[:port]>', 'registry that is asked over plain HTTP, and may be on this machine; may be repeated'))
    .option('--docker-config <file>', 'docker config.json with credentials')
    .addOption(repeated('--registry-ca <[host=]file>', 'PEM of a CA for the registry; may be repeated'))
    .addOption(repeated('--auth-host <host=service>', 'token service that may receive the credentials for a registry; may be repeated'))
    .option('--timeout <duration>', 'how long it may take', '30s')
    .addHelpText('after', PUSH_HELP)
    .action(async (reference: string, files: string[], flags) =>
      done(await (await import('../../policy/push.ts')).push(reference, files, flags, context)));
};
