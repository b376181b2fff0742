import { describe, expect, test } from 'vitest';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { sshSignature } from '../../../world/git/ssh.ts';
import { ALICE, alice, BOB, bob, policy, SIGNED_BY_ALICE, sshCommit, stranger, verdict } from './support.ts';

const documents = [ALICE, SIGNED_BY_ALICE];
const HONEST = sshCommit(alice);

/** The raw text with one change made before it is signed, so that the signature itself holds. */
function changed(change: (raw: string) => string, format: 'sha1' | 'sha256' = 'sha1'): Buffer {
  return sshCommit(alice, Buffer.from(change(commitOf({ format }).toString('latin1')), 'latin1'), format);
}

const AUTHOR = /^author .*\n/m;
const COMMITTER = /^committer .*\n/m;

describe('names of tags', () => {
  const tagged = (name: string, format: 'sha1' | 'sha256') => {
    const commit = format === 'sha1' ? HONEST : sshCommit(alice, commitOf({ format }), format);
    const raw = Buffer.from(tagOf(gitId('commit', commit, format)).toString('latin1').replace('tag v1.0.0', `tag ${name}`), 'latin1');
    const tag = signedTag(raw, sshSignature({ key: bob, payload: raw }));
    return verdict({ documents: [ALICE, BOB, policy({ source: { by: ['alice'], approvedBy: ['bob'] } })], objects: [commit, tag], id: gitId('commit', commit, format) });
  };
  const utf8 = (name: string): string => Buffer.from(name).toString('latin1');

  test.each(['sha1', 'sha256'] as const)('are told as they are written, in %s', async (format) => {
    expect(await tagged(utf8('v1-über'), format)).toMatchObject({ code: 'POLICY_SATISFIED', text: expect.stringContaining('(tag v1-über)') });
    for (const name of ['v\x9b31m', utf8('v\u009b2J'), utf8('v\u202e1'), utf8('v\u2028x'), 'v\xc3'])
      expect((await tagged(name, format)).code).toBe('POLICY_REVIEW');
  });
});

describe('commits that git would not write', () => {
  test.each<[string, (raw: string) => string]>([
    ['with two trees', (raw) => `tree ${'b'.repeat(40)}\n${raw}`],
    ['with a tree of another hash', (raw) => raw.replace(/^tree .*/, `tree ${'a'.repeat(64)}`)],
    ['with a tree in upper case', (raw) => raw.replace(/^tree .*/, `tree ${'A'.repeat(40)}`)],
    ['without author', (raw) => raw.replace(AUTHOR, '')],
    ['with two authors', (raw) => raw.replace(AUTHOR, '$&$&')],
    ['with an author behind the committer', (raw) => raw.replace(COMMITTER, `$&author Mallory <m@evil.test> 1767225600 +0000\n`)],
    ['with the committer first', (raw) => raw.replace(/(author .*\n)(committer .*\n)/, '$2$1')],
    ['with a parent behind the author', (raw) => raw.replace(AUTHOR, `$&parent ${'b'.repeat(40)}\n`)],
    ['with an author without time', (raw) => raw.replace(/ \d+ \+0000\n/, '\n')],
    ['with two encodings', (raw) => raw.replace(COMMITTER, '$&encoding UTF-8\nencoding UTF-8\n')],
    ['with a NUL in the message', (raw) => `${raw}\0 hidden`],
    ['with a NUL in a name', (raw) => raw.replace('Alice', 'Al\0ice')],
    ['with control characters, as colliding blocks have them', (raw) => `${raw}\x01\x02`],
    ['with bytes that are not UTF-8', (raw) => `${raw}\xff\xfe`],
    ['with a header without a value', (raw) => raw.replace(COMMITTER, '$&empty\n')],
    ['with a header that git leaves out where it verifies', (raw) => raw.replace(COMMITTER, '$&gpgsig-sha512 x\n')],
    ['with another of these', (raw) => raw.replace(COMMITTER, '$&gpgsignature x\n')],
    ['without an empty line', (raw) => raw.slice(0, raw.indexOf('\n\n') + 1)],
    ['that begins with a continued line', (raw) => ` ${raw}`],
  ])('%s are refused, although the signature over them holds', async (_, change) => {
    expect(await verdict({ documents, objects: [HONEST] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    const { code } = await verdict({ documents, objects: [wrapped(changed(change))], id: gitId('commit', changed(change)) });
    expect(code).toBe('VERIFY_MALFORMED');
  });

  test('with more parents, headers or bytes than anybody writes are refused by their limit', async () => {
    for (const payload of [
      commitOf({ parents: Array.from({ length: 65 }, () => 'b'.repeat(40)) }), commitOf({ headers: Array.from({ length: 256 }, (_, index) => `x-${index} y`) }),
      commitOf({ message: 'x'.repeat(1024 * 1024) }),
    ]) expect(await verdict({ documents, objects: [sshCommit(alice, payload)] })).toMatchObject({ code: 'VERIFY_LIMIT' });
    expect(await verdict({ documents, objects: [sshCommit(alice, commitOf({ parents: Array.from({ length: 64 }, () => 'b'.repeat(40)) }))] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('in SHA-256 may hold what only a SHA-1 could be forged with', async () => {
    for (const change of [(raw: string) => `${raw}\x01`, (raw: string) => `${raw}\xe4`]) {
      const object = changed(change, 'sha256');
      expect(await verdict({ documents, objects: [object], id: gitId('commit', object, 'sha256') })).toMatchObject({ code: 'POLICY_SATISFIED' });
    }
  });
});

/** A document as the gate takes it: raw bytes that begin with nothing of git are no evidence at all. */
function wrapped(raw: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ gitObjects: [raw.toString('base64')] }));
}

describe('what is bound', () => {
  test('is the id, computed over the bytes and compared before any signature', async () => {
    expect(await verdict({ documents, objects: [HONEST], id: 'b'.repeat(40) })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH', text: expect.stringContaining(gitId('commit', HONEST)) });
    expect(await verdict({ documents, objects: [HONEST], id: gitId('blob', HONEST) })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
    expect(await verdict({ documents, objects: [HONEST], id: gitId('commit', HONEST, 'sha256') })).toMatchObject({ code: 'VERIFY_MALFORMED' });
    expect(await verdict({ documents, objects: [Buffer.concat([HONEST, Buffer.from('\n')])], id: gitId('commit', HONEST) })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH' });
  });

  test('covers the message and every header but the signature itself', async () => {
    for (const [from, to] of [['Say hello', 'Say goodbye'], ['tree aaaa', 'tree abaa'], ['Alice Example <alice@acme.test> 1767225600 +0000\ngpgsig', 'Alice Example <alice@acme.test> 1767225601 +0000\ngpgsig']] as const) {
      const object = Buffer.from(HONEST.toString('latin1').replace(from, to), 'latin1');
      expect(object.equals(HONEST)).toBe(false);
      expect(await verdict({ documents, objects: [object] })).toMatchObject({ code: 'VERIFY_SIGNATURE_INVALID' });
    }
  });

  test('a signature is one: a second header is refused, the one of the other hash is left out as git does', async () => {
    const payload = commitOf();
    const [own, other] = [sshSignature({ key: alice, payload }), sshSignature({ key: stranger, payload })];
    expect(await verdict({ documents, objects: [signedCommit(signedCommit(payload, other), own)] })).toMatchObject({ code: 'VERIFY_MALFORMED' });
    expect(await verdict({ documents, objects: [signedCommit(signedCommit(payload, own), other)] })).toMatchObject({ code: 'VERIFY_MALFORMED' });
    expect(await verdict({ documents, objects: [signedCommit(signedCommit(payload, other, 'gpgsig-sha256'), own)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [signedCommit(signedCommit(payload, own, 'gpgsig-sha256'), other)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('a merged tag inside of a commit is signed with it, and its signature is not the commit\'s', async () => {
    const tag = signedTag(tagOf('b'.repeat(40)), sshSignature({ key: alice, payload: tagOf('b'.repeat(40)) }));
    const merge = commitOf({ parents: ['b'.repeat(40)], headers: [`mergetag ${tag.toString().trimEnd().replaceAll('\n', '\n ')}`] });
    expect(await verdict({ documents, objects: [merge] })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
    expect(await verdict({ documents, objects: [sshCommit(alice, merge)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [sshCommit(stranger, merge)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('a signature in the message of a commit is text', async () => {
    const payload = commitOf();
    const inMessage = Buffer.concat([payload, Buffer.from(sshSignature({ key: alice, payload }))]);
    expect(await verdict({ documents, objects: [inMessage] })).toMatchObject({ code: 'FETCH_NONE_FOUND' });
  });
});

describe('tags that git would not write', () => {
  const commit = commitOf();
  const id = gitId('commit', commit);
  const signed = (raw: Buffer): Buffer => signedTag(raw, sshSignature({ key: alice, payload: raw }));

  test.each<[string, Buffer]>([
    ['with two signatures', signedTag(signed(tagOf(id)), sshSignature({ key: stranger, payload: tagOf(id) }))],
    ['with text behind the signature', Buffer.concat([signed(tagOf(id)), Buffer.from('More\n')])],
    ['with a header of a signature', signed(tagOf(id, { headers: ['gpgsig x'] }))],
    ['with two objects', signed(Buffer.concat([Buffer.from(`object ${'b'.repeat(40)}\n`), tagOf(id)]))],
    ['with an object behind', signed(Buffer.from(tagOf('b'.repeat(40)).toString().replace('\n\n', `\nobject ${id}\n\n`)))],
    ['without tagger', signed(Buffer.from(tagOf(id).toString().replace(/^tagger .*\n/m, '')))],
    ['with a name that is none', signed(tagOf(id, { name: 'v1..2' }))],
    ['with a type that is none', signed(tagOf(id, { type: 'commits' }))],
  ])('%s are refused', async (_, object) => {
    expect(await verdict({ documents, objects: [signed(tagOf(id))], id })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [object], id })).toMatchObject({ code: 'VERIFY_MALFORMED' });
  });
});
