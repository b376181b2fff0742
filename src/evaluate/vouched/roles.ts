/** Whoever wrote it does not approve it. */
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import { personOf, samePerson } from '../../domain/policy/same.ts';
import { asAttestation, isAttested } from '../content/content.ts';
import { describeExpected, describeSigner } from '../describe.ts';
import { findingOf } from '../finding.ts';
import type { Question } from '../question.ts';
import { countVotes } from './votes.ts';

/** Who may approve, and who wrote what is approved. */
export interface Roles {
  readonly requirement: ExaminedRequirement;
  readonly authors: readonly Signer[];
  readonly question: Question;
}

/**
 * Judges approvals by others than the author: whoever of `authors` vouches for the artifact wrote it, and neither that
 * credential nor that signer approves. Without any proof of an author nobody can say that the two differ, which
 * denies; with several, one under which the approvals suffice is enough, so further evidence never denies.
 */
export function judgeByOthers(
  { requirement, authors, question }: Roles,
  judge: (requirement: ExaminedRequirement, question: Question) => Finding,
): Finding {
  const isApproval = (proof: VerifiedEvidence): boolean => isAttested(proof) && requirement.types.has(proof.statement.predicateType);
  const others = question.proofs.filter((proof) => !isApproval(proof));
  const { accepted } = countVotes(asAttestation({ name: requirement.name, by: authors, threshold: 1 }, 'any'), others, question);
  let last: Finding | undefined;
  let own: string | undefined;
  for (const [author, { names }] of accepted) {
    const written = new Set(names.split(', '));
    const by = requirement.by.filter(({ name }) => !written.has(name));
    const proofs = question.proofs.filter((proof) => !samePerson(personOf(proof.signer), personOf(author.signer)));
    if (proofs.some(isApproval) !== question.proofs.some(isApproval))
      own = `approved by nobody but ${describeSigner(author.signer)}, who wrote it`;
    last = judge({ ...requirement, by }, { ...question, proofs });
    if (last.verdict === 'satisfied')
      return { ...last, found: [...(last.found ?? []), `written by ${names}: ${describeSigner(author.signer)}`] };
  }
  if (last !== undefined && own !== undefined)
    return findingOf(requirement, question, {
      code: 'POLICY_REVIEW',
      found: [own],
      expected: describeExpected(requirement.by),
      evidence: last.evidence ?? [],
    });
  if (last !== undefined) return last;
  return findingOf(requirement, question, {
    code: 'POLICY_REVIEW',
    found: ['no signature or attestation by an author'],
    expected: describeExpected(authors),
    cause: 'without its author nobody can tell that somebody else approved',
  });
}
