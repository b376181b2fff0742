/** Enough trusted signers signed the digest itself; an attestation about it is no signature. */
import type { EvidenceProblem } from '../domain/evidence.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { SignatureRequirement } from '../domain/policy/requirement.ts';
import type { Question } from './question.ts';
import { isAbsence } from './source/absence.ts';
import { judgeVouched } from './vouched/vouched.ts';

/** Predicate type of the statement that `cosign sign` makes since version 3: a signature, not an attestation. */
export const COSIGN_SIGN_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/**
 * Judges a `signature` requirement: enough distinct trusted signers signed this digest. An attestation never
 * counts as a signature: "I scanned it and it is bad" must not read as "I vouch for it".
 */
export function judgeSignature(requirement: SignatureRequirement, question: Question): Finding {
  const relevant = question.proofs.filter((proof) => proof.kind === 'signature');
  const others = new Set(
    question.proofs.flatMap((proof) => (proof.kind === 'attestation' && proof.statement ? [proof.statement.predicateType] : [])),
  );
  return judgeVouched(
    requirement,
    {
      relevant,
      problems: question.problems.filter(couldBeSignature),
      absent: question.problems.find(isAbsence),
      none: { code: 'FETCH_NONE_FOUND', found: others.size > 0 ? [`only attestations: ${[...others].join(', ')}`] : ['no signature'] },
    },
    question,
  );
}

function couldBeSignature(problem: EvidenceProblem): boolean {
  return problem.claimedType === undefined || problem.claimedType === COSIGN_SIGN_TYPE;
}
