import { describe, expect, test } from 'vitest';
import type { Statement } from '../../../../src/domain/evidence.ts';
import { parseRevision } from '../../../../src/domain/artifact/revision.ts';
import type { Revision } from '../../../../src/domain/artifact/revision.ts';
import { digestMismatch, messageMismatch, statementMismatch } from '../../../../src/verify/statement/subject.ts';
import { asDigest } from '../../../world/encode.ts';
import { DIGEST, OTHER } from '../support.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const IMAGE = { kind: 'image', digest: DIGEST, name: 'reg/app' } as const;
const about = (...digests: Record<string, string>[]): Statement => ({ type: 'https://in-toto.io/Statement/v1', predicateType: 'p', predicate: {}, subjects: digests.map((digest) => ({ name: 'reg/app', digest })) });

describe('binding of a statement to the artifact', () => {
  test.each<[string, Statement]>([
    ['the only subject', about({ sha256: A })],
    ['one of several subjects', about({ sha256: B }, { sha256: A })],
    ['a subject with digests of further algorithms, of which we know nothing', about({ sha256: A, sha512: 'x', gitCommit: 'y' })],
  ])('holds for %s', (_, statement) => expect(statementMismatch(statement, IMAGE)).toBeUndefined());

  test.each<[string, Statement]>([
    ['A08 another digest', about({ sha256: B })],
    ['A09 the right name with another digest', about({ sha256: B })],
    ['A11 the digest in upper case', about({ sha256: A.toUpperCase() })],
    ['A11 a digest one digit short', about({ sha256: A.slice(1) })],
    ['A11 the digest under another algorithm', about({ sha1: A })],
    ['A11 sha256 wrong and another algorithm right', about({ sha256: B, sha512: A })],
    ['A11 the digest with its algorithm in front', about({ sha256: `sha256:${A}` })],
    ['an algorithm spelt otherwise', about({ SHA256: A })],
    ['A12 constructor as algorithm', about({ constructor: A })],
  ])('fails for %s', (_, statement) => expect(statementMismatch(statement, IMAGE)).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH', expected: DIGEST, claimedType: 'p' }));

  test('names the digests found, but not a thousand of them', () => {
    const many = statementMismatch(about(...Array.from({ length: 1000 }, () => ({ sha256: B }))), IMAGE);
    expect(many?.found).toContain(OTHER);
    expect(many?.found?.length).toBeLessThan(400);
  });

  test('an artifact named by sha512 is bound by sha512', () => {
    const digest = asDigest(`sha512:${'c'.repeat(128)}`);
    expect(statementMismatch(about({ sha512: 'c'.repeat(128) }), { ...IMAGE, digest })).toBeUndefined();
    expect(statementMismatch(about({ sha256: A }), { ...IMAGE, digest })?.code).toBe('VERIFY_SUBJECT_MISMATCH');
  });
});

describe('binding of a statement to a commit', () => {
  const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
  const revision = (commit: string): Revision => parseRevision(commit) as Revision;

  test.each<[string, string, Statement]>([
    ['gitCommit', COMMIT, about({ gitCommit: COMMIT })],
    ['sha1, as SLSA v0.x writes commits', COMMIT, about({ sha1: COMMIT })],
    ['one of several subjects', COMMIT, about({ sha256: A }, { gitCommit: COMMIT, gitTree: 'x' })],
    ['a commit of a repository with SHA-256', A, about({ gitCommit: A })],
  ])('holds for %s', (_, commit, statement) => expect(statementMismatch(statement, { ...IMAGE, digest: revision(commit) })).toBeUndefined());

  test.each<[string, string, Statement]>([
    ['A08 another commit', COMMIT, about({ gitCommit: COMMIT.replace('6', '7') })],
    ['A08 a statement about an image', COMMIT, about({ sha256: A })],
    ['A11 the beginning of the commit', COMMIT, about({ gitCommit: COMMIT.slice(0, 12) })],
    ['A11 upper case', COMMIT, about({ gitCommit: COMMIT.toUpperCase() })],
    ['A11 the commit as a tree', COMMIT, about({ gitTree: COMMIT })],
    ['A11 the digest of bytes that is the same text', A, about({ sha256: A })],
    ['A11 gitCommit wrong and sha1 right', COMMIT, about({ gitCommit: 'f'.repeat(40), sha1: COMMIT })],
    ['A12 constructor as algorithm', COMMIT, about({ constructor: COMMIT })],
  ])('fails for %s', (_, commit, statement) => expect(statementMismatch(statement, { ...IMAGE, digest: revision(commit) })).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH', expected: `gitCommit:${commit}` }));

  test.each(['', COMMIT.slice(1), `${COMMIT}0`, COMMIT.toUpperCase(), `sha1:${COMMIT}`, 'main', ` ${COMMIT}`])('%j is no commit', (text) => expect(parseRevision(text)).toBeUndefined());
});

describe('binding of a statement to a package', () => {
  const named = (name: string | undefined, sha256 = A): Statement => ({ ...about(), subjects: [{ ...(name === undefined ? {} : { name }), digest: { sha256 } }] });
  const PACKAGE = { kind: 'package', digest: DIGEST, name: 'pkg:npm/@acme/lib@1.0.0' } as const;

  test.each([['pkg:npm/%40acme/lib@1.0.0'], ['pkg:npm/@acme/lib@1.0.0'], ['PKG:NPM/%40acme/lib@1.0.0'], ['lib-1.0.0.tgz'], [undefined]])('holds for the same bytes named %s', (name) => expect(statementMismatch(named(name), PACKAGE)).toBeUndefined());

  test.each(['pkg:npm/@acme/lib@1.0.1', 'pkg:npm/acme/lib@1.0.0', 'pkg:npm/@acme/Lib@1.0.0', 'pkg:pypi/@acme/lib@1.0.0', 'pkg:npm/@acme/lib', 'pkg:npm/@acme/lib@1.0.0?x=y', 'pkg:npm/@acme%2Flib@1.0.0'])('fails for the same bytes named %s', (name) => {
    expect(statementMismatch(named(name), PACKAGE)).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH', found: name, expected: PACKAGE.name });
    expect(statementMismatch(named(name), IMAGE)).toBeUndefined();
  });

  test('the right name does not help other bytes', () => expect(statementMismatch(named('pkg:npm/@acme/lib@1.0.0', B), PACKAGE)?.code).toBe('VERIFY_SUBJECT_MISMATCH'));
});

describe('binding of a signature to the artifact', () => {
  test('simple signing names the digest exactly', () => {
    expect(digestMismatch(DIGEST, DIGEST)).toBeUndefined();
    for (const claimed of [OTHER, DIGEST.toUpperCase(), ` ${DIGEST}`, A, '']) expect(digestMismatch(claimed, DIGEST)?.code).toBe('VERIFY_SUBJECT_MISMATCH');
  });

  test('a message digest is compared under the same algorithm only', () => {
    expect(messageMismatch({ algorithm: 'sha256', hex: A }, DIGEST)).toBeUndefined();
    expect(messageMismatch({ algorithm: 'sha256', hex: B }, DIGEST)?.code).toBe('VERIFY_SUBJECT_MISMATCH');
    expect(messageMismatch({ algorithm: 'sha384', hex: A }, DIGEST)?.code).toBe('VERIFY_ALGORITHM');
  });
});
