import type { Examination, Examined, RequestFacts, StatementExaminer } from '../domain/content.ts';
import type { ReviewRequest } from '../domain/review.ts';
import type { Deadline } from './deadline.ts';

/** The answers about statements that one judgement needs. */
export interface Examinations {
  /** The answer if it is known; else the question is noted, to be answered before the judgement is repeated. */
  ask(examination: Examination): Examined | undefined;
  /** True when questions have been noted since the last call of `answer`. */
  readonly open: boolean;
  /** Has the noted questions answered, in time or with ENGINE_DEADLINE. */
  answer(): Promise<void>;
}

/**
 * Makes the answers of one artifact in one request. Judging is a pure function of what is known: where an answer is
 * missing the requirement is undetermined, the question is asked, and judging is repeated with the answer. What the
 * examiner remembers is there at once, so a decision from memory is judged once and waits for nothing.
 */
export function createExaminations(examiner: StatementExaminer | undefined, deadline: Deadline): Examinations {
  const answers = new Map<string, Examined>();
  const noted = new Map<string, Examination>();
  return {
    ask(examination) {
      const known = answers.get(examination.key) ?? examiner?.known(examination.key);
      if (known === undefined) noted.set(examination.key, examination);
      return known;
    },
    get open() {
      return noted.size > 0;
    },
    async answer() {
      const questions = [...noted.values()];
      noted.clear();
      await Promise.all(questions.map(async (question) => {
        const examined = await deadline.race(examiner?.examine(question, deadline.signal) ?? NO_EXAMINER);
        answers.set(question.key, examined ?? LATE);
      }));
    },
  };
}

const NO_EXAMINER: Examined = { ok: false, code: 'ENGINE_FAULT', cause: 'nothing here can examine what attestations say' };
const LATE: Examined = { ok: false, code: 'ENGINE_DEADLINE', cause: 'the request ended before the examination did' };

/** The request as conditions see it. */
export function requestFacts({ namespace, name, operation, kind, user }: ReviewRequest): RequestFacts {
  return { namespace, name, operation, group: kind.group, kind: kind.kind, username: user.username, groups: user.groups };
}
