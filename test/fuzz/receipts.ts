/** Receipts as strangers write them: whatever comes of their bytes is a code, or a receipt that our key has signed. */
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { pae } from '../../src/pki/signatures/pae.ts';
import { createReceipts } from '../../src/vouch/index.ts';
import { mutated } from './bytes.ts';
import { mutatedJson } from './json.ts';

const now = Date.UTC(2026, 10, 30);
const TYPE = 'application/vnd.in-toto+json';
const { privateKey } = generateKeyPairSync('ed25519');
const receipts = createReceipts({
  verifier: 'https://gate.example', version: '1', lastsMs: 3_600_000, now: () => now,
  keyless: {
    sign: () => Promise.reject(new Error('never')), after: () => undefined, signed: () => undefined, failed: () => undefined,
    prove: () => Promise.resolve({ ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED', cause: 'nobody' }),
  },
});
const keys = createReceipts({ verifier: 'https://gate.example', version: '1', lastsMs: 3_600_000, now: () => now });
const file = { name: 'key', text: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
receipts.take([file]);
keys.take([file]);

const issued = keys.issuer.issue({
  purpose: 'gate', id: 'a', at: now, subjects: [{ name: 'x', digest: `sha256:${'ab'.repeat(32)}` }], resource: 'x', usage: 'dependency', caller: 'me',
  run: 'uid', policies: 'cd'.repeat(32), inputs: [{ uri: 'referrer', digest: `sha256:${'ef'.repeat(32)}` }], levels: ['SLSA_BUILD_LEVEL_3'],
});
const good = issued.state === 'signed' ? issued.text : '';
const envelope = JSON.parse(good) as { payload: string; signatures: readonly { keyid: string }[] };
const statement: unknown = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {}, dsseEnvelope: envelope };

/** Signed by our key, whatever it says: the reading behind the signature sees hostile bytes, too. */
function sealed(payload: Uint8Array): string {
  const sig = sign(null, pae(TYPE, payload), privateKey).toString('base64');
  return JSON.stringify({ payload: Buffer.from(payload).toString('base64'), payloadType: TYPE, signatures: [{ keyid: envelope.signatures[0]?.keyid, sig }] });
}

/** A text, and whether our key has signed what is in it. */
export const receiptTexts: fc.Arbitrary<{ readonly text: string; readonly signed: boolean }> = fc.oneof(
  mutated([Buffer.from(good)]).map((bytes) => ({ text: Buffer.from(bytes).toString('utf8'), signed: false })),
  mutatedJson([envelope, bundle]).map((bytes) => ({ text: Buffer.from(bytes).toString('utf8'), signed: false })),
  mutatedJson([statement]).map((bytes) => ({ text: sealed(bytes), signed: true })),
);

/** Reads it for both purposes; throws when a changed payload counts although nobody has signed it. */
export async function readReceiptText({ text, signed }: { readonly text: string; readonly signed: boolean }): Promise<void> {
  for (const purpose of ['gate', 'publish'] as const) {
    const read = await receipts.reader.read(text, purpose, now);
    if (!read.ok || signed) continue;
    const { payload } = JSON.parse(text) as { payload: string };
    if (payload !== envelope.payload) throw new Error('a receipt that nobody has signed counts');
  }
}
