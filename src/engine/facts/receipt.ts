/** What a text is worth that stands as a receipt. */
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import type { Ways } from './ways.ts';

/** Reads it with the keys of this gate; without any it is not known. */
export async function findReceipt({ text, at }: QuestionOf<'receipt'>, { context: { ports } }: Ways): Promise<FactAnswer<'receipt'>> {
  if (ports.receipts === undefined) return { known: false, cause: 'this gate has no keys for receipts' };
  return { known: true, value: await ports.receipts.read(text, 'gate', at ?? ports.clock.now()) };
}
