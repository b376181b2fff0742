import type { EvidenceProblem } from '../domain/evidence.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';

/** Why a piece of evidence proves nothing, before it is known where the piece was found. */
export type Problem = Omit<EvidenceProblem, 'source'>;

/** What a parser made of hostile bytes: the value in its shape, or why it has none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/**
 * Raised inside a parser when the input is not what its format says, and caught by {@link parsed} at the edge
 * of the same parser: it never leaves the room.
 */
export class Refusal extends Error {
  readonly code: ReasonCode | undefined;
  readonly found: string | undefined;
  readonly expected: string | undefined;

  constructor(cause: string, details: { readonly code?: ReasonCode; readonly found?: string; readonly expected?: string } = {}) {
    super(cause);
    this.code = details.code;
    this.found = details.found;
    this.expected = details.expected;
  }
}

/**
 * Runs a parser and turns its refusal into a value. `code` is the reason unless the refusal names another one
 * (a limit, a payload type). Anything else that is thrown is a fault of ours and passes through.
 */
export function parsed<T>(code: ReasonCode, read: () => T): Parsed<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      ok: false,
      problem: {
        code: error.code ?? code,
        cause: error.message,
        ...(error.found === undefined ? {} : { found: error.found }),
        ...(error.expected === undefined ? {} : { expected: error.expected }),
      },
    };
  }
}

/** Shortens hostile text for a message; the full text stays in the evidence. */
export function clip(text: string, max = 200): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
