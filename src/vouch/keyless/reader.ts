/** Bundles read back: proven by the verification of evidence, then held against what any receipt is. */
import type { ReadReceipt, ReceiptReader } from '../../domain/gate/receipt.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { jsonValue, readJsonText } from '../../text/json/read.ts';
import { readSaid } from '../reader.ts';
import type { SaidContext } from '../reader.ts';
import { PAYLOAD_TYPE, readStatement } from '../statement.ts';

/** What proves a bundle about a digest; given by the wiring, which knows verification. Never rejects. */
export type ProveBundle = (text: string, digest: string, now: number) => Promise<ProvenBundle>;

/** A statement that our own identity has signed, as it was verified, or why the bundle proves none. */
export type ProvenBundle =
  /** `fingerprint`: of the certificate, `sha256:<hex>`. */
  | { readonly ok: true; readonly statement: unknown; readonly fingerprint: string }
  | { readonly ok: false; readonly code: 'VERIFY_RECEIPT_UNTRUSTED' | 'VERIFY_RECEIPT_INVALID' | 'VERIFY_RECEIPT_REVOKED'; readonly cause: string };

const LIMITS = { maxBytes: 65_536, maxDepth: 16, maxItems: 2048, maxKeys: 128 };

/** True for what may be a bundle, and is no envelope of ours: told apart before either is read. */
export function looksLikeBundle(text: string): boolean {
  return text.length <= LIMITS.maxBytes && text.includes('"dsseEnvelope"');
}

/** Reads receipts that were signed without a key. */
export function createBundleReader(prove: ProveBundle, context: Pick<SaidContext, 'verifier' | 'lastsMs' | 'revoked'>): ReceiptReader {
  return {
    async read(text, purpose, now): Promise<ReadReceipt> {
      const digest = claimedDigest(text);
      if (digest === undefined) return { ok: false, code: 'VERIFY_RECEIPT_MALFORMED', cause: 'is no bundle with a summary as this gate writes them' };
      const proven = await prove(text, digest, now);
      if (!proven.ok) return proven;
      return readSaid(proven.statement, { ...context, keyId: proven.fingerprint, purpose, now });
    },
  };
}

/** What it claims to be about, unverified: verification is asked about a digest. What it says is read from what was verified. */
function claimedDigest(text: string): string | undefined {
  const bundle = readJsonText(text, LIMITS);
  const envelope = bundle.ok ? own(bundle.value, 'dsseEnvelope') : undefined;
  const payload = ownText(envelope, 'payloadType') === PAYLOAD_TYPE ? decodeBase64(ownText(envelope, 'payload'), 'standard') : undefined;
  const read = payload === undefined ? undefined : readStatement(jsonValue(payload, LIMITS));
  return read?.ok === true ? read.said.subjects[0]?.digest : undefined;
}
