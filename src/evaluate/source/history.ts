/** Every commit on every way back to where the policy begins to count: which of them is not signed by whom it has to be. */
import { reason } from '../../domain/decision/reasons.ts';
import type { EvidenceProblem, ProvenEvidence, Statement } from '../../domain/evidence.ts';
import type { SignatureRequirement } from '../../domain/policy/requirement.ts';
import { GIT_COMMIT_TYPE } from '../../domain/policy/predicate-types.ts';
import type { SourceRequirement } from '../../domain/policy/build-requirement.ts';
import { ownList } from '../../text/json/fields.ts';
import type { Question } from '../question.ts';
import { absenceOf } from './absence.ts';
import { leadingProblem } from '../vouched/precedence.ts';
import { countVotes } from '../vouched/votes.ts';

/** A commit of the history that does not count, and why. */
export interface Unsigned {
  readonly commit: string;
  readonly why: string;
  /** Present while nobody can say that it does not count: what could not be looked at, or is not known. */
  readonly open?: EvidenceProblem;
}

type Told = ProvenEvidence & { readonly statement: Statement };

/**
 * Walks from the artifact to its parents, theirs, and so on. A way ends at a commit that the policy names, and at one that does not
 * count: what stands behind it is known by nobody then. A commit whose object was not given does not count, and whether it would is open.
 */
export function unsignedBefore(requirement: SourceRequirement, since: readonly string[], question: Question): readonly Unsigned[] {
  const told = new Map<string, Told[]>();
  for (const proof of [...question.proofs, ...(question.related ?? [])])
    if (isTold(proof)) told.set(commitOf(proof), [...(told.get(commitOf(proof)) ?? []), proof]);
  const { name, by } = requirement;
  const signature: SignatureRequirement = { kind: 'signature', name, by, threshold: 1, bindRepository: false };
  const unsigned: Unsigned[] = [];
  const { digest } = question.artifact;
  const waiting = [digest.slice(digest.indexOf(':') + 1)];
  const seen = new Set(since);
  for (let commit = waiting.pop(); commit !== undefined; commit = waiting.pop()) {
    if (seen.has(commit)) continue;
    seen.add(commit);
    const proofs = told.get(commit) ?? [];
    const { accepted, rejected } = countVotes(signature, proofs, question);
    const [first] = proofs;
    if (first === undefined) unsigned.push(unproven(commit, question));
    else if (accepted.size === 0) unsigned.push(refused(commit, leadingProblem([...rejected.values()])));
    else {
      const parents = parentsOf(first);
      if (parents.length === 0) unsigned.push({ commit, why: 'it has no parent, and the policy does not begin to count at it' });
      waiting.push(...parents);
    }
  }
  return unsigned;
}

function isTold(proof: ProvenEvidence): proof is Told {
  return proof.kind === 'attestation' && proof.gitObject === 'commit' && proof.statement?.predicateType === GIT_COMMIT_TYPE;
}

/** What is said of itself by a signed commit, whose id was computed over what it says. */
function commitOf({ statement }: Told): string {
  return statement.subjects[0]?.digest['gitCommit'] ?? '';
}

function parentsOf({ statement }: Told): readonly string[] {
  return (ownList(statement.predicate, 'parents') ?? []).filter((one) => typeof one === 'string');
}

/** By the problem of this very commit, where one was told; without one it was not handed over, and nobody knows. */
function unproven(commit: string, { problems }: Question): Unsigned {
  const own = problems.find(({ source, cause, claimedType }) =>
    claimedType === GIT_COMMIT_TYPE && (source.endsWith(commit) || cause?.includes(commit) === true));
  if (own !== undefined) return refused(commit, own);
  const open = problems.find((problem) => problem.claimedType === undefined && isOpen(problem));
  return { commit, why: 'its object was not given', open: open ?? absenceOf(commit) };
}

function refused(commit: string, problem: EvidenceProblem | undefined): Unsigned {
  const why = [problem?.found, problem?.cause].filter((one) => one !== undefined).join(': ') || (problem?.code ?? '');
  return { commit, why, ...(problem !== undefined && isOpen(problem) ? { open: problem } : {}) };
}

/** True for what leaves the answer open. */
export function isOpen({ code }: EvidenceProblem): boolean {
  return reason(code).verdict === 'undetermined';
}
