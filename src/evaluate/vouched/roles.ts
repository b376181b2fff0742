/** Whoever wrote it does not approve it, and who wrote it is shown by evidence of one kind. */
import type { Authorship, ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import type { Signer, SignerIdentity } from '../../domain/policy/requirement.ts';
import { personOf, samePerson } from '../../domain/policy/same.ts';
import { asAttestation, isAttested } from '../content/content.ts';
import { describeExpected, describeSigner } from '../describe.ts';
import { findingOf } from '../finding.ts';
import type { Question } from '../question.ts';
import { isAbsence } from '../source/absence.ts';
import { recognise } from './identity.ts';
import { countVotes } from './votes.ts';

/** Who may approve, and who wrote what is approved. */
export interface Roles {
  readonly requirement: ExaminedRequirement;
  readonly authors: readonly Signer[];
  readonly question: Question;
}

/** What shows an author unless the policy says otherwise: the two things that come with every build. */
const USUAL: Authorship = { written: 'signature or provenance', signature: true, types: new Set(PREDICATE_FAMILIES['slsa-provenance']) };

/**
 * Judges approvals by others than the author. Who wrote it is shown by evidence of one kind (`authoredBy`), by one of
 * `authors`; a test run or a scan shows nothing. The approvals are held against one such piece of evidence: whoever signed it,
 * by credential or as a Signer, approves nothing of it. Without any nobody can say that author and approver differ,
 * which denies; with several, one under which the approvals suffice is enough, so leaving evidence out never admits (ADR 0012).
 */
export function judgeByOthers(
  { requirement, authors, question }: Roles,
  judge: (requirement: ExaminedRequirement, question: Question) => Finding,
): Finding {
  const { authoredBy = USUAL } = requirement;
  const isApproval = (proof: VerifiedEvidence): boolean => isAttested(proof) && requirement.types.has(proof.statement.predicateType);
  const shown = question.proofs.filter((proof) => !isApproval(proof) && shows(authoredBy, proof));
  const { accepted } = countVotes(asAttestation({ name: requirement.name, by: authors, threshold: 1 }, 'any'), shown, question);
  const all = question.proofs.filter(isApproval);
  let last: Finding | undefined;
  let own: string | undefined;
  for (const [author, { names }] of accepted) {
    const wrote = shown.filter(({ evidenceDigest }) => evidenceDigest === author.evidenceDigest);
    const writers = new Set([...wrote.flatMap((proof) => accepted.get(proof)?.names.split(', ') ?? []), ...namedBy(requirement.by, wrote)]);
    const by = requirement.by.filter(({ name }) => !writers.has(name));
    const proofs = question.proofs.filter(
      (proof) => !wrote.some((written) => samePerson(personOf(proof.signer), personOf(written.signer))),
    );
    if (all.length > 0 && !proofs.some((proof) => isApproval(proof) && by.some((signer) => isBy(signer, proof))))
      own = `approved by nobody but ${describeSigner(author.signer)}, who wrote it`;
    last = judge({ ...requirement, by }, { ...question, proofs });
    if (last.verdict === 'satisfied')
      return { ...last, found: [...(last.found ?? []), `written by ${names}: ${describeSigner(author.signer)}`] };
  }
  if (last !== undefined && own !== undefined && last.verdict === 'violated')
    return findingOf(requirement, question, {
      code: 'POLICY_REVIEW',
      found: [own],
      expected: describeExpected(requirement.by),
      evidence: last.evidence ?? [],
    });
  if (last !== undefined) return last;
  const absent = authoredBy.signature ? question.problems.find(isAbsence) : undefined;
  return findingOf(requirement, question, {
    code: absent?.code ?? 'POLICY_REVIEW',
    found: [`no ${authoredBy.written} by an author`],
    expected: describeExpected(authors),
    cause: 'without its author nobody can tell that somebody else approved',
  });
}

function shows({ signature, types }: Authorship, proof: VerifiedEvidence): boolean {
  // Who signs a tag stands behind what others wrote.
  if (proof.gitObject === 'tag') return false;
  return proof.kind === 'signature' ? signature : isAttested(proof) && types.has(proof.statement.predicateType);
}

/** The signers of whom one of these proofs is by name: a pattern that many persons match names none of them. */
export function namedBy(signers: readonly Signer[], proofs: readonly VerifiedEvidence[]): readonly string[] {
  const isNamed = (signer: Signer, proof: VerifiedEvidence): boolean =>
    signer.identities.some((identity) => isExact(identity) && recognise(identity, proof).ok);
  return signers.filter((signer) => proofs.some((proof) => isNamed(signer, proof))).map(({ name }) => name);
}

function isExact(identity: SignerIdentity): boolean {
  switch (identity.kind) {
    case 'key':
      return true;
    case 'keyless':
      return identity.issuer.kind === 'exact' && identity.subject.kind === 'exact';
    case 'x509':
      return identity.san?.kind === 'exact'
        || (identity.subject?.kind === 'exact' && identity.subject.attributes.every(({ value }) => value.kind === 'exact'));
    case 'spiffe':
      return identity.id.kind === 'exact';
  }
}

function isBy({ identities }: Signer, proof: VerifiedEvidence): boolean {
  return identities.some((identity) => recognise(identity, proof).ok);
}
