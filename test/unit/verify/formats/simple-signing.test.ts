import { describe, expect, test } from 'vitest';
import { parseSimpleSigning } from '../../../../src/verify/formats/cosign/simple-signing.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CRITICAL = { identity: { 'docker-reference': 'ghcr.io/acme/app' }, image: { 'docker-manifest-digest': DIGEST }, type: 'cosign container image signature' };
const parse = (value: unknown) => parseSimpleSigning(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const code = (critical: unknown, rest: object = {}): string => {
  const result = parse({ critical, optional: null, ...rest });
  return result.ok ? 'ok' : result.problem.code;
};

describe('simple-signing payload', () => {
  test('gives digest and reference', () => {
    expect(parse({ critical: CRITICAL, optional: null })).toEqual({ ok: true, value: { manifestDigest: DIGEST, dockerReference: 'ghcr.io/acme/app' } });
  });

  test.each([
    ['the type of containers/image', { ...CRITICAL, type: 'atomic container signature' }],
    ['an empty reference', { ...CRITICAL, identity: { 'docker-reference': '' } }],
  ])('%s is accepted', (_, critical) => expect(code(critical)).toBe('ok'));

  test('optional members are the signer\'s own business', () => {
    expect(code(CRITICAL, { optional: { creator: 'x', nested: [1] } })).toBe('ok');
  });

  test.each([
    ['another type', 'VERIFY_PAYLOAD_TYPE', { ...CRITICAL, type: 'cosign container image signature ' }],
    ['the type in upper case', 'VERIFY_PAYLOAD_TYPE', { ...CRITICAL, type: 'COSIGN CONTAINER IMAGE SIGNATURE' }],
    ['no type', 'VERIFY_MALFORMED', { ...CRITICAL, type: undefined }],
    ['a critical member that is not known', 'VERIFY_MALFORMED', { ...CRITICAL, expires: 1 }],
    ['no image', 'VERIFY_MALFORMED', { ...CRITICAL, image: undefined }],
    ['a digest that is a list', 'VERIFY_MALFORMED', { ...CRITICAL, image: { 'docker-manifest-digest': [DIGEST] } }],
    ['no identity', 'VERIFY_MALFORMED', { ...CRITICAL, identity: undefined }],
    ['a reference that is null', 'VERIFY_MALFORMED', { ...CRITICAL, identity: { 'docker-reference': null } }],
    ['critical as a list', 'VERIFY_MALFORMED', [CRITICAL]],
    ['no critical', 'VERIFY_MALFORMED', undefined],
  ])('%s is refused', (_, expected, critical) => expect(code(critical)).toBe(expected));

  test('capitalised keys are not the payload cosign writes', () => {
    expect(parse({ Critical: CRITICAL, Optional: null })).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } });
  });

  test('D01 two digests are refused', () => {
    const text = JSON.stringify({ critical: CRITICAL }).replace('"image":{', `"image":{"docker-manifest-digest":"sha256:${'b'.repeat(64)}",`);
    expect(parse(text)).toMatchObject({ ok: false, problem: { code: 'VERIFY_MALFORMED' } });
  });
});
