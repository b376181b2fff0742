/** How a token is refused: with a status, a code and words of ours, which never hold anything of the token. */
import type { Authentication } from '../../domain/gate/authentication.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';

/** Nobody, or why it cannot be said. */
export type Refusal = Extract<Authentication, { readonly ok: false }>;

/** The token proves nobody. */
export function nobody(code: ReasonCode, message: string): Refusal {
  return { ok: false, status: 401, code, message };
}

/** The token proves somebody of a configured issuer whom the configuration does not let ask. */
export function excluded(message: string): Refusal {
  return { ok: false, status: 403, code: 'INPUT_TOKEN_CLAIMS', message };
}

/** It cannot be said now whose token it is; never taken for an answer. */
export function unchecked(message: string): Refusal {
  return { ok: false, status: 503, code: 'INPUT_TOKEN_UNCHECKED', message };
}
