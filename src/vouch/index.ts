/** What other rooms may use of receipts and summaries. */
export { createReceipts } from './receipts.ts';
export type { Receipts, ReceiptOptions } from './receipts.ts';
