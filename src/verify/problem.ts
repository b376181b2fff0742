/** Why evidence proves nothing is a value outside of this room, and a `Refusal` only inside. */
import type { EvidenceProblem } from '../domain/evidence.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';

/** Why a piece of evidence proves nothing, before it is known where the piece was found. */
export type Problem = Omit<EvidenceProblem, 'source'>;

/** What a parser made of hostile bytes: the value in its shape, or why it has none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/**
 * Raised inside this room when bytes are not what their format says or a signature proves nothing, and turned into a
 * value by {@link parsed} or by the prover whose refusal it is: it never leaves the room.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The reason, where the refusal itself knows it; of a parser's it is otherwise the one that its caller gives. */
  readonly code: ReasonCode | undefined;
  readonly found: string | undefined;
  readonly expected: string | undefined;
  readonly fix: string | undefined;

  /** An empty `cause` is none: what was found and expected says it all then. */
  constructor(cause: string, details: Pick<Partial<Problem>, 'code' | 'found' | 'expected' | 'fix'> = {}) {
    super(cause);
    this.code = details.code;
    this.found = details.found;
    this.expected = details.expected;
    this.fix = details.fix;
  }

  /** The refusal as a value; `code` is its reason where it names none. */
  toProblem(code: ReasonCode): Problem {
    return {
      code: this.code ?? code,
      ...(this.message === '' ? {} : { cause: this.message }),
      ...(this.found === undefined ? {} : { found: this.found }),
      ...(this.expected === undefined ? {} : { expected: this.expected }),
      ...(this.fix === undefined ? {} : { fix: this.fix }),
    };
  }
}

/** Refuses the evidence under verification, by a {@link Refusal} of this reason. */
export function refuse(code: ReasonCode, details: Pick<Problem, 'found' | 'expected' | 'cause' | 'fix'> = {}): never {
  throw new Refusal(details.cause ?? '', { ...details, code });
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
    return { ok: false, problem: error.toProblem(code) };
  }
}

/** Shortens hostile text for a message; the full text stays in the evidence. */
export function clip(text: string, max = 200): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
