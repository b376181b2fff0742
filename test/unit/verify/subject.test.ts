import { describe, expect, test } from 'vitest';
import type { Statement } from '../../../src/domain/evidence.ts';
import { digestMismatch, messageMismatch, statementMismatch } from '../../../src/verify/subject.ts';
import { asDigest } from '../../world/encode.ts';
import { DIGEST, OTHER } from './support.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const about = (...digests: Record<string, string>[]): Statement => ({ type: 'https://in-toto.io/Statement/v1', predicateType: 'p', predicate: {}, subjects: digests.map((digest) => ({ name: 'reg/app', digest })) });

describe('binding of a statement to the artifact', () => {
  test.each<[string, Statement]>([
    ['the only subject', about({ sha256: A })],
    ['one of several subjects', about({ sha256: B }, { sha256: A })],
    ['a subject with digests of further algorithms, of which we know nothing', about({ sha256: A, sha512: 'x', gitCommit: 'y' })],
  ])('holds for %s', (_, statement) => expect(statementMismatch(statement, DIGEST)).toBeUndefined());

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
  ])('fails for %s', (_, statement) => expect(statementMismatch(statement, DIGEST)).toMatchObject({ code: 'VERIFY_SUBJECT_MISMATCH', expected: DIGEST, claimedType: 'p' }));

  test('names the digests found, but not a thousand of them', () => {
    const many = statementMismatch(about(...Array.from({ length: 1000 }, () => ({ sha256: B }))), DIGEST);
    expect(many?.found).toContain(OTHER);
    expect(many?.found?.length).toBeLessThan(400);
  });

  test('an artifact named by sha512 is bound by sha512', () => {
    const digest = asDigest(`sha512:${'c'.repeat(128)}`);
    expect(statementMismatch(about({ sha512: 'c'.repeat(128) }), digest)).toBeUndefined();
    expect(statementMismatch(about({ sha256: A }), digest)?.code).toBe('VERIFY_SUBJECT_MISMATCH');
  });
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
