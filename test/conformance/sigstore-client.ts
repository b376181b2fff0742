import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseDigest } from '../../src/domain/artifact/digest.ts';
import { verifyBundle } from './verify-bundle.ts';
import type { Question } from './verify-bundle.ts';

/** Client under test for the Sigstore conformance suite: `verify-bundle` only, since this product signs nothing. */
const USAGE = 'usage: sigstore-client verify-bundle [--staging] --bundle FILE (--certificate-identity ID --certificate-oidc-issuer URL | --key FILE) [--trusted-root FILE] FILE_OR_DIGEST';

/** Runs one command; exit code 0 verified, 1 not verified, 64 wrong usage. */
export function main(args: readonly string[]): number {
  const question = readQuestion(args);
  if (question === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 64;
  }
  const { accepted, reason } = verifyBundle(question);
  process.stderr.write(`${accepted ? 'verified' : `not verified: ${reason}`}\n`);
  return accepted ? 0 : 1;
}

function readQuestion(args: readonly string[]): Question | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      staging: { type: 'boolean' }, bundle: { type: 'string' }, key: { type: 'string' }, 'trusted-root': { type: 'string' },
      'certificate-identity': { type: 'string' }, 'certificate-oidc-issuer': { type: 'string' },
    },
  });
  const [command, target] = positionals;
  // The staging instance's root is not part of the product: it has to be given as a file.
  if (command !== 'verify-bundle' || target === undefined || values.bundle === undefined || (values.staging === true && values['trusted-root'] === undefined)) return undefined;
  const by = signerOf(values.key, values['certificate-identity'], values['certificate-oidc-issuer']);
  if (by === undefined) return undefined;
  const root = values['trusted-root'];
  return { bundle: readFileSync(values.bundle), artifact: artifactOf(target), by, ...(root === undefined ? {} : { trustedRoot: readFileSync(root) }) };
}

function signerOf(key: string | undefined, identity: string | undefined, issuer: string | undefined): Question['by'] | undefined {
  if (key !== undefined) return { key: readFileSync(key, 'utf8') };
  return identity === undefined || issuer === undefined ? undefined : { identity, issuer };
}

function artifactOf(target: string): Question['artifact'] {
  const digest = existsSync(target) ? undefined : parseDigest(target);
  return digest ?? readFileSync(target);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
