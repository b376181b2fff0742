import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { gitsign } from '../../../world/git/cms.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { pgpArmour, pgpBlock, pgpKey, pgpSignature } from '../../../world/git/pgp.ts';
import { sshLine, sshSignature } from '../../../world/git/ssh.ts';
import { pae } from '../../../world/encode.ts';
import { signWith } from '../../../world/keys.ts';
import { ALICE, alice, BOB, bob, doc, judge, policy, signer, sshCommit, stranger, verdict, world } from './support.ts';

const tagBy = (key: typeof alice, id: string, name = 'v1'): Buffer => signedTag(tagOf(id, { name }), sshSignature({ key, payload: tagOf(id, { name }) }));
const source = (fields: object): unknown => policy({ source: { by: ['alice', 'bob'], ...fields } });

describe('a commit is signed by whom the policy names', () => {
  test('itself, and not by a tag that points to it', async () => {
    const documents = [ALICE, BOB, source({})];
    const object = sshCommit(alice);
    const id = gitId('commit', object);
    expect(await verdict({ documents, objects: [object] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [sshCommit(stranger)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    const bare = commitOf();
    expect(await verdict({ documents, objects: [bare, tagBy(alice, gitId('commit', bare))] })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
    expect(await verdict({ documents, objects: [object, tagBy(stranger, id)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('says so whatever other commits lie there, and who signed these', async () => {
    const [bare, other] = [commitOf(), sshCommit(alice, commitOf({ message: 'Another\n' }))];
    for (const require of [source({}), policy({ signature: { by: ['alice'] } })])
      for (const objects of [[bare, other], [other, bare], [bare, other, tagBy(alice, gitId('commit', other))]])
        expect(await verdict({ documents: [ALICE, BOB, require], objects, id: gitId('commit', bare) })).toMatchObject({ code: 'FETCH_NONE_FOUND', text: expect.stringContaining('carries no signature') });
    expect(await verdict({ documents: [ALICE, BOB, source({})], objects: [other], id: gitId('commit', bare) })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents: [ALICE, BOB, source({})], objects: [bare, sshCommit(stranger)], id: gitId('commit', sshCommit(stranger)) })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('and is neither signed nor unsigned where it was not handed over, whatever tags and attestations were', async () => {
    const documents = [ALICE, BOB, source({ approvedBy: ['bob'] })];
    const object = sshCommit(alice);
    const id = gitId('commit', object);
    for (const objects of [[], [tagBy(bob, id)], [tagBy(alice, id)], [tagBy(stranger, id)], [tagOf(id)]]) {
      const { code, text } = await verdict({ documents, objects, id });
      expect([code, text]).toEqual(['FETCH_NOT_GIVEN', expect.stringContaining(`the raw object of commit ${id}`)]);
    }
    expect(await verdict({ documents, objects: [tagBy(bob, 'b'.repeat(40))], id })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents, objects: [Buffer.from('{"gitObjects": ["*"]}')], id })).toMatchObject({ code: 'VERIFY_MALFORMED' });
    expect(await verdict({ documents, objects: [tagBy(bob, id), object], id })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [tagBy(bob, id), commitOf()], id: gitId('commit', commitOf()) })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
    expect(await verdict({ documents, objects: [commitOf()] })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });

  test('of a repository with SHA-256 as well', async () => {
    const documents = [ALICE, BOB, source({})];
    const object = sshCommit(alice, commitOf({ tree: 'a'.repeat(64) }), 'sha256');
    const id = gitId('commit', object, 'sha256');
    expect(await verdict({ documents, objects: [object], id })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [], id })).toMatchObject({ code: 'FETCH_NOT_GIVEN' });
    expect(await verdict({ documents, objects: [commitOf({ tree: 'a'.repeat(64) })], id: gitId('commit', commitOf({ tree: 'a'.repeat(64) }), 'sha256') })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });

  test('says how, and not by cosign', async () => {
    const { text } = await verdict({ documents: [ALICE, BOB, source({})], objects: [commitOf()] });
    expect(text).toContain('git commit -S');
    expect(text).not.toContain('cosign');
  });
});

describe('another person approves it', () => {
  const documents = [ALICE, BOB, source({ approvedBy: ['alice', 'bob'] })];
  const object = sshCommit(alice);
  const id = gitId('commit', object);

  test('by a signed tag', async () => {
    expect(await judge({ documents, objects: [object, tagBy(bob, id)] })).toMatchObject([{ code: 'POLICY_SATISFIED', found: [expect.stringContaining('alice'), expect.stringContaining('approved by bob')] }]);
    expect(await verdict({ documents, objects: [object] })).toMatchObject({ code: 'POLICY_REVIEW', text: expect.stringContaining('no tag signed by an approver') });
    expect(await verdict({ documents, objects: [object, tagBy(stranger, id)] })).toMatchObject({ code: 'POLICY_REVIEW' });
    expect(await verdict({ documents, objects: [object, tagBy(bob, 'b'.repeat(40))] })).toMatchObject({ code: 'POLICY_REVIEW' });
  });

  test('and never who signed the commit: not by the same key, name or signer', async () => {
    expect(await verdict({ documents, objects: [object, tagBy(alice, id)] })).toMatchObject({ code: 'POLICY_REVIEW', text: expect.stringContaining('nobody but') });
    const second = world.key('ed25519');
    const twoKeys = [signer('alice', { key: { data: sshLine(alice) } }, { key: { data: sshLine(second) } }), BOB, source({ approvedBy: ['alice', 'bob'] })];
    expect(await verdict({ documents: twoKeys, objects: [object, tagBy(second, id)] })).toMatchObject({ code: 'POLICY_REVIEW' });
    const twoNames = [ALICE, BOB, signer('also-alice', { key: { data: alice.publicKeyPem } }), source({ approvedBy: ['also-alice'] })];
    expect(await verdict({ documents: twoNames, objects: [object, tagBy(alice, id)] })).toMatchObject({ code: 'POLICY_REVIEW' });
  });

  test('nor as a signer who knows that key, when a signer of many let the commit pass', async () => {
    const second = world.key('ed25519');
    const of = (...keys: readonly (typeof alice)[]): readonly object[] => keys.map((key) => ({ key: { data: sshLine(key) } }));
    const team = (approvers: readonly unknown[], approvedBy: readonly string[]) => [signer('team', ...of(alice, bob)), ...approvers, policy({ source: { by: ['team'], approvedBy } })];
    const both = team([signer('alice', ...of(alice, second)), BOB], ['alice', 'bob']);
    expect(await verdict({ documents: both, objects: [object, tagBy(second, id)] })).toMatchObject({ code: 'POLICY_REVIEW', text: expect.stringContaining('(git tag -s): bob') });
    expect(await verdict({ documents: both, objects: [object, tagBy(bob, id)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    // A key of hers that has ended still says who she is.
    const ended = team([signer('alice', { key: { data: sshLine(alice), notAfter: '2026-01-01T00:00:00Z' } }, ...of(second))], ['alice']);
    expect(await verdict({ documents: ended, objects: [object, tagBy(second, id)] })).toMatchObject({ code: 'POLICY_REVIEW' });
    const keyless = signer('alice', { keyless: { trustRoot: 'world', issuer: 'https://accounts.acme.test', subject: 'alice@acme.test' } }, ...of(second));
    const signed = signedCommit(commitOf(), gitsign(world, commitOf(), { identity: { san: 'alice@acme.test', issuer: 'https://accounts.acme.test' } }));
    const anybody = (...names: readonly string[]) => [doc('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } }), signer('anybody', { keyless: { trustRoot: 'world', issuer: 'https://accounts.acme.test', subjectGlob: '*@acme.test' } }), keyless, BOB, policy({ source: { by: ['anybody'], approvedBy: names } })];
    expect(await verdict({ documents: anybody('alice', 'bob'), objects: [signed, tagBy(second, gitId('commit', signed))] })).toMatchObject({ code: 'POLICY_REVIEW' });
    expect(await verdict({ documents: anybody('alice', 'bob'), objects: [signed, tagBy(bob, gitId('commit', signed))] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('nor by another key of the same OpenPGP block', async () => {
    const primary = pgpKey(world.key('ed25519'));
    const [one, two] = [pgpKey(world.key('ed25519'), primary.created + 1), pgpKey(world.key('ed25519'), primary.created + 2)];
    const raw = commitOf();
    const payload = raw;
    const made = Buffer.from(raw.toString().replace('\n\n', `\ngpgsig ${pgpArmour('PGP SIGNATURE', pgpSignature({ by: one, parts: [payload] })).trimEnd().replaceAll('\n', '\n ')}\n\n`));
    const at = gitId('commit', made);
    const approved = (by: typeof one): Buffer => signedTag(tagOf(at), pgpArmour('PGP SIGNATURE', pgpSignature({ by, parts: [tagOf(at)] })));
    const of = (keys: readonly (typeof one)[]): string => pgpBlock({ primary, subkeys: keys.map((key) => ({ key })) });
    const other = pgpKey(world.key('ed25519'));
    const under = [signer('alice', { key: { data: of([one]) } }), signer('bob', { key: { data: of([two]) } }, { key: { data: pgpBlock({ primary: other }) } }), policy({ source: { by: ['alice'], approvedBy: ['bob'] } })];
    expect(await verdict({ documents: under, objects: [made, approved(two)] })).toMatchObject({ code: 'POLICY_REVIEW' });
    expect(await verdict({ documents: under, objects: [made, approved(other)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('who could never approve is refused when the policy is loaded', () => {
    const load = (fields: object): string => compilePolicies([{ path: 'p', text: [ALICE, BOB, policy({ source: fields })].map((one) => JSON.stringify(one)).join('\n---\n') }], { trust: createTrustReader() }).problems.map(({ message }) => message).join();
    expect(load({ by: ['alice'], approvedBy: ['alice'] })).toMatch(/nobody approves his own work/);
    expect(load({ by: ['alice'], approvedBy: ['bob'] })).toBe('');
    expect(load({ by: ['alice'], since: ['abc'] })).toMatch(/whole commit id/);
  });
});

describe('the history is signed', () => {
  const base = commitOf({ message: 'Old and unsigned\n' });
  const baseId = gitId('commit', base);
  const chain = (keys: readonly (typeof alice | undefined)[], from = baseId): { readonly objects: readonly Buffer[]; readonly id: string } => {
    let id = from;
    const objects: Buffer[] = [];
    for (const [index, key] of keys.entries()) {
      const payload = commitOf({ parents: [id], message: `Step ${index}\n` });
      const object = key === undefined ? payload : sshCommit(key, payload);
      objects.unshift(object);
      id = gitId('commit', object);
    }
    return { objects, id };
  };
  const documents = [ALICE, BOB, source({ since: [baseId] })];

  test('from the commit back to where the policy begins to count', async () => {
    expect(await verdict({ documents, ...chain([alice, bob, alice]) })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, ...chain([alice]) })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test.each<[string, () => { readonly objects: readonly Buffer[]; readonly id: string }, RegExp, string?]>([
    ['an unsigned commit in it', () => chain([alice, undefined, alice]), /carries no signature/],
    ['one by a stranger', () => chain([alice, stranger, alice]), /key sha256/],
    ['one that was not given', () => { const { objects, id } = chain([alice, bob, alice]); return { id, objects: objects.filter((_, index) => index !== 1) }; }, /was not given/, 'FETCH_NOT_GIVEN'],
    ['one that was changed', () => { const { objects, id } = chain([alice, bob, alice]); return { id, objects: objects.map((one, index) => (index === 1 ? Buffer.from(one.toString('latin1').replace('Step 1', 'Step 9'), 'latin1') : one)) }; }, /was not given/, 'FETCH_NOT_GIVEN'],
    ['an end before it', () => chain([alice, alice], 'b'.repeat(40)), /was not given/, 'FETCH_NOT_GIVEN'],
  ])('%s is told', async (_, made, says, expected = 'POLICY_HISTORY') => {
    const { code, text } = await verdict({ documents, ...made() });
    expect(code).toBe(expected);
    expect(text).toMatch(says);
  });

  test('one that was not given is open, unless another certainly does not count', async () => {
    const [left, lost] = [chain([alice]), chain([bob, bob])];
    const merged = (side: typeof left): { readonly objects: readonly Buffer[]; readonly id: string } => {
      const object = sshCommit(alice, commitOf({ parents: [side.id, lost.id] }));
      return { objects: [object, ...side.objects, ...lost.objects.slice(0, 1)], id: gitId('commit', object) };
    };
    const { code, text } = await verdict({ documents, ...merged(left) });
    expect([code, text]).toEqual(['FETCH_NOT_GIVEN', expect.stringContaining('--repo DIR --since COMMIT')]);
    expect(await verdict({ documents, ...merged(chain([stranger])) })).toMatchObject({ code: 'POLICY_HISTORY' });
    expect(await verdict({ documents, ...merged(chain([undefined])) })).toMatchObject({ code: 'POLICY_HISTORY' });
  });

  test('on both sides of a merge', async () => {
    const [left, right] = [chain([alice, bob]), chain([bob])];
    const merged = (side: typeof left): { readonly objects: readonly Buffer[]; readonly id: string } => {
      const object = sshCommit(alice, commitOf({ parents: [left.id, side.id] }));
      return { objects: [object, ...left.objects, ...side.objects], id: gitId('commit', object) };
    };
    expect(await verdict({ documents, ...merged(right) })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, ...merged(chain([stranger])) })).toMatchObject({ code: 'POLICY_HISTORY' });
  });

  test('a root before it is no way round', async () => {
    const root = sshCommit(alice, commitOf());
    expect(await verdict({ documents, objects: [root] })).toMatchObject({ code: 'POLICY_HISTORY', text: expect.stringContaining('no parent') });
    expect(await verdict({ documents: [ALICE, BOB, source({ since: [gitId('commit', root)] })], objects: [root] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('is looked at only where a policy asks for it: other commits are otherwise about something else', async () => {
    const { objects, id } = chain([alice, stranger, alice]);
    expect(await verdict({ documents: [ALICE, BOB, source({})], objects, id })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: [ALICE, BOB, source({})], objects: objects.slice(1), id })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents, objects: objects.slice(1), id })).toMatchObject({ code: 'FETCH_NOT_GIVEN' });
  });
});

describe('who wrote it, for a review', () => {
  const REVIEW = 'https://in-toto.io/attestation/human-review/v0.1';
  const documents = [ALICE, BOB, policy({ codeReview: { by: ['bob'], authors: ['alice', 'bob'], authoredBy: { type: 'signature' } } })];
  const review = (id: string): Buffer => {
    const payload = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { gitCommit: id } }], predicateType: REVIEW, predicate: { result: 'pass' } }));
    const type = 'application/vnd.in-toto+json';
    return Buffer.from(JSON.stringify({ payloadType: type, payload: payload.toString('base64'), signatures: [{ sig: signWith(bob, pae(type, payload)).toString('base64') }] }));
  };

  test('is shown by the signature of the commit, and never by that of a tag', async () => {
    const [byAlice, byBob] = [sshCommit(alice), sshCommit(bob)];
    const code = async (object: Buffer, ...more: readonly Buffer[]): Promise<string> => (await judge({ documents, objects: [object, review(gitId('commit', object)), ...more] }))[0]?.code ?? '';
    // The content of a review is examined elsewhere: what is not examined yet is undetermined, and all before that holds.
    expect(await code(byAlice)).toBe('ENGINE_DEADLINE');
    expect(await code(byBob)).toBe('POLICY_REVIEW');
    expect(await code(byBob, tagBy(alice, gitId('commit', byBob)))).toBe('POLICY_REVIEW');
  });

  test('is not known while the commit is not handed over, unless it is shown otherwise', async () => {
    const [id, bobs] = [gitId('commit', sshCommit(alice)), sshCommit(bob)];
    expect(await verdict({ documents, objects: [review(id)], id })).toMatchObject({ code: 'FETCH_NOT_GIVEN' });
    expect(await verdict({ documents, objects: [review(gitId('commit', bobs)), bobs], id: gitId('commit', bobs) })).toMatchObject({ code: 'POLICY_REVIEW' });
    const byProvenance = [ALICE, BOB, policy({ codeReview: { by: ['bob'], authors: ['alice', 'bob'], authoredBy: { type: 'https://slsa.dev/provenance/v1' } } })];
    expect(await verdict({ documents: byProvenance, objects: [review(id)], id })).toMatchObject({ code: 'POLICY_REVIEW' });
    expect(await verdict({ documents: [ALICE, BOB, policy({ attestation: { by: ['bob'], type: 'https://acme.example/x/v1' } })], objects: [], id })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });
});
