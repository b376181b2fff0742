import type { EvidenceProblem, VerifiedEvidence } from '../domain/evidence.ts';
import type { AttestationRequirement, SignatureRequirement, Signer } from '../domain/requirement.ts';
import { describeSigner } from './describe.ts';
import { earliestTime, matchIdentity } from './identity.ts';
import type { Question } from './question.ts';
import type { Vote } from './threshold.ts';

/** What counting found: the votes that count, which proof gave each, and why the other proofs did not count. */
export interface Count {
  readonly votes: readonly Vote[];
  readonly accepted: ReadonlyMap<VerifiedEvidence, string>;
  readonly rejected: ReadonlyMap<VerifiedEvidence, EvidenceProblem>;
}

/** Counts the proofs that some signer of the requirement stands behind. */
export function countVotes(
  requirement: SignatureRequirement | AttestationRequirement,
  proofs: readonly VerifiedEvidence[],
  question: Question,
): Count {
  const votes: Vote[] = [];
  const accepted = new Map<VerifiedEvidence, string>();
  const rejected = new Map<VerifiedEvidence, EvidenceProblem>();
  for (const proof of proofs) {
    const problem = proofProblem(requirement, proof, question);
    const names = problem ? [] : acceptedBy(requirement.by, proof, question, rejected);
    if (problem) rejected.set(proof, problem);
    for (const name of names) votes.push({ signer: name, credential: credentialOf(proof) });
    if (names.length > 0) accepted.set(proof, names.join(', '));
  }
  return { votes, accepted, rejected };
}

function acceptedBy(
  signers: readonly Signer[],
  proof: VerifiedEvidence,
  question: Question,
  rejected: Map<VerifiedEvidence, EvidenceProblem>,
): string[] {
  const names: string[] = [];
  let nearest: EvidenceProblem = refusal(proof, 'VERIFY_SIGNER_UNTRUSTED');
  for (const signer of signers) {
    for (const identity of signer.identities) {
      const match = matchIdentity(identity, proof, question.now);
      if (match.ok && mayCertify(signer, question)) {
        names.push(signer.name);
        break;
      }
      // A signer that was recognised but may not vouch is the nearer miss, and the one worth explaining.
      if (match.ok) nearest = refusal(proof, 'POLICY_SIGNER_OUT_OF_SCOPE', `signer ${signer.name} may certify ${scopeOf(signer)}`);
      else if (match.code !== 'VERIFY_SIGNER_UNTRUSTED' || (match.cause && nearest.cause === undefined)) {
        nearest = refusal(proof, match.code, match.cause);
      }
    }
  }
  if (names.length === 0) rejected.set(proof, nearest);
  return names;
}

function mayCertify(signer: Signer, question: Question): boolean {
  return signer.mayCertify === undefined || signer.mayCertify.some((pattern) => pattern.test(question.artifact));
}

function scopeOf(signer: Signer): string {
  return (signer.mayCertify ?? []).map((pattern) => pattern.source).join(', ');
}

/** Problems that a proof has whoever signed it: too old, or made for another repository. */
function proofProblem(
  requirement: SignatureRequirement | AttestationRequirement,
  proof: VerifiedEvidence,
  question: Question,
): EvidenceProblem | undefined {
  if (requirement.kind === 'signature' && requirement.bindRepository && !sameRepository(proof, question)) {
    return { ...refusal(proof, 'POLICY_REPOSITORY'), found: proof.dockerReference ?? 'no repository in the signature', expected: question.artifact.name };
  }
  if (requirement.maxAge === undefined) return undefined;
  const signedAt = earliestTime(proof);
  if (signedAt === undefined) return refusal(proof, 'POLICY_AGE_UNPROVEN');
  if (question.now - signedAt <= requirement.maxAge) return undefined;
  return { ...refusal(proof, 'POLICY_TOO_OLD'), found: `signed at ${new Date(signedAt).toISOString()}`, expected: `at most ${requirement.maxAge / 3_600_000} hours old` };
}

/** Docker Hub writes `index.docker.io/library/x` into signatures; both spellings name the same repository. */
function sameRepository(proof: VerifiedEvidence, question: Question): boolean {
  const signed = proof.dockerReference?.replace(/^(?:index|registry-1)\.docker\.io\//, 'docker.io/');
  return signed !== undefined && signed === question.artifact.name;
}

function refusal(proof: VerifiedEvidence, code: EvidenceProblem['code'], cause?: string): EvidenceProblem {
  return { code, source: proof.source, found: describeSigner(proof.signer), ...(cause === undefined ? {} : { cause }) };
}

/** Distinct keys are distinct credentials; short-lived certificates are told apart by who they name. */
function credentialOf(proof: VerifiedEvidence): string {
  const { signer } = proof;
  return signer.kind === 'key' ? signer.keyId : `${signer.trustRoot}\n${signer.issuer}\n${signer.subject.type}\n${signer.subject.value}`;
}
