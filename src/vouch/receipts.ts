/** Receipts as they are signed and read back, with the keys of the moment. */
import type { ReceiptIssuer, ReceiptReader } from '../domain/gate/receipt.ts';

/** What receipts are made with. */
export interface ReceiptOptions {
  /** Begins the verifier ids. */
  readonly verifier: string;
  /** Milliseconds for which a receipt of the gate holds. */
  readonly lastsMs: number;
}

export interface Receipts {
  readonly issuer: ReceiptIssuer;
  readonly reader: ReceiptReader;
}

/** Without keys nothing is signed, and nothing counts. */
export function createReceipts(_options: ReceiptOptions): Receipts {
  return {
    issuer: {
      issue: () => ({ state: 'none', why: 'no key for receipts is configured (gate.receipts.keys)' }),
      issued: () => undefined,
      keys: () => ({ keys: [] }),
    },
    reader: { read: () => ({ ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED', cause: 'no key for receipts is configured' }) },
  };
}
