/** A protocol of reviews in three words: who asks, what is asked, how it is answered. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { Caller as ShownCaller, ReviewRequest } from '../../domain/decision/review.ts';
import { JSON_LIMITS, parseJson } from '../../intake/json.ts';
import type { RequestHead } from './callers.ts';
import type { HttpRefusal } from './refuse.ts';

export type { RequestHead } from './callers.ts';

/**
 * A protocol by which reviews come and go, at one path: `POST` only, JSON in and JSON out.
 *
 * With `identify` nobody is read whom it does not know, and `read` is told who it was; without it everybody who reaches
 * the port is answered, and `read` is told what the caller has shown (ADR 0016).
 */
export type ReviewProtocol<Caller = never> = OpenProtocol | GuardedProtocol<Caller>;

interface Answering {
  /** Compared exactly; no parameters. */
  readonly path: string;
  /**
   * The answer as a JSON value, or a promise of it; echoes uid and version. Called again with the decision of a fault
   * when it throws, rejects or gives what is not JSON.
   */
  answer(decision: Decision, received: ReceivedReview): unknown;
}

/** Reads the reviews of everybody. */
export interface OpenProtocol extends Answering {
  readonly identify?: undefined;
  /** True when a token may stand behind the path (`/validate/TOKEN`), for who can show nothing else. */
  readonly pathToken?: boolean;
  /** Reads a body within the limits of bytes; at once where it can: a promise of it costs every review a turn. */
  read(body: Uint8Array, caller: ShownCaller): ReadReview | Promise<ReadReview>;
}

/** Reads the reviews of callers it knows. */
export interface GuardedProtocol<Caller> extends Answering {
  /**
   * Says who sends a request, by its headers and its connection, before a byte of its body is read. Nothing in either is
   * verified before. What it throws or rejects with refuses the request with status 500.
   */
  identify(head: RequestHead): Identified<Caller> | Promise<Identified<Caller>>;
  read(body: Uint8Array, caller: Caller): ReadReview | Promise<ReadReview>;
}

/** Who the caller is, or the refusal it gets; its status is 401, 403 or, where nobody could say, 503. */
export type Identified<Caller> =
  | { readonly ok: true; readonly caller: Caller }
  | (HttpRefusal & { readonly ok: false; readonly status: 401 | 403 | 503 });

/** A review as it was read: well formed, nothing in it trusted. */
export interface ReceivedReview {
  readonly review: ReviewRequest;
  /** The version its answer must repeat. */
  readonly apiVersion: string;
}

/** What a body was read as. A failure means the envelope is unusable: no uid to answer to. */
export type ReadReview =
  | (ReceivedReview & { readonly ok: true })
  | { readonly ok: false; readonly code: ReasonCode; readonly message: string };

/** A reader of bodies that are one JSON document each, from a reader of its value; see `parseJson` for what is refused. */
export function fromJson(
  read: (value: unknown, caller?: ShownCaller) => ReadReview,
): (body: Uint8Array, caller?: ShownCaller) => ReadReview {
  return (body, caller) => {
    const json = parseJson(body, JSON_LIMITS);
    return json.ok ? read(json.value, caller) : json;
  };
}
