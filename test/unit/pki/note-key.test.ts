import { expect, test } from 'vitest';
import { readPublicKey } from '../../../src/pki/public-key.ts';

/** The verifier key of the public checksum database, as every go command has it built in (cmd/go/internal/modfetch/key.go). */
const SUM_GOLANG = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';

test('a verifier key of signed notes is the key that it holds', () => {
  expect(readPublicKey(SUM_GOLANG)).toMatchObject({ ok: true, key: { pem: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\n/) as string } });
  expect(readPublicKey(`${SUM_GOLANG}\n`)).toEqual(readPublicKey(SUM_GOLANG));
});

test.each([
  ['another name', SUM_GOLANG.replace('sum.', 'evil.'), /hash/],
  ['another hash', SUM_GOLANG.replace('033de0ae', '033de0af'), /hash/],
  ['another key', SUM_GOLANG.replace('OuAn8', 'OuAn9'), /hash|Ed25519/],
  ['another algorithm', `x+${'0'.repeat(8)}+AgAA`, /Ed25519/],
  ['for ML-DSA', SUM_GOLANG, /PEM|PUBLIC KEY/],
])('a verifier key with %s is refused', (what, text, problem) => {
  expect(readPublicKey(text, what === 'for ML-DSA' ? 'ml-dsa-65' : undefined)).toEqual({ ok: false, problem: expect.stringMatching(problem) as string });
});
