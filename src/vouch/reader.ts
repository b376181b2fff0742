/** Receipts read back: the signature by a key of ours first, then what was signed, by our clock and under today's revocations. */
import type { ReadReceipt, Receipt, ReceiptPurpose, ReceiptReader, ReceiptRevocations } from '../domain/gate/receipt.ts';
import { readJsonBytes } from '../text/json/read.ts';
import { isSealedBy, readEnvelope } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import { purposeOf, readStatement, verifierId } from './statement.ts';
import type { Author } from './statement.ts';

/** What is read with. */
export interface ReaderOptions extends Pick<Author, 'verifier'> {
  readonly ring: Pick<KeyRing, 'find'>;
  /** Milliseconds for which a receipt of the gate holds, as it is configured now: one that says longer ends earlier. */
  readonly lastsMs: number;
  readonly revoked: ReceiptRevocations;
}

/** Clocks of two replicas may differ by so much. */
const CLOCK_SKEW = 60_000;
const PAYLOAD_LIMITS = { maxBytes: 16_384, maxDepth: 16, maxItems: 1024, maxKeys: 256 };

/** Reads receipts of ours. What it says of a text depends on keys, revocations and the moment alone; it asks nobody. */
export function createReader(options: ReaderOptions): ReceiptReader {
  return {
    read(text, purpose, now) {
      const envelope = readEnvelope(text);
      if (typeof envelope === 'string') return { ok: false, code: 'VERIFY_RECEIPT_MALFORMED', cause: envelope };
      const key = options.ring.find(envelope.keyId);
      if (key === undefined) return { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED', found: shown(envelope.keyId) };
      if (!isSealedBy(key, envelope)) return { ok: false, code: 'VERIFY_RECEIPT_INVALID', found: key.keyId };
      const json = readJsonBytes(envelope.payload, PAYLOAD_LIMITS);
      if (!json.ok) return { ok: false, code: 'VERIFY_RECEIPT_MALFORMED', cause: 'payload is no JSON that can be read in one way only' };
      return readSaid(json.value, { ...options, keyId: key.keyId, purpose, now });
    },
  };
}

/** What a signed statement is read for. */
export interface SaidContext extends Omit<ReaderOptions, 'ring'> {
  readonly keyId: string;
  readonly purpose: ReceiptPurpose;
  readonly now: number;
}

/** Reads a statement whose signature holds: form, purpose, result, times and revocations, in this order. */
export function readSaid(statement: unknown, { keyId, purpose, now, verifier: ours, lastsMs, revoked }: SaidContext): ReadReceipt {
  const read = readStatement(statement);
  if (!read.ok) return { ok: false, code: 'VERIFY_RECEIPT_MALFORMED', cause: read.problem };
  const { verifier, passed, ...said } = read.said;
  if (purposeOf(verifier, { verifier: ours }) !== purpose)
    return { ok: false, code: 'POLICY_RECEIPT_PURPOSE', expected: verifierId({ verifier: ours }, purpose), found: shown(verifier) };
  if (!passed) return { ok: false, code: 'VERIFY_RECEIPT_MALFORMED', cause: 'its result is not PASSED' };
  if (said.at > now + CLOCK_SKEW) return { ok: false, code: 'POLICY_RECEIPT_EARLY', expected: `at most ${timeOf(now)}`, found: timeOf(said.at) };
  const expiresAt = purpose === 'gate' ? Math.min(said.expiresAt, said.at + lastsMs) : said.expiresAt;
  if (now >= expiresAt) return { ok: false, code: 'POLICY_RECEIPT_EXPIRED', expected: `until ${timeOf(expiresAt)}`, found: timeOf(now) };
  const receipt: Receipt = { ...said, purpose, keyId, expiresAt };
  const why = revoked({ id: receipt.id, keyId, digests: receipt.subjects.map(({ digest }) => digest) });
  return why === undefined ? { ok: true, receipt } : { ok: false, code: 'VERIFY_RECEIPT_REVOKED', cause: why };
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

/** Texts of strangers are cut; whoever shows them escapes them. */
function shown(text: string): string {
  return text.slice(0, 160);
}
