// An RSA signature that begins with a zero counts as it was made, in both envelopes, and not without that zero.
import { expect, test } from 'vitest';
import { envelopeEvidence, judgeNotation } from '../../../support/notation/judge.ts';
import { descriptorOf, makeImage } from '../../../world/image.ts';
import { makeNotary, notarySign } from '../../../world/notation.ts';

const NOW = Date.UTC(2026, 5, 1);
const image = makeImage({ seed: 'one-form' });
const notary = makeNotary({ now: NOW, keyType: 'rsa-2048' });

/** An envelope whose signature begins with a zero, one in 256 does; and the same without it. */
function zeroFirst(format: 'notation-jws' | 'notation-cose'): { readonly whole: Buffer; readonly short: Buffer } {
  const read = (signature: unknown): Buffer => (typeof signature === 'string' ? Buffer.from(signature, 'base64url') : Buffer.from(signature as Uint8Array));
  for (let turn = 1; ; turn += 1) {
    let isFound = false;
    let isCut = false;
    const made = (): Buffer => notarySign({
      notary, format, target: descriptorOf(image), at: NOW - turn * 1000,
      map(envelope) {
        const signature = read(envelope['signature']);
        isFound = signature[0] === 0;
        const cut = signature.subarray(1);
        return !isFound || !isCut ? envelope : { ...envelope, signature: format === 'notation-jws' ? cut.toString('base64url') : cut };
      },
    });
    const whole = made();
    if (!isFound) continue;
    // PSS is signed with another salt each time: the next one that begins so is cut.
    isCut = true;
    for (;;) {
      const short = made();
      if (isFound) return { whole, short };
    }
  }
}

test.each(['notation-jws', 'notation-cose'] as const)('%s', async (format) => {
  const { whole, short } = zeroFirst(format);
  const verdict = (bytes: Buffer): Promise<string> =>
    judgeNotation({ root: { ca: notary.root.pem }, digest: image.digest, now: NOW, evidence: [envelopeEvidence(format, bytes, image.manifest)] });
  expect(await verdict(whole)).toBe('admit POLICY_SATISFIED');
  expect(await verdict(short)).toBe('deny VERIFY_SIGNATURE_INVALID');
});
