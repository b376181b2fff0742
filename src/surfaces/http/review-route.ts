import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../domain/decision.ts';
import type { ReasonCode } from '../../domain/reasons.ts';
import type { ReviewRequest } from '../../domain/review.ts';
import { decisionTime, requestTimeout } from '../../intake/deadline.ts';
import { answerSoon } from './answers.ts';
import type { SurfaceDeps } from './deps.ts';
import { reject } from './reject.ts';
import { unjudged } from './refusal.ts';

/** What a body was read as. A failure means the envelope is unusable: no uid to answer to. */
export type ReadReview =
  | { readonly ok: true; readonly review: ReviewRequest; readonly apiVersion: string }
  | { readonly ok: false; readonly code: ReasonCode; readonly message: string };

/** Limits of the JSON parser for reviews; 512 levels are far beyond every kind there is. */
export const JSON_LIMITS = { maxDepth: 512 } as const;

/** A protocol by which reviews come and go. */
export interface ReviewProtocol {
  readonly path: string;
  read(body: Uint8Array): ReadReview;
  /** The answer as a JSON value; echoes uid and version. */
  answer(decision: Decision, envelope: { readonly apiVersion: string; readonly uid: string }): unknown;
}

/**
 * Serves one review protocol at one path.
 *
 * A readable review always gets HTTP 200: the API server shows the user the message of an answer, but of an
 * error status only the number. Whatever is thrown behind becomes ENGINE_FAULT, and denies.
 */
export function serveReviews(app: FastifyInstance, protocol: ReviewProtocol, deps: SurfaceDeps): void {
  app.post(protocol.path, { onRequest: (request, reply, done) => screen(protocol.path, deps, request, reply, done) }, async (request, reply) => {
    const receivedAt = deps.clock.now();
    const read = readBody(protocol, request, deps);
    if (!read.ok) return reject(reply, deps, 400, read);
    const { review } = read;
    const decision = deps.load.inFlight >= deps.limits.maxInFlight
      ? overloaded(review, receivedAt, deps)
      : await judge(review, { receivedAt, request, reply }, deps);
    answerSoon(reply, encode(protocol, decision, read, deps), deps.draining());
    return reply;
  });
}

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/** Refuses what must not be read at all: other paths that decode to this one, other content types, too many bytes at once. */
function screen(path: string, deps: SurfaceDeps, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { headers, raw } = request;
  if ((raw.url ?? '').split('?', 1)[0] !== path) return void reply.callNotFound();
  if (!JSON_TYPE.test(headers['content-type'] ?? '') || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    return void reject(reply, deps, 415, { code: 'INPUT_CONTENT_TYPE', message: 'expected Content-Type: application/json in UTF-8, not compressed' });
  }
  const announced = Number(headers['content-length'] ?? deps.limits.bodyBytes);
  if (announced > deps.limits.bodyBytes) return void reject(reply, deps, 413, { code: 'INPUT_TOO_LARGE', message: `expected at most ${deps.limits.bodyBytes} bytes, found ${announced}` });
  if (deps.load.bufferedBytes + announced > BUFFERED_BODIES * deps.limits.bodyBytes) {
    return void reject(reply, deps, 503, { code: 'ENGINE_OVERLOADED', message: 'too many large requests at once, retry' });
  }
  deps.load.bufferedBytes += announced;
  reply.raw.once('close', () => { deps.load.bufferedBytes -= announced; });
  done();
}

/** How many bodies of the largest size may be in memory at once. */
const BUFFERED_BODIES = 32;

function readBody(protocol: ReviewProtocol, request: FastifyRequest, deps: SurfaceDeps): ReadReview {
  try {
    return protocol.read(request.body instanceof Uint8Array ? request.body : new Uint8Array());
  } catch (cause) {
    deps.events.fault(cause);
    return { ok: false, code: 'INPUT_NOT_A_REVIEW', message: 'the review cannot be read' };
  }
}

interface Exchange {
  readonly receivedAt: number;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function judge(review: ReviewRequest, { receivedAt, request, reply }: Exchange, deps: SurfaceDeps): Promise<Decision> {
  const caller = callerOf(reply);
  deps.load.inFlight += 1;
  try {
    const asked = (request.query as { readonly timeout?: unknown }).timeout;
    const time = decisionTime(asked === undefined ? deps.budget : requestTimeout(asked));
    return await deps.admit(review, { deadline: receivedAt + time, get signal() { return caller.signal(); } });
  } catch (cause) {
    deps.events.fault(cause);
    return recorded(unjudged(review, 'ENGINE_FAULT', moment(receivedAt, deps)), review, deps);
  } finally {
    deps.load.inFlight -= 1;
    caller.release();
  }
}

/** A signal that aborts when the caller leaves; made when somebody asks for it, which a decision from memory never does. */
function callerOf({ raw }: FastifyReply): { signal(): AbortSignal; release(): void } {
  let controller: AbortController | undefined;
  const left = (): void => { if (!raw.writableFinished) controller?.abort(); };
  return {
    signal() {
      if (controller !== undefined) return controller.signal;
      controller = new AbortController();
      if (raw.destroyed) left();
      else raw.once('close', left);
      return controller.signal;
    },
    release: () => void raw.off('close', left),
  };
}

function overloaded(review: ReviewRequest, receivedAt: number, deps: SurfaceDeps): Decision {
  deps.events.shed(review.surface);
  return recorded(unjudged(review, 'ENGINE_OVERLOADED', moment(receivedAt, deps)), review, deps);
}

function recorded(decision: Decision, review: ReviewRequest, deps: SurfaceDeps): Decision {
  try {
    deps.recorder.record(decision, review);
  } catch (cause) {
    deps.events.fault(cause);
  }
  return decision;
}

function encode(protocol: ReviewProtocol, decision: Decision, read: ReadReview & { readonly ok: true }, deps: SurfaceDeps): string {
  const envelope = { apiVersion: read.apiVersion, uid: read.review.uid };
  try {
    return JSON.stringify(protocol.answer(decision, envelope));
  } catch (cause) {
    deps.events.fault(cause);
    const { id, at, durationMs } = decision;
    return JSON.stringify(protocol.answer(unjudged(read.review, 'ENGINE_FAULT', { id, at, durationMs }), envelope));
  }
}

function moment(receivedAt: number, deps: SurfaceDeps): { readonly id: string; readonly at: number; readonly durationMs: number } {
  return { id: deps.newId(receivedAt), at: receivedAt, durationMs: Math.max(0, deps.clock.now() - receivedAt) };
}
