import type { VerificationOutcome, VerifiedEvidence } from '../domain/evidence.ts';
import type { RawOutcome } from './proof.ts';

/**
 * Vouches for the proofs of a finished job: the only place where {@link VerifiedEvidence} comes into being.
 *
 * Called with what `runVerificationJob` returned, in this thread or by a worker of ours, and with nothing else.
 * `source` names where the caller found the evidence, which may differ from where it was found when it was verified.
 */
export function toOutcome(raw: RawOutcome, source: string): VerificationOutcome {
  return {
    evidenceDigest: raw.evidenceDigest,
    source,
    verified: raw.proofs.map((proof) => ({ ...proof, source }) as unknown as VerifiedEvidence),
    problems: raw.problems.map((problem) => ({ ...problem, source })),
  };
}
