// Commits signed by keys on security keys (FIDO): with somebody at them, for the application that the key is of, and for nothing else.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPublicKey } from '../../../../src/trust/index.ts';
import { runVerificationJob } from '../../../../src/verify/index.ts';
import { parseDigest } from '../../../../src/domain/artifact/digest.ts';
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import type { TrustedKey } from '../../../../src/domain/evidence.ts';
import { readSecurityKey } from '../../../../src/trust/security-key.ts';
import { pae } from '../../../world/encode.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { securityKeyBlob, securityKeyLine, securityKeySignature } from '../../../world/git/security-key.ts';
import type { Touch } from '../../../world/git/security-key.ts';
import { sshLine, sshSignature } from '../../../world/git/ssh.ts';
import { signWith } from '../../../world/keys.ts';
import { BOB, bob, NOW, policy, refusal, signer, SIGNED_BY_ALICE, sshCommit, verdict, world } from './support.ts';

const keys = { ed25519: world.key('ed25519'), p256: world.key('p256') } as const;
const payload = commitOf();
const touched = (key: Touch['key'], change: Partial<Touch> = {}): Buffer => signedCommit(payload, securityKeySignature({ key, payload, ...change }));
const trusting = (data: string, more: object = {}): readonly unknown[] => [signer('alice', { key: { data, ...more } }), SIGNED_BY_ALICE];

describe.each(Object.entries(keys))('a commit signed by a security key of type %s', (type, key) => {
  const documents = trusting(securityKeyLine(key));

  test('counts for the signer whose line it is, by one touch or by touch and PIN', async () => {
    for (const flags of [0x01, 0x05]) expect(await verdict({ documents, objects: [touched(key, { flags })] })).toMatchObject({ code: 'POLICY_SATISFIED', text: expect.stringContaining('alice: security key sha256:') });
    expect(await verdict({ documents, objects: [touched(world.key(key.type))] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test.each<[string, Partial<Touch>, string]>([
    ['that nobody touched', { flags: 0 }, 'VERIFY_ALGORITHM'],
    ['with PIN and without touch', { flags: 0x04 }, 'VERIFY_ALGORITHM'],
    ['that says afterwards that somebody touched it', { flags: 0, said: Buffer.from([1, 0, 0, 0, 7]) }, 'VERIFY_SIGNATURE_INVALID'],
    ['with another counter than it signed', { said: Buffer.from([1, 0, 0, 0, 8]) }, 'VERIFY_SIGNATURE_INVALID'],
    ['with more behind it', { said: Buffer.from([1, 0, 0, 0, 7, 0]) }, 'VERIFY_MALFORMED'],
    ['that says nothing', { said: Buffer.alloc(0) }, 'VERIFY_MALFORMED'],
    ['for another application', { application: 'https://evil.test' }, 'VERIFY_SIGNER_UNTRUSTED'],
    ['for another application than it names', { signedApplication: 'https://evil.test' }, 'VERIFY_SIGNATURE_INVALID'],
    ['for files', { namespace: 'file' }, 'VERIFY_PAYLOAD_TYPE'],
    ['over another commit', { payload: Buffer.from('x') }, 'VERIFY_SIGNATURE_INVALID'],
    ['as of an ordinary key', { isPlain: true }, 'VERIFY_SIGNATURE_INVALID'],
    ['by the algorithm of ordinary keys', { algorithm: type === 'ed25519' ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256' }, 'VERIFY_ALGORITHM'],
    ['as browsers sign', { algorithm: 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com' }, 'VERIFY_ALGORITHM'],
  ])('does not count %s', async (_, change, code) => {
    expect(await verdict({ documents, objects: [touched(key, change)] })).toMatchObject({ code });
  });

  test('is nothing that the same key as an ordinary one has signed, and the other way round', async () => {
    expect(await verdict({ documents, objects: [sshCommit(key)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents: trusting(sshLine(key)), objects: [touched(key)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    const both = [signer('alice', { key: { data: sshLine(key) } }, { key: { data: securityKeyLine(key) } }), SIGNED_BY_ALICE];
    for (const object of [touched(key), sshCommit(key)]) expect(await verdict({ documents: both, objects: [object] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('has a window like every key, and approves no work of its own', async () => {
    expect(await verdict({ documents: trusting(securityKeyLine(key), { notAfter: '2026-01-01T00:00:00Z' }), objects: [touched(key)] })).toMatchObject({ code: 'POLICY_KEY_WINDOW' });
    const object = touched(key);
    const tag = tagOf(gitId('commit', object));
    const review = [signer('alice', { key: { data: securityKeyLine(key) } }), signer('also', { key: { data: sshLine(key) } }), BOB, policy({ source: { by: ['alice'], approvedBy: ['also', 'bob'] } })];
    for (const own of [securityKeySignature({ key, payload: tag }), sshSignature({ key, payload: tag })])
      expect(await verdict({ documents: review, objects: [object, signedTag(tag, own)] })).toMatchObject({ code: 'POLICY_REVIEW' });
    expect(await verdict({ documents: review, objects: [object, signedTag(tag, sshSignature({ key: bob, payload: tag }))] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });
});

const digestOf = (digit: string): Digest => parseDigest(`sha256:${digit.repeat(64)}`) as Digest;

test('such a key proves no envelope, and nothing else takes one', async () => {
  const read = readSecurityKey(securityKeyLine(keys.ed25519));
  const trusted = (read?.ok === true ? read.keys.map(({ key }) => key) : []) as readonly TrustedKey[];
  const statement = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [{ name: 'x', digest: { sha256: 'a'.repeat(64) } }], predicateType: 'https://example.com/x', predicate: {} }));
  const type = 'application/vnd.in-toto+json';
  const bytes = Buffer.from(JSON.stringify({ payloadType: type, payload: statement.toString('base64'), signatures: [{ sig: signWith(keys.ed25519, pae(type, statement)).toString('base64') }] }));
  const judged = (all: readonly TrustedKey[]) => runVerificationJob({ artifact: { kind: 'blob', digest: digestOf('a'), name: 'x' }, evidence: [{ format: 'dsse', source: 's', digest: digestOf('b'), bytes }], trust: { id: 't', keys: all, roots: [] }, now: NOW });
  expect((await judged(trusted))[0]?.proofs).toEqual([]);
  expect((await judged(trusted.map(({ keyId, pem }) => ({ keyId, pem }))))[0]?.proofs).toHaveLength(1);
  expect(readPublicKey(securityKeyLine(keys.ed25519))).toMatchObject({ ok: false, problem: expect.stringContaining('only an identity of a Signer') });
});

test.each<[string, string, object, RegExp]>([
  ['without an application', securityKeyLine(keys.ed25519, ''), {}, /names no application/],
  ['of a type that is none', `sk-ssh-rsa@openssh.com ${securityKeyBlob(keys.ed25519).toString('base64')}`, {}, /says sk-ssh-rsa|of type/],
  ['of another type than it says', `sk-ecdsa-sha2-nistp256@openssh.com ${securityKeyBlob(keys.ed25519).toString('base64')}`, {}, /its line says/],
  ['that is cut', securityKeyLine(keys.ed25519).slice(0, 60), {}, /SSH/],
  ['with a log', securityKeyLine(keys.p256), { transparencyLog: 'required', trustRoot: 'sigstore-public-good' }, /not for OpenPGP keys and security keys/],
  ['with a hash', securityKeyLine(keys.p256), { hashAlgorithm: 'sha256' }, /name their hash themselves/],
])('a line of a security key %s is refused', (_, data, more, says) => {
  expect(refusal(trusting(securityKeyLine(keys.p256)))).toBe('loaded');
  expect(refusal(trusting(data, more))).toMatch(says);
});

const EQUIPPED = ['git', 'ssh-keygen'].every((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined);

describe.runIf(EQUIPPED)('git agrees', () => {
  const home = mkdtempSync(join(tmpdir(), 'git-security-key-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };

  test('with every one that counts here', async () => {
    execFileSync('git', ['init', '-q', home], { env });
    writeFileSync(join(home, 'allowed'), Object.values(keys).map((key) => `alice@acme.test ${securityKeyLine(key)}\n`).join(''));
    const byGit = (raw: Buffer): boolean => {
      const id = execFileSync('git', ['-C', home, 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], { env, input: raw }).toString().trim();
      return spawnSync('git', ['-C', home, '-c', `gpg.ssh.allowedSignersFile=${join(home, 'allowed')}`, 'verify-commit', id], { env }).status === 0;
    };
    for (const key of Object.values(keys)) {
      expect(byGit(touched(key))).toBe(true);
      for (const change of [{ flags: 0, said: Buffer.from([1, 0, 0, 0, 7]) }, { signedApplication: 'x' }, { isPlain: true }, { payload: Buffer.from('x') }]) {
        expect(byGit(touched(key, change))).toBe(false);
        expect((await verdict({ documents: trusting(securityKeyLine(key)), objects: [touched(key, change)] })).code).not.toBe('POLICY_SATISFIED');
      }
    }
  });
});
