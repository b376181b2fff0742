/** How a body becomes an answer: a review that can be read gets a decision, and a denial where nobody could judge it. */
import type { ServerResponse } from 'node:http';
import type { Decision } from '../../domain/decision/decision.ts';
import { withoutObjects } from '../../domain/decision/review.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { decisionTime } from '../../intake/deadline.ts';
import { Answers } from './answers.ts';
import { AskedTimeouts, Budget } from './budget.ts';
import type { SurfaceDeps } from './deps.ts';
import type { ReadReview, ReceivedReview, ReviewProtocol } from './protocol.ts';
import { refuse } from './refuse.ts';
import { unjudged } from './unjudged.ts';
import type { Moment } from './unjudged.ts';

/** Reads one body, for the caller that it came from. */
export type BodyReading = (body: Uint8Array) => ReadReview | Promise<ReadReview>;

/** A request whose body is there; `receivedAt` in epoch milliseconds. */
interface Exchange {
  readonly response: ServerResponse;
  readonly query: string;
  readonly receivedAt: number;
  /** Length of the body. */
  readonly bytes: number;
}

/** A decision that is still to come, and the budget in which it does. */
interface Later {
  readonly decision: Promise<Decision>;
  readonly budget: Budget;
}

/** A decision that is there, or one that is not. */
type Judged = { readonly now: Decision; readonly later?: undefined } | { readonly now?: undefined; readonly later: Later };

/**
 * Answers the reviews of one protocol on one server: body read, judged, answered; each at once unless it has to be waited for.
 *
 * A readable review always gets HTTP 200: the API server shows the user the message of an answer, but of an
 * error status only the number. Whatever is thrown behind becomes ENGINE_FAULT, and denies.
 */
export class Reviews {
  readonly #answer: ReviewProtocol['answer'];
  readonly #deps: SurfaceDeps;
  readonly #answers = new Answers();
  readonly #timeouts = new AskedTimeouts();

  constructor(protocol: Pick<ReviewProtocol, 'answer'>, deps: SurfaceDeps) {
    this.#answer = (decision, received) => protocol.answer(decision, received);
    this.#deps = deps;
  }

  /** Answers the review that `body` holds; never throws. */
  take(exchange: Exchange, body: Uint8Array, read: BodyReading): void {
    const received = this.#read(body, read);
    if (received instanceof Promise) void received.then((late) => this.#judgeRead(exchange, late));
    else this.#judgeRead(exchange, received);
  }

  #read(body: Uint8Array, read: BodyReading): ReadReview | Promise<ReadReview> {
    const unreadable = (cause: unknown): ReadReview => {
      this.#deps.events.fault(cause);
      return { ok: false, code: 'INPUT_NOT_A_REVIEW', message: 'the review cannot be read' };
    };
    try {
      const received = read(body);
      return received instanceof Promise ? received.catch(unreadable) : received;
    } catch (cause) {
      return unreadable(cause);
    }
  }

  #judgeRead(exchange: Exchange, read: ReadReview): void {
    if (!read.ok) return refuse(exchange.response, this.#deps.events, { status: 400, code: read.code, message: read.message });
    const { now, later } = this.#judge(exchange, read.review);
    if (now !== undefined) return this.#reply(exchange.response, now, read);
    // What waits keeps nothing of the object: an answer repeats uid and version alone.
    void this.#replyLater(later, exchange, { apiVersion: read.apiVersion, review: withoutObjects(read.review) });
  }

  /** The decision: at once when the engine knows it. */
  #judge(exchange: Exchange, review: ReviewRequest): Judged {
    const { admit, load } = this.#deps;
    const deadline = exchange.receivedAt + this.#budgetOf(exchange);
    const budget = new Budget(exchange.response, deadline, { load, bytes: exchange.bytes });
    try {
      const decision = admit(review, budget);
      return decision instanceof Promise ? { later: { decision, budget } } : { now: decision };
    } catch (cause) {
      return { now: this.#fault(cause, exchange, review) };
    }
  }

  async #replyLater({ decision, budget }: Later, exchange: Exchange, kept: ReceivedReview): Promise<void> {
    const { load } = this.#deps;
    load.inFlight += 1;
    let judged: Decision;
    try {
      judged = await decision;
    } catch (cause) {
      judged = this.#fault(cause, exchange, kept.review);
    }
    load.inFlight -= 1;
    budget.release();
    this.#reply(exchange.response, judged, kept);
  }

  #fault(cause: unknown, exchange: Exchange, review: ReviewRequest): Decision {
    this.#deps.events.fault(cause);
    return this.#recorded(unjudged(review, 'ENGINE_FAULT', this.#moment(exchange)), review);
  }

  #recorded(decision: Decision, review: ReviewRequest): Decision {
    try {
      this.#deps.recorder.record(decision, review);
    } catch (cause) {
      this.#deps.events.fault(cause);
    }
    return decision;
  }

  /** Milliseconds from the arrival in which to decide, by what the caller says it waits. */
  #budgetOf({ query }: Exchange): number {
    return decisionTime(this.#timeouts.of(query) ?? this.#deps.budget);
  }

  #moment(exchange: Exchange): Moment {
    const { receivedAt: at } = exchange;
    return { id: this.#deps.newId(at), at, durationMs: Math.max(0, this.#deps.clock.now() - at), budgetMs: this.#budgetOf(exchange) };
  }

  /** Writes the answer, or that of a fault where it cannot be made; where not even that can be, a status 500 stands for it. */
  #reply(response: ServerResponse, decision: Decision, received: ReceivedReview): void {
    const failed = (cause: unknown): void => {
      this.#deps.events.fault(cause);
      refuse(response, this.#deps.events, { status: 500, code: 'ENGINE_FAULT', message: 'internal error' });
    };
    try {
      const text = this.#encode(decision, received);
      if (text instanceof Promise) text.then((late) => this.#answers.add(response, late, this.#deps.draining())).catch(failed);
      else this.#answers.add(response, text, this.#deps.draining());
    } catch (cause) {
      failed(cause);
    }
  }

  #encode(decision: Decision, received: ReceivedReview): string | Promise<string> {
    try {
      const text = encoded(this.#answer(decision, received));
      return text instanceof Promise ? text.catch((cause: unknown) => this.#encodeFault(cause, decision, received)) : text;
    } catch (cause) {
      return this.#encodeFault(cause, decision, received);
    }
  }

  #encodeFault(cause: unknown, { id, at, durationMs }: Decision, received: ReceivedReview): string | Promise<string> {
    this.#deps.events.fault(cause);
    const moment = { id, at, durationMs, budgetMs: decisionTime(this.#deps.budget) };
    return encoded(this.#answer(unjudged(received.review, 'ENGINE_FAULT', moment), received));
  }
}

function encoded(value: unknown): string | Promise<string> {
  return value instanceof Promise ? value.then((late) => JSON.stringify(late)) : JSON.stringify(value);
}
