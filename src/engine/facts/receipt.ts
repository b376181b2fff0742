/** A receipt, read by whoever knows the keys of receipts. */
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import type { Ways } from './ways.ts';

/** Reads the text by our clock, or as of a moment before. Without a reader nothing is known, which never admits. */
export async function findReceipt(
  { text, purpose, at }: QuestionOf<'receipt'>, { context: { ports } }: Ways,
): Promise<FactAnswer<'receipt'>> {
  if (ports.receipts === undefined) return { known: false, cause: 'no receipts are read here' };
  return { known: true, value: await ports.receipts.read(text, purpose, at ?? ports.clock.now()) };
}
