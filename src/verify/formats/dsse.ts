/** An envelope that comes alone can be proven by keys, by nothing else. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { Problem } from '../problem.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { verifyEnvelope } from '../statement/verify-envelope.ts';

/**
 * Verifies a bare DSSE envelope. It carries neither certificate nor proof of time, so only keys can prove it; where only
 * certificates are trusted, what is missing is the log entry that a bundle would bring, and logs are never searched.
 */
export function verifyDsse(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const proved = verifyEnvelope(evidence, { dating: { logEntries: [], timestamps: [] } }, job, tools);
  const keyless = job.trust.keys.length === 0 && job.trust.roots.length > 0;
  return keyless && proved.proofs.length === 0 ? { ...proved, problems: proved.problems.map(unlogged) } : proved;
}

function unlogged(problem: Problem): Problem {
  if (problem.code !== 'VERIFY_SIGNER_UNTRUSTED') return problem;
  return {
    ...problem,
    code: 'VERIFY_LOG_MISSING',
    found: 'an envelope without log entry',
    expected: 'a Sigstore bundle, which brings it along with the certificate',
    cause: 'transparency logs are not searched: the proof has to come with the signature',
  };
}
