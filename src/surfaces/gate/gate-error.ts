/** What a route of the gate refuses with: a status, a code of the catalogue, and where the fault is. */
import type { ReasonCode } from '../../domain/decision/reasons.ts';

/** Thrown by routes, answered as `{code, message}`. */
export class GateError extends Error {
  readonly status: number;
  readonly code: ReasonCode;
  /** Seconds after which the same question is worth repeating. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: ReasonCode, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
