/** What a route of the gate refuses with: a status, a code of the catalogue, and where the fault is. */
import type { ReasonCode } from '../../domain/decision/reasons.ts';

/** What is said in headers beside a refusal. */
export interface RefusalHeaders {
  /** Seconds after which the same question is worth repeating. */
  readonly retryAfter?: number | undefined;
  /** For 405: the methods that there are. */
  readonly allow?: string | undefined;
}

/** Thrown by routes, answered as `{code, message}`. */
export class GateError extends Error {
  readonly status: number;
  readonly code: ReasonCode;
  readonly retryAfter: number | undefined;
  readonly allow: string | undefined;

  /** A number in place of the headers is `retryAfter`. */
  constructor(status: number, code: ReasonCode, message: string, headers: RefusalHeaders | number = {}) {
    super(message);
    const { retryAfter, allow } = typeof headers === 'number' ? { retryAfter: headers, allow: undefined } : headers;
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.allow = allow;
  }
}
