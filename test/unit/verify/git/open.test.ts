// What cannot be looked at leaves the answer open: a commit before the artifact, or a tag, may be signed all the same.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/verify/limits.ts';
import { proveCms } from '../../../../src/verify/git/cms.ts';
import { unarmour } from '../../../../src/verify/git/armour.ts';
import type { ProofTools } from '../../../../src/verify/proof.ts';
import { sigstoreRoot } from '../../../world/domain.ts';
import { gitsign, smime } from '../../../world/git/cms.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../../world/extensions.ts';
import { makeCertificate } from '../../../world/x509.ts';
import type { Name } from '../../../world/x509.ts';
import { ALICE, alice, doc, NOW, policy, signer, sshCommit, stranger, verdict, world } from './support.ts';

const NAME: Name = [['CN', 'Acme Root']];
const [authority, key] = [world.key('p256'), world.key('p256')];
const window = { notBefore: NOW - 1e9, notAfter: NOW + 1e9 };
const anchor = makeCertificate({ subject: NAME, issuer: NAME, spki: authority.spki, ...window, extensions: [basicConstraints(true), keyUsage(['keyCertSign'])] }, authority);
const certificate = makeCertificate({ subject: [['CN', 'Bob']], issuer: NAME, spki: key.spki, ...window, extensions: [keyUsage(['digitalSignature']), extendedKeyUsage(['emailProtection']), subjectAltName([{ type: 'email', value: 'bob@acme.test' }])] }, authority);
const byBob = (payload: Buffer): string => smime(payload, { key, certificate }, NOW);

/** Bob signs by certificates, of which nobody here knows whether they are revoked. */
const documents = (mode: 'hard' | 'soft', source: object): readonly unknown[] => [
  ALICE, doc('TrustRoot', 'acme', { x509: { certificates: anchor.pem, revocation: { mode, crls: ['http://crl.acme.test/root.crl'] } } }),
  signer('bob', { x509: { san: 'bob@acme.test', eku: ['emailProtection'], trustRoot: 'acme' } }), policy({ source: { by: ['alice', 'bob'], ...source } }),
];
const base = gitId('commit', commitOf({ message: 'Base\n' }));
const bobs = signedCommit(commitOf({ parents: [base] }), byBob(commitOf({ parents: [base] })));
const tip = sshCommit(alice, commitOf({ parents: [gitId('commit', bobs)] }));

test('a commit before of whose signer nothing is known is undetermined, and not unsigned', async () => {
  expect(await verdict({ documents: documents('soft', { since: [base] }), objects: [tip, bobs] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  const { code, text } = await verdict({ documents: documents('hard', { since: [base] }), objects: [tip, bobs] });
  expect([code, text]).toEqual(['VERIFY_REVOCATION_UNKNOWN', expect.stringContaining(gitId('commit', bobs))]);
});

test('beside one that certainly is not signed it does not matter', async () => {
  const unsigned = commitOf({ parents: [base], message: 'By nobody\n' });
  const merge = sshCommit(alice, commitOf({ parents: [gitId('commit', bobs), gitId('commit', unsigned)] }));
  const { code, text } = await verdict({ documents: documents('hard', { since: [base] }), objects: [merge, bobs, unsigned] });
  expect([code, text]).toEqual(['POLICY_HISTORY', expect.stringContaining(`${gitId('commit', unsigned)}: `)]);
});

test('a tag of whose signer nothing is known is undetermined, and one by a stranger approves nothing', async () => {
  const commit = sshCommit(alice);
  const tag = tagOf(gitId('commit', commit));
  const tagged = (mode: 'hard' | 'soft') => verdict({ documents: documents(mode, { approvedBy: ['bob'] }), objects: [commit, signedTag(tag, byBob(tag))] });
  expect(await tagged('soft')).toMatchObject({ code: 'POLICY_SATISFIED' });
  expect(await tagged('hard')).toMatchObject({ code: 'VERIFY_REVOCATION_UNKNOWN' });
  expect(await verdict({ documents: documents('hard', { approvedBy: ['bob'] }), objects: [commit] })).toMatchObject({ code: 'POLICY_REVIEW' });
});

test('a commit before that cannot be read, or whose key has ended, is told as what it is', async () => {
  const broken = sshCommit(alice, Buffer.from(commitOf({ parents: [base] }).toString().replace('Say', 'S\x01y')));
  const after = sshCommit(alice, commitOf({ parents: [gitId('commit', broken)] }));
  const since = documents('soft', { since: [base] });
  expect(await verdict({ documents: since, objects: [after, broken] })).toMatchObject({ code: 'POLICY_HISTORY', text: expect.stringContaining('control characters') });
  expect(await verdict({ documents: since, objects: [after, sshCommit(stranger)] })).toMatchObject({ code: 'FETCH_NOT_GIVEN', text: expect.stringContaining('was not given') });
  const ended = [ALICE, signer('carol', { key: { data: stranger.publicKeyPem, notAfter: '2026-01-01T00:00:00Z' } }), policy({ source: { by: ['alice', 'carol'], since: [base] } })];
  const carols = sshCommit(stranger, commitOf({ parents: [base] }));
  const { code, text } = await verdict({ documents: ended, objects: [sshCommit(alice, commitOf({ parents: [gitId('commit', carols)] })), carols] });
  expect([code, text]).toEqual(['POLICY_HISTORY', expect.stringMatching(/carol: key sha256:[0-9a-f]{64}: .*2026-01-01/)]);
});

test('a commit by a certificate takes no more than what every piece may take, however many there are', () => {
  const payload = commitOf();
  let taken = 0;
  const tools = { takeAttempt: (cost: number) => ((taken += cost), true), proveCertificate: () => ({ ok: false, problem: { code: 'VERIFY_SCT' } }) } as unknown as ProofTools;
  const { bytes } = unarmour(gitsign(world, payload, { identity: { san: 'alice@acme.test', issuer: 'https://accounts.acme.test' } }));
  expect(proveCms(bytes, payload, { id: 'x', keys: [], roots: [sigstoreRoot(world)] }, tools).problems).toMatchObject([{ code: 'VERIFY_SCT' }]);
  expect(taken).toBeGreaterThan(9);
  expect(taken).toBeLessThanOrEqual(LIMITS.attemptsPerPiece);
});
