import { describe, expect, test } from 'vitest';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { blockPackets, packet, pgpArmour, pgpBlock, pgpKey, pgpSignature, SAYS, subpacket, u32, hashed } from '../../../world/git/pgp.ts';
import type { BlockParts, PgpKey, PgpSigning } from '../../../world/git/pgp.ts';
import type { KeyType } from '../../../world/keys.ts';
import { readOpenPgp } from '../../../../src/trust/open-pgp.ts';
import { runVerificationJob } from '../../../../src/verify/index.ts';
import type { Revision } from '../../../../src/domain/artifact/revision.ts';
import type { TrustedKey } from '../../../../src/domain/evidence.ts';
import { pae } from '../../../world/encode.ts';
import { signWith } from '../../../world/keys.ts';
import { BOB, bob, doc, judge, NOW, policy, refusal, signer, SIGNED_BY_ALICE, sshCommit, verdict, world } from './support.ts';

const payload = commitOf();
const primary = pgpKey(world.key('ed25519'));
const subkey = pgpKey(world.key('p256'), primary.created + 10);
const foreign = pgpKey(world.key('ed25519'));

function signedBy(by: PgpKey, change: Partial<PgpSigning> = {}, armour = (bytes: Buffer) => pgpArmour('PGP SIGNATURE', bytes)): Buffer {
  return signedCommit(payload, armour(pgpSignature({ by, parts: [payload], ...change })));
}

function trusting(block: BlockParts | string, more: object = {}): readonly unknown[] {
  return [signer('alice', { key: { data: typeof block === 'string' ? block : pgpBlock(block), ...more } }), SIGNED_BY_ALICE];
}

describe('commits signed with OpenPGP', () => {
  test.each<KeyType>(['ed25519', 'rsa-2048', 'rsa-3072', 'p256', 'p384', 'p521'])('by a key of type %s count for the signer whose block it is', async (type) => {
    const key = pgpKey(world.key(type));
    const shortest = { p384: 48, p521: 64 }[type as string] ?? 32;
    for (const [hash, length] of [['sha256', 32], ['sha384', 48], ['sha512', 64]] as const)
      expect(await verdict({ documents: trusting({ primary: key }), objects: [signedBy(key, { hash })] })).toMatchObject({ code: length < shortest ? 'VERIFY_ALGORITHM' : 'POLICY_SATISFIED' });
    expect(await verdict({ documents: trusting({ primary: key }), objects: [signedBy(key, { hash: 'sha1' })] })).toMatchObject({ code: 'VERIFY_ALGORITHM' });
    expect(await verdict({ documents: trusting({ primary: key }), objects: [signedBy(foreign)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('that demand to be understood in what GnuPG does not understand count as little as for it', async () => {
    const saying = (type: number, critical: boolean) => signedBy(primary, { says: [subpacket(type, Buffer.from('alice@acme.test'), critical)] });
    for (const type of [28, 20, 100]) expect(await verdict({ documents: trusting({ primary }), objects: [saying(type, true)] })).toMatchObject({ code: 'VERIFY_MALFORMED' });
    for (const [type, critical] of [[28, false], [100, false], [26, true]] as const) expect(await verdict({ documents: trusting({ primary }), objects: [saying(type, critical)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('by a key that has subkeys of other forms beside it count all the same, and those do not', async () => {
    const key = world.key('ed25519');
    for (const odd of [pgpKey(key, primary.created, 5), pgpKey(key, primary.created, 6), { ...pgpKey(key), body: Buffer.from([4, 0, 0, 0, 0, 19]) }]) {
      const documents = trusting({ primary, subkeys: [{ key: odd }, { key: subkey }] });
      for (const by of [primary, subkey]) expect(await verdict({ documents, objects: [signedBy(by)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
      expect(await verdict({ documents, objects: [signedBy(odd)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    }
    expect(refusal(trusting({ primary: pgpKey(key, primary.created, 5) }))).toMatch(/version 5 are not supported/);
  });

  test('by keys whose own words are older than they are count no more than for GnuPG', async () => {
    const own = (change: Partial<BlockParts>): readonly unknown[] => trusting({ primary, subkeys: [{ key: subkey }], ...change });
    const older = { at: primary.created - 1 };
    expect(refusal(own({ self: older }))).toMatch(/no name of the OpenPGP key/);
    expect(await verdict({ documents: own({ subkeys: [{ key: subkey, binding: older }] }), objects: [signedBy(subkey)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents: own({ subkeys: [{ key: subkey, back: { at: subkey.created - 1 } }] }), objects: [signedBy(subkey)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents: own({ subkeys: [{ key: subkey, binding: { at: primary.created } }] }), objects: [signedBy(subkey)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    // Whoever withdraws a key is believed whatever the clock said.
    const revoked = { after: [pgpSignature({ by: primary, type: 0x28, parts: [hashed(primary.body), hashed(subkey.body)], at: 1 })] };
    expect(await verdict({ documents: own({ subkeys: [{ key: subkey, ...revoked }] }), objects: [signedBy(subkey)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('by a subkey count where it is bound in both directions, may sign, and is not revoked', async () => {
    const parts = [hashed(primary.body), hashed(subkey.body)];
    const withSubkey = (more: Partial<NonNullable<BlockParts['subkeys']>[number]> = {}): readonly unknown[] => trusting({ primary, subkeys: [{ key: subkey, ...more }] });
    const objects = [signedBy(subkey)];
    for (const more of [{}, { isBackSigned: false }]) expect(await verdict({ documents: withSubkey(more), objects })).toMatchObject({ code: 'POLICY_SATISFIED' });
    for (const more of [
      { back: false as const },
      { back: { signer: foreign.key } },
      { back: { signer: foreign.key }, isBackSigned: false },
      { binding: { says: [SAYS.mayCertify] } },
      { binding: { signer: foreign.key } },
      { binding: { hash: 'sha1' as const } },
      { after: [pgpSignature({ by: primary, type: 0x28, parts, at: subkey.created + 1 })] },
      { after: [pgpSignature({ by: primary, type: 0x28, parts, hash: 'sha1', at: subkey.created + 1 })] },
    ]) expect(await verdict({ documents: withSubkey(more), objects })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    const byStranger = { after: [pgpSignature({ by: primary, signer: foreign.key, type: 0x28, parts })] };
    expect(await verdict({ documents: withSubkey(byStranger), objects })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('are one person by all keys of one block, whatever signer lists them', async () => {
    const [first, second] = [pgpBlock({ primary, subkeys: [{ key: subkey }] }), pgpBlock({ primary, subkeys: [{ key: subkey }] })];
    const object = signedBy(primary);
    const id = gitId('commit', object);
    const raw = tagOf(id);
    const tag = (by: PgpKey): Buffer => signedTag(raw, pgpArmour('PGP SIGNATURE', pgpSignature({ by, parts: [raw] })));
    const documents = (other: unknown): readonly unknown[] => [
      signer('alice', { key: { data: first } }), other, policy({ signature: { by: ['alice', 'bob'], threshold: 2 } }),
    ];
    expect(await verdict({ documents: documents(signer('bob', { key: { data: second } })), objects: [object, tag(subkey)], id })).toMatchObject({ code: 'POLICY_THRESHOLD' });
    expect(await verdict({ documents: documents(signer('bob', { key: { data: pgpBlock({ primary: foreign }) } })), objects: [object, tag(foreign)], id })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('fall with their key, and with the primary key of its block', async () => {
    const revoking = (key: string): readonly unknown[] => [
      ...trusting({ primary, subkeys: [{ key: subkey }] }), doc('RevocationList', 'list', { revocations: [{ key, reason: 'stolen' }] }),
    ];
    for (const key of [primary, subkey]) expect(await verdict({ documents: revoking(key.key.keyId), objects: [signedBy(subkey)] })).toMatchObject({ code: 'POLICY_REVOKED' });
    expect(await verdict({ documents: revoking(subkey.key.keyId), objects: [signedBy(primary)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: revoking(foreign.key.keyId), objects: [signedBy(subkey)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('count for keys of OpenPGP only, and those keys prove nothing else', async () => {
    expect(await verdict({ documents: [signer('alice', { key: { data: primary.key.publicKeyPem } }), SIGNED_BY_ALICE], objects: [signedBy(primary)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents: trusting({ primary }), objects: [sshCommit(primary.key)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('and the same key as a PEM is another identity, also where somebody trusts it', async () => {
    const both = [
      signer('alice', { key: { data: pgpBlock({ primary }) } }), signer('plain', { key: { data: primary.key.publicKeyPem } }),
      policy({ signature: { by: ['alice'] } }, { signature: { by: ['plain'] } }),
    ];
    expect((await judge({ documents: both, objects: [sshCommit(primary.key)] })).map(({ code }) => code)).toEqual(['VERIFY_SIGNER_UNTRUSTED', 'POLICY_SATISFIED']);
    expect((await judge({ documents: both, objects: [signedBy(primary)] })).map(({ code }) => code)).toEqual(['POLICY_SATISFIED', 'VERIFY_SIGNER_UNTRUSTED']);
  });

  test('and prove no attestation', async () => {
    const payload = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { gitCommit: 'b'.repeat(40) } }], predicateType: 'https://acme.example/t', predicate: {} }));
    const type = 'application/vnd.in-toto+json';
    const bytes = Buffer.from(JSON.stringify({ payloadType: type, payload: payload.toString('base64'), signatures: [{ sig: signWith(primary.key, pae(type, payload)).toString('base64') }] }));
    const read = readOpenPgp(pgpBlock({ primary }));
    if (read?.ok !== true) throw new Error('no block');
    const ask = async (keys: readonly TrustedKey[]) => (await runVerificationJob({ artifact: { kind: 'git', name: 'https://git.example/a', digest: `gitCommit:${'b'.repeat(40)}` as Revision }, evidence: [{ format: 'dsse', source: 's', digest: 'd', bytes }], trust: { id: 't', keys, roots: [] }, now: NOW }))[0]?.proofs.length;
    expect(await ask(read.keys.map(({ key: { openPgp: _, ...plain } }) => plain))).toBe(1);
    expect(await ask(read.keys.map(({ key }) => key))).toBe(0);
  });

  test('count while their key has not ended, by the present', async () => {
    const ending = (seconds: number): readonly unknown[] => trusting({ primary, self: { says: [SAYS.both, SAYS.expiresAfter(seconds)] } });
    const age = Math.floor(NOW / 1000) - primary.created;
    expect(await verdict({ documents: ending(age + 60), objects: [signedBy(primary)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: ending(age - 60), objects: [signedBy(primary)] })).toMatchObject({ code: 'POLICY_KEY_WINDOW' });
    expect(await verdict({ documents: trusting({ primary }, { notAfter: '2026-01-01T00:00:00Z' }), objects: [signedBy(primary)] })).toMatchObject({ code: 'POLICY_KEY_WINDOW' });
    const subkeys = [{ key: subkey }];
    const ended = trusting({ primary, subkeys, self: { says: [SAYS.both, SAYS.expiresAfter(age - 60)] } });
    expect(await verdict({ documents: ended, objects: [signedBy(subkey)] })).toMatchObject({ code: 'POLICY_KEY_WINDOW' });
  });

  test.each<[string, string, () => Buffer]>([
    ['over another commit', 'VERIFY_SIGNATURE_INVALID', () => signedBy(primary, { parts: [commitOf({ message: 'Other\n' })] })],
    ['by a stranger who names the key', 'VERIFY_SIGNATURE_INVALID', () => signedBy(primary, { signer: foreign.key })],
    ['older than the key', 'VERIFY_SIGNATURE_INVALID', () => signedBy(primary, { at: primary.created - 1 })],
    ['over text instead of bytes (type 0x01)', 'VERIFY_PAYLOAD_TYPE', () => signedBy(primary, { type: 1 })],
    ['that certify a name (type 0x13)', 'VERIFY_PAYLOAD_TYPE', () => signedBy(primary, { type: 0x13 })],
    ['that expire by themselves', 'VERIFY_FORMAT', () => signedBy(primary, { says: [subpacket(3, u32(3600))] })],
    ['with a critical notation', 'VERIFY_MALFORMED', () => signedBy(primary, { says: [subpacket(20, Buffer.alloc(8), true)] })],
    ['with two times', 'VERIFY_MALFORMED', () => signedBy(primary, { says: [subpacket(2, u32(1_700_000_000))] })],
    ['of version 3', 'VERIFY_MALFORMED', () => signedBy(primary, { version: 3 })],
    ['two in one armour', 'VERIFY_MALFORMED', () => signedBy(primary, {}, (one) => pgpArmour('PGP SIGNATURE', Buffer.concat([one, one])))],
    ['with a wrong checksum', 'VERIFY_MALFORMED', () => signedBy(primary, {}, (one) => pgpArmour('PGP SIGNATURE', one, 'AAAA'))],
    ['with a header in the armour', 'VERIFY_MALFORMED', () => signedBy(primary, {}, (one) => pgpArmour('PGP SIGNATURE', one).replace('\n\n', '\nHash: SHA1\n\n'))],
    ['in a packet of another type', 'VERIFY_MALFORMED', () => signedBy(primary, {}, () => pgpArmour('PGP SIGNATURE', packet(11, Buffer.from('hello'))))],
  ])('%s are refused with %s', async (_, code, forged) => {
    expect(await verdict({ documents: trusting({ primary }), objects: [signedBy(primary)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: trusting({ primary }), objects: [forged()] })).toMatchObject({ code });
  });

  test('without the fingerprint of their key are found by the id of it', async () => {
    const id = subpacket(16, Buffer.from(primary.fingerprint.slice(-16), 'hex'));
    expect(await verdict({ documents: trusting({ primary }), objects: [signedBy(primary, { issuer: false, says: [id] })] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: trusting({ primary }), objects: [signedBy(primary, { issuer: false })] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('may stand beside signatures of other sorts in one policy', async () => {
    const documents = [signer('alice', { key: { data: pgpBlock({ primary }) } }), BOB, policy({ signature: { by: ['alice', 'bob'] } })];
    expect(await judge({ documents, objects: [sshCommit(bob)] })).toMatchObject([{ code: 'POLICY_SATISFIED' }]);
    expect(await judge({ documents, objects: [signedBy(primary)] })).toMatchObject([{ code: 'POLICY_SATISFIED', found: [`alice: OpenPGP key ${primary.fingerprint} (${primary.key.keyId})`] }]);
  });
});

describe('OpenPGP blocks in a Signer', () => {
  const revoked = pgpSignature({ by: primary, type: 0x20, parts: [hashed(primary.body)] });
  const byStranger = pgpSignature({ by: primary, signer: foreign.key, type: 0x20, parts: [hashed(primary.body)] });

  test.each<[string, BlockParts | string, RegExp]>([
    ['a revoked key', { primary, before: [revoked] }, /revoked by its owner/],
    ['a key revoked with SHA-1', { primary, before: [pgpSignature({ by: primary, type: 0x20, hash: 'sha1', parts: [hashed(primary.body)] })] }, /revoked by its owner/],
    ['a name certified with SHA-1', { primary, self: { hash: 'sha1' } }, /SHA-256 or better/],
    ['a name certified by a stranger', { primary, self: { signer: foreign.key } }, /SHA-256 or better/],
    ['a key that may not sign', { primary, self: { says: [SAYS.mayCertify] } }, /may sign/],
    ['a key that is too small', { primary: pgpKey(world.key('rsa-1024')) }, /1024 bits/],
    ['a key of version 3', { primary: pgpKey(world.key('ed25519'), 1_600_000_000, 3) }, /version 3/],
    ['a private key', pgpArmour('PGP PUBLIC KEY BLOCK', packet(5, primary.body)), /private key/],
    ['two keys', pgpArmour('PGP PUBLIC KEY BLOCK', Buffer.concat([...blockPackets({ primary }), ...blockPackets({ primary: foreign })])), /several keys/],
    ['a block that is cut short', pgpBlock({ primary }).replace(/\n[^\n]{20,}\n=/, '\n='), /not an OpenPGP public key/],
  ])('%s is refused', (_, block, message) => {
    expect(refusal(trusting({ primary }))).toBe('loaded');
    expect(refusal(trusting(block))).toMatch(message);
  });

  test('a revocation that the owner did not make is nobody\'s', () => {
    expect(refusal(trusting({ primary, before: [byStranger] }))).toBe('loaded');
  });

  test.each(['trustRoot', 'hashAlgorithm', 'transparencyLog', 'algorithm', 'barePayloadKeyId'])('%s is not for them', (field) => {
    const value = { trustRoot: 'public-good', hashAlgorithm: 'sha256', transparencyLog: 'required', algorithm: 'ml-dsa-65', barePayloadKeyId: 'x' }[field];
    expect(refusal(trusting({ primary }, { [field]: value }))).toMatch(/OpenPGP keys/);
  });
});
