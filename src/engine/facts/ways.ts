/** How an answer is found: by what the request knows, and by further questions on the way to it. */
import type { FactAnswer, FactKind, QuestionOf } from '../../domain/build/facts.ts';
import type { Context } from '../context.ts';

/** Asks another question on the way to an answer: what two answers rest on is looked up once, and the same for both. */
export type FindFact = <K extends FactKind>(question: QuestionOf<K>) => Promise<FactAnswer<K>>;

/** What finders go by. */
export interface Ways {
  readonly context: Context;
  readonly find: FindFact;
}
