import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision } from '../../domain/decision/decision.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { decisionTime } from '../../intake/deadline.ts';
import { answerSoon, refuse } from './answers.ts';
import { readBody } from './body.ts';
import { Caller } from './caller.ts';
import type { SurfaceDeps } from './deps.ts';
import type { ReadReview, ReviewProtocol } from './protocol.ts';
import { askedTimeout } from './query.ts';
import { unjudged } from './refusal.ts';

/** Answers one request at the path of a review protocol; `query` is what stands behind the question mark. */
export type ReviewHandler = (request: IncomingMessage, response: ServerResponse, query: string) => void;

/** How many bodies of the largest size may be in memory at once. */
const BUFFERED_BODIES = 32;

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * Serves one review protocol, straight on `node:http`: the API server waits for it with every pod, and the
 * framework's routing would cost as much as a decision from memory.
 *
 * A readable review always gets HTTP 200: the API server shows the user the message of an answer, but of an
 * error status only the number. Whatever is thrown behind becomes ENGINE_FAULT, and denies.
 */
export function createReviewHandler(protocol: ReviewProtocol, deps: SurfaceDeps): ReviewHandler {
  return (request, response, query) => {
    if (request.method !== 'POST')
      return refuse(
        response,
        deps,
        405,
        { code: 'INPUT_NOT_A_REVIEW', message: `expected POST, found ${request.method ?? 'nothing'}` },
        { allow: 'POST' },
      );
    const announced = screen(request, response, deps);
    if (announced === undefined) return;
    deps.load.bufferedBytes += announced;
    const free = (): void => { deps.load.bufferedBytes -= announced; };
    readBody(request, deps.limits.bodyBytes, {
      cut: free,
      tooLarge() {
        free();
        refuse(response, deps, 413, { code: 'INPUT_TOO_LARGE', message: `expected at most ${deps.limits.bodyBytes} bytes, found more` });
      },
      whole(body) {
        free();
        answerReview({ protocol, response, query, receivedAt: deps.clock.now(), deps }, body);
      },
    });
  };
}

/** The bytes to reckon with, or `undefined` after refusing what must not be read: other content types, too many bytes at once. */
function screen({ headers }: IncomingMessage, response: ServerResponse, deps: SurfaceDeps): number | undefined {
  if (!JSON_TYPE.test(headers['content-type'] ?? '') || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    return void refuse(response, deps, 415, {
      code: 'INPUT_CONTENT_TYPE',
      message: 'expected Content-Type: application/json in UTF-8, not compressed',
    });
  }
  const announced = Number(headers['content-length'] ?? deps.limits.bodyBytes);
  if (announced > deps.limits.bodyBytes)
    return void refuse(response, deps, 413, {
      code: 'INPUT_TOO_LARGE',
      message: `expected at most ${deps.limits.bodyBytes} bytes, found ${announced}`,
    });
  if (deps.load.bufferedBytes + announced > BUFFERED_BODIES * deps.limits.bodyBytes) {
    return void refuse(response, deps, 503, { code: 'ENGINE_OVERLOADED', message: 'too many large requests at once, retry' });
  }
  return announced;
}

/** A request whose body is there. */
interface Exchange {
  readonly protocol: ReviewProtocol;
  readonly response: ServerResponse;
  readonly query: string;
  readonly receivedAt: number;
  readonly deps: SurfaceDeps;
}

type Read = ReadReview & { readonly ok: true };

function answerReview(exchange: Exchange, body: Uint8Array): void {
  const { response, deps } = exchange;
  const read = readReview(exchange, body);
  if (!read.ok) return refuse(response, deps, 400, read);
  const decision = deps.load.inFlight >= deps.limits.maxInFlight ? overloaded(read.review, exchange) : judge(read.review, exchange);
  if (decision instanceof Promise) void decision.then((late) => answerSoon(response, encode(exchange, late, read), deps.draining()));
  else answerSoon(response, encode(exchange, decision, read), deps.draining());
}

function readReview({ protocol, deps }: Exchange, body: Uint8Array): ReadReview {
  try {
    return protocol.read(body);
  } catch (cause) {
    deps.events.fault(cause);
    return { ok: false, code: 'INPUT_NOT_A_REVIEW', message: 'the review cannot be read' };
  }
}

/** The decision: at once when the engine knows it; a promise of it never rejects. */
function judge(review: ReviewRequest, exchange: Exchange): Decision | Promise<Decision> {
  const { deps, receivedAt } = exchange;
  const caller = new Caller(exchange.response, receivedAt + decisionTime(askedTimeout(exchange.query) ?? deps.budget));
  const fault = (cause: unknown): Decision => {
    deps.events.fault(cause);
    return recorded(unjudged(review, 'ENGINE_FAULT', moment(exchange)), review, deps);
  };
  try {
    const decision = deps.admit(review, caller);
    return decision instanceof Promise ? waitedFor(decision, fault, caller, deps) : decision;
  } catch (cause) {
    return fault(cause);
  }
}

async function waitedFor(
  decision: Promise<Decision>,
  fault: (cause: unknown) => Decision,
  caller: Caller,
  deps: SurfaceDeps,
): Promise<Decision> {
  deps.load.inFlight += 1;
  try {
    return await decision;
  } catch (cause) {
    return fault(cause);
  } finally {
    deps.load.inFlight -= 1;
    caller.release();
  }
}

function overloaded(review: ReviewRequest, exchange: Exchange): Decision {
  exchange.deps.events.shed(review.surface);
  return recorded(unjudged(review, 'ENGINE_OVERLOADED', moment(exchange)), review, exchange.deps);
}

function recorded(decision: Decision, review: ReviewRequest, deps: SurfaceDeps): Decision {
  try {
    deps.recorder.record(decision, review);
  } catch (cause) {
    deps.events.fault(cause);
  }
  return decision;
}

function encode(exchange: Exchange, decision: Decision, { apiVersion, review }: Read): string {
  const { protocol, deps } = exchange;
  const envelope = { apiVersion, uid: review.uid };
  try {
    return JSON.stringify(protocol.answer(decision, envelope));
  } catch (cause) {
    deps.events.fault(cause);
    const { id, at, durationMs } = decision;
    return JSON.stringify(protocol.answer(unjudged(review, 'ENGINE_FAULT', { id, at, durationMs }), envelope));
  }
}

function moment({ receivedAt, deps }: Exchange): { readonly id: string; readonly at: number; readonly durationMs: number } {
  return { id: deps.newId(receivedAt), at: receivedAt, durationMs: Math.max(0, deps.clock.now() - receivedAt) };
}
