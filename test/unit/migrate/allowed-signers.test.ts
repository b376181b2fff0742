import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { importAllowedSigners } from '../../../src/migrate/allowed-signers/file.ts';
import { matchesList, momentsOf, readAllowedLine } from '../../../src/migrate/allowed-signers/line.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../world/git/object.ts';
import { securityKeyLine, securityKeySignature } from '../../world/git/security-key.ts';
import { sshKeyBlob, sshLine, sshSignature } from '../../world/git/ssh.ts';
import { alice, bob, NOW, policy, sshCommit, stranger, verdict, world } from '../verify/git/support.ts';

const line = (key = alice, principals = 'alice@acme.test', options = ''): string => `${principals} ${options === '' ? '' : `${options} `}${sshLine(key)}\n`;
const imported = (text: string) => {
  const { documents, remarks, read } = importAllowedSigners([{ path: 'allowed_signers', text }]);
  return { documents, signers: documents.flatMap(({ text: yaml }) => parseAllDocuments(yaml).map((one) => one.toJS() as unknown)), remarks, read };
};
const levels = (text: string): readonly string[] => imported(text).remarks.map(({ level }) => level);

describe('a file of allowed signers', () => {
  test('becomes Signers under which commits of its keys are admitted, and no others', async () => {
    const { documents, signers } = imported(`# people\n\n${line()}${line(bob, 'bob@acme.test')}`);
    expect(documents.map(({ kind, name }) => [kind, name])).toEqual([['Signer', 'alice-acme.test'], ['Signer', 'bob-acme.test']]);
    const asked = [...signers, policy({ source: { by: ['alice-acme.test', 'bob-acme.test'] } })];
    for (const key of [alice, bob]) expect(await verdict({ documents: asked, objects: [sshCommit(key)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: asked, objects: [sshCommit(stranger)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('gives each name its keys, and bounds all of them to commits', () => {
    const { signers } = imported(line() + line(bob, 'alice@acme.test'));
    expect(signers).toMatchObject([{ spec: { identities: [{ key: {} }, { key: {} }], mayCertify: [{ git: '**' }] } }]);
  });

  test('makes one Signer of lines that have a name in common, so that nobody approves his own commit by another key', async () => {
    const second = world.key('ed25519');
    const approved = (id: string, key: typeof alice): Buffer => signedTag(tagOf(id), sshSignature({ key, payload: tagOf(id) }));
    const commit = sshCommit(alice);
    for (const [first, other] of [['alice@acme.test,root@acme.test', 'alice@acme.test'], ['alice@acme.test', 'Alice@ACME.test'], ['alice@acme.test', 'a@acme.test,alice@acme.test']] as const) {
      const { signers, documents } = imported(line(alice, first) + line(bob, 'bob@acme.test') + line(second, other));
      const names = documents.map(({ name }) => name);
      expect(names).toEqual(['alice-acme.test', 'bob-acme.test']);
      const asked = [...signers, policy({ source: { by: names, approvedBy: names } })];
      expect(await verdict({ documents: asked, objects: [commit, approved(gitId('commit', commit), second)] })).toMatchObject({ code: 'POLICY_REVIEW' });
      expect(await verdict({ documents: asked, objects: [commit, approved(gitId('commit', commit), bob)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    }
    // A third line may show that two were one.
    const { documents } = imported(line(alice, 'alice@acme.test') + line(bob, 'al@acme.test') + line(second, 'al@acme.test,alice@acme.test'));
    expect(documents.map(({ name }) => name)).toEqual(['alice-acme.test']);
  });

  test('tells where a pattern makes several people one, and where keys are left out', () => {
    expect(levels(line(alice, '*') + line(bob, '*'))).toEqual(['stricter']);
    expect(levels(line(alice, '*') + line(bob, 'bob@acme.test'))).toEqual([]);
    expect(levels(line(alice, 'a@acme.test') + line(bob, 'a@acme.test'))).toEqual([]);
    const many = imported(Array.from({ length: 101 }, () => line(world.key('ed25519'), 'a')).join(''));
    expect([many.remarks.map(({ level }) => level), many.signers]).toMatchObject([['unsaid'], [{ spec: { identities: { length: 100 } } }]]);
  });

  test('loses no other line by one that comes to nothing, and calls nobody by whom a line is not for', () => {
    const { documents } = imported(line(alice, 'a@acme.test', 'valid-after="20270101Z",valid-before="20260101Z"') + line(bob, '!a@acme.test,bob@acme.test'));
    expect(documents.map(({ name }) => name)).toEqual(['bob-acme.test']);
    expect(imported(line(alice, 'a@acme.test', 'valid-after="202601010000",valid-before="202601031200"')).documents).toHaveLength(1);
  });

  test('takes security keys, which then sign commits', async () => {
    const { signers, remarks } = imported(`alice@acme.test namespaces="git" ${securityKeyLine(alice)}\n`);
    expect(remarks).toEqual([]);
    const signed = (flags: number): Buffer => signedCommit(commitOf(), securityKeySignature({ key: alice, payload: commitOf(), flags }));
    const asked = [...signers, policy({ source: { by: ['alice-acme.test'] } })];
    expect(await verdict({ documents: asked, objects: [signed(1)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: asked, objects: [signed(0)] })).toMatchObject({ code: 'VERIFY_ALGORITHM' });
    expect(await verdict({ documents: asked, objects: [sshCommit(alice)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('says windows by the present, and tells so', async () => {
    const within = (options: string) => imported(line(alice, 'alice@acme.test', options));
    for (const [options, code] of [['valid-after="20260101Z",valid-before="20270101Z"', 'POLICY_SATISFIED'], ['valid-before="20260101Z"', 'POLICY_KEY_WINDOW'], ['valid-after="20270101Z"', 'POLICY_KEY_WINDOW']] as const) {
      const { signers, remarks } = within(options);
      expect(remarks.map(({ level }) => level)).toEqual(['stricter']);
      expect(await verdict({ documents: [...signers, policy({ source: { by: ['alice-acme.test'] } })], objects: [sshCommit(alice)], now: NOW })).toMatchObject({ code });
    }
    expect(levels(line(alice, 'a', 'valid-after="tomorrow"'))).toEqual(['unsaid']);
  });

  test.each<[string, string, string]>([
    ['an authority of certificates', line(alice, 'a', 'cert-authority'), 'unsaid'],
    ['a certificate of a security key', `a sk-ssh-ed25519-cert-v01@openssh.com ${sshKeyBlob(alice).toString('base64')}\n`, 'unsaid'],
    ['a DSA key', `a ssh-dss ${sshKeyBlob(alice).toString('base64')}\n`, 'unsaid'],
    ['a small RSA key', line(world.key('rsa-1024'), 'a'), 'unsaid'],
    ['a key for files', line(alice, 'a', 'namespaces="file"'), 'skipped'],
    ['a key that is not for git', line(alice, 'a', 'namespaces="*,!git"'), 'skipped'],
    ['an option that nobody knows', line(alice, 'a', 'no-touch-required'), 'unsaid'],
    ['an option twice', line(alice, 'a', 'namespaces="git",namespaces="git"'), 'unsaid'],
    ['a window that ends before it begins', line(alice, 'a', 'valid-after="20270101Z",valid-before="20260101Z"'), 'unsaid'],
    ['a window that is none in some zone', line(alice, 'a', 'valid-after="202601010000",valid-before="202601012300"'), 'unsaid'],
    ['nobody but whom it is not for', line(alice, '!alice@acme.test'), 'unsaid'],
    ['a line without key', 'alice@acme.test\n', 'unsaid'],
  ])('%s is told and comes to nothing', (_, text, level) => {
    expect(levels(line())).toEqual([]);
    const { documents, remarks } = imported(text);
    expect([documents, remarks.map((remark) => remark.level)]).toEqual([[], [level]]);
  });

  test('has quotes, patterns and comments as OpenSSH has them', () => {
    expect(readAllowedLine(`"alice@acme.test,*@ops.acme.test" namespaces="git,file",valid-after="20260101" ${sshLine(alice, 'her laptop')}`)).toMatchObject({
      ok: true, line: { principals: ['alice@acme.test', '*@ops.acme.test'], namespaces: ['git', 'file'], validAfter: '20260101', type: 'ssh-ed25519', comment: 'her laptop' },
    });
    expect(matchesList('git', ['g?t'])).toBe(true);
    expect(matchesList('git', ['*', '!g*'])).toBe(false);
    expect(momentsOf('20260101Z')).toEqual({ first: Date.UTC(2026, 0, 1), last: Date.UTC(2026, 0, 1) });
    const local = momentsOf('202601011230');
    expect([local?.first, local?.last]).toEqual([Date.UTC(2025, 11, 31, 22, 30), Date.UTC(2026, 0, 2, 0, 30)]);
  });

  test('never throws, and never writes what does not stand in it', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(' ', '"', ',', '=', 'a', '@', '\n', '#', 'ssh-ed25519 ', 'AAAA', 'namespaces', 'git', '!', '*') }), (text) => {
      const { documents } = imported(text);
      // By chance a line is one; whether its key is a key is asked when it is compiled.
      if (!/[A-Za-z0-9+/]{20}/.test(text)) expect(documents.length).toBe(0);
    }), { numRuns: 500 });
  });
});
