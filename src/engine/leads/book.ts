/** The book in which the leads of one request are kept: each is judged once, within bounds, and nobody waits for himself. */
import type { LeadAnswer, LeadKind, LeadQuestion, Leads, Trail } from './lead.ts';

/** Leads further down than this are not followed: base images of base images of base images. */
const DEEPEST = 8;
/** Leads that one request may have judged, of all kinds through which more is found. */
const MOST = 100;

/** The leads of one request, each judged once for all who ask. */
export interface LeadBook<Request> {
  /** The rules by which they are judged. */
  readonly rules: Leads<Request>;
  /** What the lead comes to: judged before, judged now for whoever stands on the trail, or not followed. */
  follow<K extends LeadKind>(kind: K, question: LeadQuestion<K>, trail: Trail<Request>): LeadAnswer<K> | Promise<LeadAnswer<K>>;
  /** True once somebody would have had to wait for himself. */
  readonly circular: boolean;
  /** How many leads have been let in so far. */
  readonly admitted: number;
  /** Forgets all answers that a circle may be to blame for: who is refused in a circle may depend on who was asked first. */
  forgetRefusals(): void;
}

/**
 * Makes the book of one request. Whoever would have to wait for himself is told so: two images whose provenance names each
 * other prove nothing. Depth and number are bounded, and time is by the request's deadline.
 */
export function createLeadBook<Request>(rules: Leads<Request>): LeadBook<Request> {
  return new Book(rules);
}

type Answers = { readonly [K in LeadKind]: Map<string, Promise<LeadAnswer<K>>> };

class Book<Request> implements LeadBook<Request> {
  readonly rules: Leads<Request>;
  // Made when needed: most requests lead to nothing.
  #answers: Answers | undefined;
  #waiting: Map<string, string[]> | undefined;
  #refused: (() => void)[] | undefined;
  /** How many leads of kinds with bounds are in `#answers`. */
  #followed = 0;
  circular = false;
  admitted = 0;

  constructor(rules: Leads<Request>) {
    this.rules = rules;
  }

  follow<K extends LeadKind>(kind: K, question: LeadQuestion<K>, trail: Trail<Request>): LeadAnswer<K> | Promise<LeadAnswer<K>> {
    const { onward, keyOf } = this.rules[kind];
    const key = `${kind} ${keyOf(question)}`;
    const asker = trail.node.key;
    if (onward !== undefined && waitsFor(this.#waiting, key, asker)) {
      this.circular = true;
      return onward.stopped(question, { why: 'circle' });
    }
    const known = this.#answersOf(kind).get(key);
    if (onward === undefined) return known ?? this.#judge(kind, key, question, trail);
    if (known === undefined && trail.node.depth >= DEEPEST) return onward.stopped(question, { why: 'depth', most: DEEPEST });
    if (known === undefined && this.#followed >= MOST) return onward.stopped(question, { why: 'number', most: MOST });
    if (asker !== '') (this.#waiting ??= new Map<string, string[]>()).set(asker, [...(this.#waiting.get(asker) ?? []), key]);
    return known ?? this.#judge(kind, key, question, trail);
  }

  forgetRefusals(): void {
    for (const forget of this.#refused ?? []) forget();
    this.#refused = undefined;
  }

  #answersOf<K extends LeadKind>(kind: K): Answers[K] {
    return (this.#answers ??= { image: new Map(), revision: new Map() })[kind];
  }

  #judge<K extends LeadKind>(kind: K, key: string, question: LeadQuestion<K>, trail: Trail<Request>): Promise<LeadAnswer<K>> {
    const { judge, onward } = this.rules[kind];
    const judging = judge(question, { ...trail, node: { key, depth: trail.node.depth + 1 } });
    const answers = this.#answersOf(kind);
    if (onward === undefined) {
      answers.set(key, judging);
      return judging;
    }
    this.#followed += 1;
    const forget = (): void => {
      if (answers.delete(key)) this.#followed -= 1;
    };
    const settled = judging.then((answer) => {
      if (onward.admits(answer)) this.admitted += 1;
      else (this.#refused ??= []).push(forget);
      this.#waiting?.delete(key);
      return answer;
    });
    answers.set(key, settled);
    return settled;
  }
}

/** Whether `from` waits for `to`, directly or by way of others. */
function waitsFor(
  waiting: ReadonlyMap<string, readonly string[]> | undefined,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (waiting?.get(from) ?? []).some((next) => waitsFor(waiting, next, to, seen));
}

/**
 * Repeats work as long as leads in a circle may have been refused too early: one that was met on the way to itself can still
 * be proven in another way, and then counts for those who were refused because of it.
 */
export async function untilSettled<Result>(
  book: Pick<LeadBook<never>, 'circular' | 'admitted' | 'forgetRefusals'>,
  work: () => Promise<Result>,
  isSettled: (result: Result) => boolean,
): Promise<Result> {
  let result = await work();
  for (let before = -1; book.circular && book.admitted > before && !isSettled(result);) {
    before = book.admitted;
    book.forgetRefusals();
    result = await work();
  }
  return result;
}
