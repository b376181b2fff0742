/** The questions about what statements say: asked of the examiner, and undetermined where no answer comes in time. */
import type { Examination, Examined, RequestFacts, StatementExaminer } from '../domain/policy/content-check.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import type { Deadline } from '../flow/deadline.ts';
import { createInquiry } from './inquiry.ts';
import type { Inquiry } from './inquiry.ts';

/** The answers about the content of statements that one judgement needs. */
export type Examinations = Inquiry<Examination, Examined>;

/** Makes the inquiry about statements: what the examiner remembers is known at once, everything else is examined in another thread. */
export function createExaminations(examiner: StatementExaminer | undefined, deadline: Deadline): Examinations {
  return createInquiry<Examination, Examined>({
    keyOf: ({ key }) => key,
    known: ({ key }) => examiner?.known(key),
    answer: (examination) => examiner?.examine(examination, deadline.work) ?? NO_EXAMINER,
    late: () => LATE,
  }, deadline);
}

const NO_EXAMINER: Examined = { ok: false, code: 'ENGINE_FAULT', cause: 'nothing here can examine what attestations say' };
const LATE: Examined = { ok: false, code: 'ENGINE_DEADLINE', cause: 'the request ended before the examination did' };

/** The request as conditions see it. */
export function requestFacts({ namespace, name, operation, kind, user }: ReviewRequest): RequestFacts {
  return { namespace, name, operation, group: kind.group, kind: kind.kind, username: user.username, groups: user.groups };
}
