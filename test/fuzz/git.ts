import fc from 'fast-check';
import { parseRevision } from '../../src/domain/artifact/revision.ts';
import type { TrustMaterial } from '../../src/domain/evidence.ts';
import { importAllowedSigners } from '../../src/migrate/allowed-signers/file.ts';
import { readDetachedSignature, unsignedAttribute } from '../../src/pki/cms/detached.ts';
import { readPackets } from '../../src/pki/pgp/packets.ts';
import { readPgpCertificate } from '../../src/pki/pgp/certificate.ts';
import { readPgpSignature } from '../../src/pki/pgp/signature.ts';
import { readSshKey, readSshLine } from '../../src/pki/ssh/public-key.ts';
import { readSshSignature, verifySshSignature } from '../../src/pki/ssh/signature.ts';
import { readSecurityKey } from '../../src/trust/security-key.ts';
import { readOpenPgp } from '../../src/trust/open-pgp.ts';
import { readGitObject } from '../../src/verify/git/object.ts';
import { readLogEntry } from '../../src/verify/git/log-entry.ts';
import { Refusal } from '../../src/verify/problem.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { sigstoreRoot, trustedKey } from '../world/domain.ts';
import { entryMessage, gitsign } from '../world/git/cms.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../world/git/object.ts';
import { blockPackets, pgpArmour, pgpBlock, pgpKey, pgpSignature } from '../world/git/pgp.ts';
import { securityKeyBlob, securityKeyLine, securityKeySignature } from '../world/git/security-key.ts';
import { sshKeyBlob, sshLine, sshSignature, sshSignatureBlob } from '../world/git/ssh.ts';
import { createWorld } from '../world/world.ts';
import { mutated } from './bytes.ts';

const NOW = Date.UTC(2026, 2, 1);
const world = createWorld({ now: NOW });
const keys = [world.key('ed25519'), world.key('p256'), world.key('rsa-2048')];
const [primary, subkey] = [pgpKey(world.key('ed25519')), pgpKey(world.key('p256'), 1_600_000_010)];
const block = pgpBlock({ primary, subkeys: [{ key: subkey }] });
const IDENTITY = { san: 'alice@acme.test', issuer: 'https://accounts.acme.test' };

const touched = world.key('ed25519');
const touchedKey = readSecurityKey(securityKeyLine(touched)) as { keys: readonly { key: TrustMaterial['keys'][number] }[] };

const payloads = [commitOf(), commitOf({ parents: ['b'.repeat(40)], headers: ['encoding UTF-8'] })];
const bound = payloads.flatMap((payload) => [
  ...keys.map((key) => signedCommit(payload, sshSignature({ key, payload }))),
  signedCommit(payload, securityKeySignature({ key: touched, payload })),
  ...[primary, subkey].map((by) => signedCommit(payload, pgpArmour('PGP SIGNATURE', pgpSignature({ by, parts: [payload] })))),
  signedCommit(payload, gitsign(world, payload, { identity: IDENTITY })),
]);
const tags = [tagOf('b'.repeat(40)), tagOf('c'.repeat(40), { type: 'tree' })].map((raw) => signedTag(raw, sshSignature({ key: keys[0] ?? world.key(), payload: raw })));
/** Contents that somebody trusted has signed: no other may ever be proven. */
const SIGNED = new Set([...payloads, tagOf('b'.repeat(40)), tagOf('c'.repeat(40), { type: 'tree' })].map((payload) => payload.toString('latin1')));

const trust: TrustMaterial = {
  id: 'fuzz', roots: [sigstoreRoot(world)],
  keys: [...keys.map((key) => trustedKey(key)), ...touchedKey.keys.map(({ key }) => key), ...(readOpenPgp(block) as { keys: readonly { key: TrustMaterial['keys'][number] }[] }).keys.map(({ key }) => key)],
};

/** Judges an object as the commit that it is: what is proven then has been signed, byte for byte. */
async function judge(bytes: Uint8Array): Promise<void> {
  const raw = Buffer.from(bytes);
  const isTag = raw.subarray(0, 7).toString('latin1') === 'object ';
  const digest = parseRevision(isTag ? raw.toString('latin1', 7, 47) : gitId('commit', raw)) ?? parseRevision('d'.repeat(40));
  if (digest === undefined) throw new Error('no id');
  const evidence = { format: 'git-object', source: 'fuzz', digest: 'sha256:00', bytes: raw } as const;
  const [outcome] = await runVerificationJob({ artifact: { kind: 'git', digest, name: 'https://git.example/app' }, evidence: [evidence], trust, now: NOW });
  const fault = outcome?.problems.find(({ code }) => code.startsWith('ENGINE'));
  if (fault !== undefined) throw new Error(`${fault.code}: ${fault.cause}`);
  if (outcome?.proofs.length === 0 && outcome.problems.length === 0) throw new Error('neither a proof nor a problem');
  if (outcome?.proofs.length === 0) return;
  const { payload } = readGitObject(raw, digest.length === 'gitCommit:'.length + 40 ? 40 : 64);
  if (!SIGNED.has(payload.toString('latin1'))) throw new Error('proven, and nobody has signed it');
}

const cms = payloads.map((payload) => Buffer.from(gitsign(world, payload, { identity: IDENTITY }, { tsa: true }).split('\n').slice(1, -2).join(''), 'base64'));
const entry = entryMessage(world.rekor.append({ kind: 'hashedrekord', apiVersion: '0.0.1', spec: {} }, NOW));
const logged = { message: Buffer.from('m'), signature: Buffer.from('s'), certificateDer: Buffer.from('c') };

/** In an armour without a checksum, which may be left out and takes longer to make than all that is tried here. */
function unsummed(label: string, bytes: Uint8Array): string {
  return pgpArmour(label, bytes, '').replace(/\n=\n(?=-----END)/, '\n');
}

/** Parsers and readers of signed source; `refusing` lets what they refuse by this class pass. */
export function gitTargets(
  target: <T>(name: string, input: fc.Arbitrary<T>, run: (input: T) => void | Promise<void>) => { readonly name: string },
  refusing: (read: () => unknown, refusal: new (...args: never[]) => Error) => void, Malformed: new (...args: never[]) => Error,
): readonly ReturnType<typeof target>[] {
  return [
    target('git objects, verified', mutated([...bound, ...tags]), judge),
    target('git objects', mutated([...bound, ...tags, ...payloads]), (bytes) => {
      for (const digits of [40, 64] as const) refusing(() => readGitObject(Buffer.from(bytes), digits), Refusal);
    }),
    target('SSH keys', mutated([...keys.map(sshKeyBlob), securityKeyBlob(touched)]), (bytes) => refusing(() => readSshKey(bytes), Malformed)),
    target('SSH key lines', mutated(keys.map((key) => Buffer.from(sshLine(key)))), (bytes) => void readSshLine(Buffer.from(bytes).toString('latin1'))),
    target('SSHSIG', mutated(keys.map((key) => sshSignatureBlob({ key, payload: Buffer.from('message') }))), (bytes) => refusing(() => {
      const made = readSshSignature(bytes);
      for (const { publicKey } of keys) verifySshSignature(made, publicKey, Buffer.from('message'));
    }, Malformed)),
    target('OpenPGP packets', mutated([Buffer.concat([...blockPackets({ primary, subkeys: [{ key: subkey }] })]), pgpSignature({ by: primary, parts: [] })]), (bytes) =>
      refusing(() => readPackets(bytes, 200).forEach(({ body }) => refusing(() => readPgpSignature(body, new Set([2])), Malformed)), Malformed)),
    target('OpenPGP keys', mutated([Buffer.concat([...blockPackets({ primary, subkeys: [{ key: subkey }] })])], 4096), (bytes) => {
      const read = readPgpCertificate(unsummed('PGP PUBLIC KEY BLOCK', bytes));
      const known = [primary, subkey].map(({ fingerprint }) => fingerprint);
      if (read.ok && read.keys.some(({ fingerprint }) => !known.includes(fingerprint))) throw new Error('a key that its owner has not signed');
    }),
    target('OpenPGP armour', mutated([Buffer.from(block)]), (bytes) => void readPgpCertificate(Buffer.from(bytes).toString('latin1'))),
    target('detached CMS', mutated(cms), (bytes) => refusing(() => unsignedAttribute(readDetachedSignature(bytes), '1.3.6.1.4.1.57264.3.1'), Malformed)),
    target('log entries of gitsign', mutated([entry]), (bytes) => refusing(() => readLogEntry(bytes, logged), Malformed)),
    target('allowed signers', mutated([Buffer.from(keys.map((key) => `alice@acme.test namespaces="git",valid-after="20260101Z" ${sshLine(key)}\n`).join(''))]), (bytes) =>
      void importAllowedSigners([{ path: 'allowed', text: Buffer.from(bytes).toString('latin1') }])),
  ];
}
