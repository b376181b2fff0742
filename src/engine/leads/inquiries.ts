/** The questions of one artifact about what it leads to, one inquiry for each kind of lead. */
import type { Context } from '../context.ts';
import { createInquiry } from '../inquiry.ts';
import type { Inquiry } from '../inquiry.ts';
import type { LeadAnswer, LeadKind, LeadQuestion, Trail } from './lead.ts';

/** What one artifact asks about everything that it leads to. */
export interface LeadInquiries {
  /** What the lead came to, if it is known; else the question is noted, to be answered before the judgement is repeated. */
  ask<K extends LeadKind>(kind: K, question: LeadQuestion<K>): LeadAnswer<K> | undefined;
  /** True when questions have been noted since the last call of `answer`. */
  readonly open: boolean;
  /** Has the noted questions answered by the book of the request, in time or with what lateness means. */
  answer(): Promise<void>;
}

/** Makes the inquiries of one artifact. What they need is made with the first question, and most artifacts have none. */
export function createLeadInquiries(trail: Trail<Context>): LeadInquiries {
  return new Inquiries(trail);
}

type ByKind = { readonly [K in LeadKind]: Inquiry<LeadQuestion<K>, LeadAnswer<K>> };

class Inquiries implements LeadInquiries {
  readonly #trail: Trail<Context>;
  #byKind: ByKind | undefined;

  constructor(trail: Trail<Context>) {
    this.#trail = trail;
  }

  ask<K extends LeadKind>(kind: K, question: LeadQuestion<K>): LeadAnswer<K> | undefined {
    const byKind = (this.#byKind ??= { image: inquiryInto('image', this.#trail), revision: inquiryInto('revision', this.#trail) });
    return byKind[kind].ask(question);
  }

  get open(): boolean {
    return this.#byKind !== undefined && Object.values(this.#byKind).some(({ open }) => open);
  }

  async answer(): Promise<void> {
    await Promise.all(Object.values(this.#byKind ?? {}).map((inquiry) => (inquiry.open ? inquiry.answer() : undefined)));
  }
}

function inquiryInto<K extends LeadKind>(kind: K, trail: Trail<Context>): Inquiry<LeadQuestion<K>, LeadAnswer<K>> {
  const { context } = trail;
  const { leads } = context;
  const rules = leads.rules[kind];
  return createInquiry<LeadQuestion<K>, LeadAnswer<K>>({
    keyOf: rules.keyOf,
    known: (question) => rules.known?.(question, context),
    answer: (question) => leads.follow(kind, question, trail),
    late: () => rules.late(context),
  }, context.deadline);
}
