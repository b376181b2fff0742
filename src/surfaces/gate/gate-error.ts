/** What a route of the gate refuses with: a status, a code of the catalogue, and where the fault is. */
import { reason } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';

/** What is said beside a refusal. */
export interface RefusalHeaders {
  /** Seconds after which the same question is worth repeating. */
  readonly retryAfter?: number | undefined;
  /** For 405: the methods that there are. */
  readonly allow?: string | undefined;
  /** What helps here, in place of what the catalogue says. */
  readonly fix?: string | undefined;
}

/** Thrown by routes, answered as `{code, message, fix}`. */
export class GateError extends Error {
  readonly status: number;
  readonly code: ReasonCode;
  readonly retryAfter: number | undefined;
  readonly allow: string | undefined;
  readonly fix: string;

  /** A number in place of what is said beside is `retryAfter`. */
  constructor(status: number, code: ReasonCode, message: string, beside: RefusalHeaders | number = {}) {
    super(message);
    const { retryAfter, allow, fix }: RefusalHeaders = typeof beside === 'number' ? { retryAfter: beside } : beside;
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.allow = allow;
    this.fix = fix ?? reason(code).fix;
  }
}
