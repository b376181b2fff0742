import { describe, expect, test } from 'vitest';
import { armoured, commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { sshKeyBlob, sshLine, sshSignature, sshSignatureBlob, sshString } from '../../../world/git/ssh.ts';
import type { SshSigning } from '../../../world/git/ssh.ts';
import type { KeyType } from '../../../world/keys.ts';
import { ALICE, alice, BOB, bob, policy, signer, SIGNED_BY_ALICE, sshCommit, stranger, verdict, world } from './support.ts';

const payload = commitOf();
const by = (change: Partial<SshSigning> = {}): Buffer => signedCommit(payload, sshSignature({ key: alice, payload, ...change }));
const documents = [ALICE, SIGNED_BY_ALICE];

describe('commits signed by SSH keys', () => {
  test.each<KeyType>(['ed25519', 'p256', 'p384', 'p521', 'rsa-2048', 'rsa-3072'])('by a key of type %s count for the signer whose key it is, in SSH\'s words and in PEM', async (type) => {
    const key = world.key(type);
    for (const data of [sshLine(key), key.publicKeyPem]) {
      const trusting = [signer('alice', { key: { data } }), SIGNED_BY_ALICE];
      expect(await verdict({ documents: trusting, objects: [sshCommit(key)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
      expect(await verdict({ documents: trusting, objects: [sshCommit(world.key(type))] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    }
  });

  test('count with both hashes of RSA, and only with the one that the signer names', async () => {
    const key = world.key('rsa-2048');
    const naming = (hashAlgorithm?: string): readonly unknown[] => [signer('alice', { key: { data: sshLine(key), ...(hashAlgorithm && { hashAlgorithm }) } }), SIGNED_BY_ALICE];
    const made = (algorithm: string): Buffer => signedCommit(payload, sshSignature({ key, payload, algorithm }));
    for (const algorithm of ['rsa-sha2-256', 'rsa-sha2-512']) expect(await verdict({ documents: naming(), objects: [made(algorithm)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: naming('sha512'), objects: [made('rsa-sha2-512')] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: naming('sha512'), objects: [made('rsa-sha2-256')] })).toMatchObject({ code: 'VERIFY_HASH' });
    expect(await verdict({ documents: naming(), objects: [made('ssh-rsa')] })).toMatchObject({ code: 'VERIFY_ALGORITHM' });
  });

  test('in repositories of SHA-256 stand in a header of their own', async () => {
    const [long, format] = [commitOf({ format: 'sha256' }), 'sha256'] as const;
    const object = sshCommit(alice, long, format);
    expect(await verdict({ documents, objects: [object], id: gitId('commit', object, format) })).toMatchObject({ code: 'POLICY_SATISFIED' });
    const misplaced = sshCommit(alice, long, 'sha1');
    expect(await verdict({ documents, objects: [misplaced], id: gitId('commit', misplaced, format) })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });

  test('are one signer, whoever the author claims to be', async () => {
    const mallory = commitOf({ author: 'Alice Example <alice@acme.test> 1767225600 +0000' });
    expect(await verdict({ documents, objects: [sshCommit(stranger, mallory)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents, objects: [mallory] })).toMatchObject({ code: 'FETCH_NONE_FOUND', text: expect.stringContaining('carries no signature') });
  });

  const NOT_GIT = 'VERIFY_PAYLOAD_TYPE';
  const BROKEN = 'VERIFY_SIGNATURE_INVALID';
  const MALFORMED = 'VERIFY_MALFORMED';
  test.each<[string, string, Partial<SshSigning>]>([
    ['for files (namespace file)', NOT_GIT, { namespace: 'file' }],
    ['for a namespace that begins with git', NOT_GIT, { namespace: 'git-tag' }],
    ['for files, which says that it is for git', BROKEN, { signedNamespace: 'file' }],
    ['for no namespace', NOT_GIT, { namespace: '' }],
    ['over another commit', BROKEN, { payload: commitOf({ message: 'Say goodbye\n' }) }],
    ['by a stranger who names alice\'s key', BROKEN, { key: stranger, named: sshKeyBlob(alice) }],
    ['with SHA-1 over the message', MALFORMED, { hash: 'sha1' }],
    ['with something reserved', MALFORMED, { reserved: 'x' }],
    ['of another version', MALFORMED, { version: 2 }],
    ['with bytes behind', MALFORMED, { more: Buffer.from([0]) }],
    ['with bytes behind the signature inside', MALFORMED, { inner: (bytes) => Buffer.concat([bytes, Buffer.from([0])]) }],
    ['with another magic', MALFORMED, { magic: 'SSHSIH' }],
    ['of another algorithm than its key', 'VERIFY_ALGORITHM', { algorithm: 'rsa-sha2-512' }],
    ['by a security key that says nothing of how it signed', MALFORMED, { named: Buffer.concat([sshString('sk-ssh-ed25519@openssh.com'), sshString(Buffer.alloc(32)), sshString('ssh:')]) }],
    ['by an SSH certificate', 'VERIFY_ALGORITHM', { named: sshString('ssh-ed25519-cert-v01@openssh.com') }],
    ['by a key of 1024 bits', 'VERIFY_SIGNER_UNTRUSTED', { key: world.key('rsa-1024') }],
    ['by a key with numbers of 64 KB', 'VERIFY_ALGORITHM', { named: Buffer.concat([sshString('ssh-rsa'), sshString(Buffer.alloc(65_535, 3)), sshString(Buffer.alloc(256, 3))]) }],
    ['cut short', BROKEN, { inner: () => Buffer.concat([sshString('ssh-ed25519'), sshString(Buffer.alloc(63))]) }],
  ])('%s are refused with %s', async (_, code, change) => {
    expect(await verdict({ documents, objects: [by()] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [by(change)] })).toMatchObject({ code });
  });

  test.each<[string, (armour: string) => string]>([
    ['text in front', (armour) => `\n${armour}`],
    ['text behind', (armour) => `${armour}x\n`],
    ['two blocks', (armour) => armour + armour],
    ['a line that is not base64', (armour) => armour.replace('\n', '\n*\n')],
    ['another end', (armour) => armour.replace('END SSH SIGNATURE', 'END PGP SIGNATURE')],
  ])('in an armour with %s are refused', async (_, change) => {
    const armour = sshSignature({ key: alice, payload });
    const { code } = await verdict({ documents, objects: [signedCommit(payload, change(armour))] });
    expect(['VERIFY_MALFORMED', 'VERIFY_FORMAT']).toContain(code);
  });

  test('in lines of any length, also where one begins between a letter and its padding', async () => {
    const blob = sshSignatureBlob({ key: alice, payload }).toString('base64');
    for (const length of [1, 70, 76, blob.length - 1]) {
      const lines = blob.match(new RegExp(`.{1,${Math.min(76, length)}}`, 'g')) ?? [];
      const armour = `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
      expect(await verdict({ documents, objects: [signedCommit(payload, armour)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    }
    expect(blob.endsWith('=')).toBe(true);
    expect(await verdict({ documents, objects: [signedCommit(payload, armoured('SSH SIGNATURE', Buffer.from(blob, 'base64')).replace(/=\n-/, '==\n-'))] })).toMatchObject({ code: 'VERIFY_MALFORMED' });
  });

  test('in an armour that nobody knows are told as such', async () => {
    const blob = sshSignatureBlob({ key: alice, payload });
    expect(await verdict({ documents, objects: [signedCommit(payload, armoured('PGP MESSAGE', blob))] })).toMatchObject({ code: 'VERIFY_FORMAT' });
  });
});

describe('tags signed by SSH keys', () => {
  const commit = commitOf();
  const id = gitId('commit', commit);
  const signed = (raw: Buffer, key = alice): Buffer => signedTag(raw, sshSignature({ key, payload: raw }));

  test('speak for the commit that they point to, and for no other object', async () => {
    expect(await verdict({ documents, objects: [signed(tagOf(id))], id })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [signed(tagOf(id), stranger)], id })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents, objects: [signed(tagOf('b'.repeat(40)))], id })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents, objects: [signed(tagOf(id, { type: 'tree' }))], id })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents, objects: [signed(tagOf(id, { type: 'tag' }))], id })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents, objects: [tagOf(id), commit], id })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });

  test('without a signature leave it open who signed the commit, as nothing at all does', async () => {
    for (const objects of [[tagOf(id)], []]) {
      const { code, text } = await verdict({ documents, objects, id });
      expect([code, text]).toEqual(['FETCH_NOT_GIVEN', expect.stringContaining(`the raw object of commit ${id}`)]);
      expect(text).not.toContain('git tag -s');
    }
    expect(await verdict({ documents, objects: [tagOf(id), commit], id })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });

  test('are no commits: the id of a tag is told as such', async () => {
    const tag = signed(tagOf(id));
    expect(await verdict({ documents, objects: [tag], id: gitId('tag', tag) })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH', text: expect.stringContaining('this is the id of a tag') });
  });

  test('count beside the signature of the commit: two persons', async () => {
    const twice = [ALICE, BOB, policy({ signature: { by: ['alice', 'bob'], threshold: 2 } })];
    const object = sshCommit(alice);
    const at = gitId('commit', object);
    expect(await verdict({ documents: twice, objects: [object, signed(tagOf(at), bob)], id: at })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: twice, objects: [object, signed(tagOf(at), alice)], id: at })).toMatchObject({ code: 'POLICY_THRESHOLD' });
  });
});
