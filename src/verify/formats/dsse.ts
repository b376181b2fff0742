/** An envelope that comes alone is proven by keys, or by what its signatures bring along. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import type { Problem } from '../problem.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { verifyEnvelope } from '../statement/verify-envelope.ts';

/**
 * Verifies a bare DSSE envelope: by keys, or by the certificates inside of its signatures, which authorities of one's own may prove.
 * It never carries a log entry: where certificates of Sigstore alone are trusted that is what is missing, and logs are never searched.
 */
export function verifyDsse(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const proved = verifyEnvelope(evidence, { dating: { logEntries: [], timestamps: [] } }, job, tools);
  const keyless = job.trust.keys.length === 0 && job.trust.roots.length > 0;
  if (!keyless || proved.proofs.length > 0) return proved;
  const tell = job.trust.roots.some(isOwn) ? bringsNone : unlogged;
  return { ...proved, problems: proved.problems.map(tell) };
}

/** Certificates under these need no log. */
function isOwn({ kind }: TrustRoot): boolean {
  return kind !== 'sigstore';
}

function bringsNone(problem: Problem): Problem {
  if (problem.code !== 'VERIFY_SIGNER_UNTRUSTED') return problem;
  return {
    ...problem,
    found: 'an envelope without certificate',
    expected: 'the signer\'s certificate and its issuers in the signature (certificate and intermediates, or cert)',
    cause: 'certificates are not searched: the signer\'s own has to come with the signature',
  };
}

/** Whoever issued a certificate that came along: without an entry of a log it would prove nothing. */
function unlogged(problem: Problem): Problem {
  if (problem.code !== 'VERIFY_SIGNER_UNTRUSTED' && problem.code !== 'VERIFY_CERTIFICATE_UNTRUSTED') return problem;
  return {
    ...problem,
    code: 'VERIFY_LOG_MISSING',
    found: 'an envelope without log entry',
    expected: 'a Sigstore bundle, which brings it along with the certificate',
    cause: 'transparency logs are not searched: the proof has to come with the signature',
  };
}
