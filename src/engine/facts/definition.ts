/** The content of a definition, and what of its signatures holds. */
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import type { Context } from '../context.ts';

/** Not found yet. */
export function findDefinition(_question: QuestionOf<'definition'>, _context: Context): Promise<FactAnswer<'definition'>> {
  return Promise.resolve({ known: false, cause: 'definitions are not read yet' });
}
