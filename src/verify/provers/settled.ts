/** Provers throw their refusals; here they become values. */
import { Malformed } from '../../pki/der.ts';
import type { Problem } from '../problem.ts';
import { Refusal } from '../problem.ts';
import type { ProofResult } from '../proof.ts';

/** The one place where what a prover throws becomes a value: refusals, hostile bytes, and faults of ours. */
export function settled(prove: () => ProofResult): ProofResult {
  try {
    return prove();
  } catch (thrown) {
    return { ok: false, problem: problemOf(thrown) };
  }
}

/** A refusal, hostile bytes or a fault of ours, as the problem that is reported. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Refusal) return thrown.toProblem('ENGINE_FAULT');
  if (thrown instanceof Malformed) return { code: 'VERIFY_MALFORMED', cause: thrown.message };
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return { code: isCryptoError(thrown) ? 'VERIFY_MALFORMED' : 'ENGINE_FAULT', cause: name };
}

/** OpenSSL and node:crypto mark what hostile input makes them throw; anything else is a fault of ours. */
function isCryptoError(thrown: unknown): boolean {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' && (code.startsWith('ERR_OSSL') || code.startsWith('ERR_CRYPTO'));
}
