/** What a judgement does not know yet is noted as a question, so that judging itself can stay pure. */
import type { Deadline } from '../flow/deadline.ts';

/** Questions that come up while one artifact is judged, and their answers. */
export interface Inquiry<Question, Answer> {
  /** The answer if it is known; else the question is noted, to be answered before the judgement is repeated. */
  ask(question: Question): Answer | undefined;
  /** True when questions have been noted since the last call of `answer`. */
  readonly open: boolean;
  /** Has the noted questions answered, in time or with what lateness means. */
  answer(): Promise<void>;
}

/** How questions of one sort are told apart and answered. */
export interface InquiryRules<Question, Answer> {
  /** Names everything that the answer depends on. */
  keyOf(question: Question): string;
  /** The answer, if nothing has to be waited for. */
  known?(question: Question): Answer | undefined;
  answer(question: Question): Answer | Promise<Answer>;
  /** The answer when the request ended first. */
  late(): Answer;
}

/**
 * Makes the inquiry of one artifact in one request. Judging is a pure function of what is known: where an answer is
 * missing the requirement is undetermined, the question is asked, and judging is repeated with the answer. What is
 * remembered is there at once, so a decision from memory is judged once and waits for nothing.
 */
export function createInquiry<Question, Answer>(rules: InquiryRules<Question, Answer>, deadline: Deadline): Inquiry<Question, Answer> {
  return new Inquiries(rules, deadline);
}

// A class, like everything here that is made for each request: the accessors of a literal make a hidden class of their own for each object.
class Inquiries<Question, Answer> implements Inquiry<Question, Answer> {
  readonly #rules: InquiryRules<Question, Answer>;
  readonly #deadline: Deadline;
  // Made when needed: most requirements have no questions.
  #answers: Map<string, Answer> | undefined;
  #noted: Map<string, Question> | undefined;

  constructor(rules: InquiryRules<Question, Answer>, deadline: Deadline) {
    this.#rules = rules;
    this.#deadline = deadline;
  }

  get open(): boolean {
    return this.#noted !== undefined && this.#noted.size > 0;
  }

  /** Bound to this inquiry: judging is handed the function alone. */
  readonly ask = (question: Question): Answer | undefined => {
    const key = this.#rules.keyOf(question);
    const known = this.#answers?.get(key) ?? this.#rules.known?.(question);
    if (known === undefined) (this.#noted ??= new Map()).set(key, question);
    return known;
  };

  async answer(): Promise<void> {
    const questions = [...(this.#noted ?? [])];
    this.#noted = undefined;
    const given = (this.#answers ??= new Map<string, Answer>());
    await Promise.all(questions.map(async ([key, question]) => {
      given.set(key, (await this.#deadline.race(this.#rules.answer(question))) ?? this.#rules.late());
    }));
  }
}
