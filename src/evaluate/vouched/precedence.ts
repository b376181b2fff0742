/** Of several problems the one is told first that is nearest to being mended, after all that is still open. */
import type { EvidenceProblem } from '../../domain/evidence.ts';
import { reason, type ReasonCode } from '../../domain/decision/reasons.ts';

/**
 * Which of several problems heads the message: the one nearest to success first, because mending it is the
 * shortest way to an admission. Codes that are not listed come after the listed ones.
 */
const NEAREST_FIRST: readonly ReasonCode[] = [
  'POLICY_THRESHOLD',
  'POLICY_CONDITION',
  'POLICY_CONDITION_ERROR',
  'POLICY_VULNERABLE',
  'POLICY_PACKAGE_DENIED',
  'POLICY_LICENSE_DENIED',
  'POLICY_SBOM_INCOMPLETE',
  'POLICY_TEST_RESULT',
  'POLICY_HISTORY',
  'POLICY_REVIEW',
  'POLICY_TRACE',
  'POLICY_CONTENT_UNREADABLE',
  'POLICY_REPRODUCIBLE',
  'POLICY_VSA_LEVEL',
  'POLICY_VSA_RESULT',
  'POLICY_VSA_SCOPE',
  'POLICY_RECEIPT_PURPOSE',
  'POLICY_SOURCE_REVIEW',
  'POLICY_IMAGE_DENIED',
  'POLICY_IMAGE_UNMATCHED',
  'POLICY_IMAGE_LIMIT',
  'POLICY_PROVENANCE_SIGNER',
  'POLICY_PROVENANCE_BUILDER',
  'POLICY_PROVENANCE_NO_BUILDER',
  'POLICY_PROVENANCE_SOURCE',
  'POLICY_PROVENANCE_BUILD',
  'POLICY_PROVENANCE_DEPENDENCY',
  'POLICY_PROVENANCE_LEVEL',
  'POLICY_PREDICATE',
  'POLICY_SIGNATURE_EXPIRED',
  'POLICY_TOO_OLD',
  'POLICY_AGE_UNPROVEN',
  'POLICY_KEY_WINDOW',
  'POLICY_SIGNER_WINDOW',
  'POLICY_CERTIFICATE_LIFETIME',
  'POLICY_LOG_REQUIRED',
  'POLICY_REPOSITORY',
  'POLICY_ANNOTATION',
  'POLICY_REVOKED',
  'POLICY_SIGNER_OUT_OF_SCOPE',
  'VERIFY_DISAGREEMENT',
  'VERIFY_HASH',
  'VERIFY_SIGNATURE_INVALID',
  'VERIFY_CERTIFICATE_EXPIRED',
  'VERIFY_LOG_KIND',
  'VERIFY_LOG_MISMATCH',
  'VERIFY_LOG_INVALID',
  'VERIFY_LOG_MISSING',
  'VERIFY_TIMESTAMP',
  'VERIFY_TIME_MISSING',
  'VERIFY_SCT',
  'VERIFY_SIGNER_UNTRUSTED',
  'VERIFY_CERTIFICATE_PROFILE',
  'VERIFY_CERTIFICATE_UNTRUSTED',
  'VERIFY_ALGORITHM',
  'POLICY_DEFINITION_CHANGED',
  'VERIFY_SUBJECT_MISMATCH',
  'FETCH_DIGEST_MISMATCH',
  'FETCH_NOT_FOUND',
  'FETCH_MEDIA_TYPE',
];
const RANK: ReadonlyMap<ReasonCode, number> = new Map(NEAREST_FIRST.map((code, index) => [code, index]));

/**
 * The problem that decides the verdict and heads the message. An undetermined one always goes first: as long
 * as something could not be looked at, nobody can say that the proof does not exist.
 */
export function leadingProblem(problems: readonly EvidenceProblem[]): EvidenceProblem | undefined {
  let leader: EvidenceProblem | undefined;
  for (const problem of problems) if (leader === undefined || weight(problem) < weight(leader)) leader = problem;
  return leader;
}

function weight(problem: EvidenceProblem): number {
  if (reason(problem.code).verdict === 'undetermined') return -1;
  return RANK.get(problem.code) ?? NEAREST_FIRST.length;
}
