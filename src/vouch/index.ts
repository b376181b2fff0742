/** What other rooms may use of receipts and summaries. */
export { createReceipts } from './receipts.ts';
export type { Keyless, Receipts, ReceiptOptions } from './receipts.ts';
export { createSigstoreSigner } from './keyless/sigstore.ts';
export type { ProveBundle, ProvenBundle } from './keyless/reader.ts';
export { readSealingKey } from './sealed.ts';
export type { SealingKey } from './sealed.ts';
