/** A commit is signed by whom the policy names, approved by another person, and so is its history as far as the policy says. */
import type { EvidenceProblem, ProvenEvidence } from '../domain/evidence.ts';
import type { EvidenceNote, Finding } from '../domain/decision/finding.ts';
import type { SignatureRequirement, Signer } from '../domain/policy/requirement.ts';
import { personOf, samePerson } from '../domain/policy/same.ts';
import type { SourceRequirement } from '../domain/policy/build-requirement.ts';
import { describeExpected, describeSigner } from './describe.ts';
import { findingOf } from './finding.ts';
import { isAbsence } from './source/absence.ts';
import { isOpen, unsignedBefore } from './source/history.ts';
import type { Question } from './question.ts';
import { namedBy } from './vouched/roles.ts';
import { judgeVouched } from './vouched/vouched.ts';
import { countVotes } from './vouched/votes.ts';

/**
 * Judges a `source` requirement. Persons are told apart as everywhere (`domain/policy/same.ts`): by keys and by whom credentials name,
 * never by what a commit says of its author.
 */
export function judgeSource(requirement: SourceRequirement, question: Question): Finding {
  if (question.artifact.kind !== 'git')
    return findingOf(requirement, question, { code: 'POLICY_TYPE_MISSING', found: [`a ${question.artifact.kind}`], expected: ['a commit'], cause: 'only commits of git are signed so' });
  const signed = judgeVouched(asSignature(requirement.name, requirement.by), {
    relevant: question.proofs.filter(({ gitObject, kind }) => gitObject === 'commit' && kind === 'signature'),
    problems: question.problems.filter((problem) => problem.claimedType === undefined || isAbsence(problem)),
    none: { code: 'FETCH_NONE_FOUND', found: ['no signature of the commit itself'] },
  }, question);
  if (signed.verdict !== 'satisfied') return signed;
  const objection = judgeApproval(requirement, question) ?? judgeHistory(requirement, question);
  return objection ?? { ...signed, found: [...(signed.found ?? []), ...approvalText(requirement, question)] };
}

/** The question that signers of a commit are asked. */
export function asSignature(name: string, by: readonly Signer[]): SignatureRequirement {
  return { kind: 'signature', name, by, threshold: 1, bindRepository: false };
}

/** Tags by signers who may approve, each by another person than all who signed the commit: as persons, and as signers of the policy. */
function approvalsOf({ name, by, approvedBy = [] }: SourceRequirement, question: Question): {
  readonly counting: readonly (readonly [ProvenEvidence, string])[];
  readonly own: readonly ProvenEvidence[];
  /** Approvers who have not signed the commit. */
  readonly free: readonly Signer[];
  /** Why nobody can say that no other tag counts. */
  readonly open: EvidenceProblem | undefined;
} {
  const commits = question.proofs.filter(({ gitObject, kind }) => gitObject === 'commit' && kind === 'signature');
  const writers = countVotes(asSignature(name, by), commits, question).accepted;
  // Also those that name the key or the person and are not among `by`: of several signers that know somebody each is him.
  const names = new Set([...[...writers.values()].flatMap((one) => one.names.split(', ')), ...namedBy(approvedBy, commits)]);
  const tags = question.proofs.filter(({ gitObject }) => gitObject === 'tag');
  const isOther = (tag: ProvenEvidence): boolean => commits.every(({ signer }) => !samePerson(personOf(signer), personOf(tag.signer)));
  const free = approvedBy.filter((signer) => !names.has(signer.name));
  const { accepted: others, rejected } = countVotes(asSignature(name, free), tags.filter(isOther), question);
  const all = countVotes(asSignature(name, approvedBy), tags, question).accepted;
  const told = question.problems.filter(({ claimedType }) => claimedType === undefined);
  return {
    counting: [...others].map(([tag, voice]) => [tag, voice.names]), own: [...all.keys()].filter((tag) => !others.has(tag)), free,
    open: [...rejected.values(), ...told].find(isOpen),
  };
}

function judgeApproval(requirement: SourceRequirement, question: Question): Finding | undefined {
  const { approvedBy } = requirement;
  if (approvedBy === undefined) return undefined;
  const { counting, own, free, open } = approvalsOf(requirement, question);
  if (counting.length > 0) return undefined;
  // A tag that is missing may be just what could not be looked at.
  if (open !== undefined) {
    const { code, found = open.source, expected, cause } = open;
    const more = { ...(expected === undefined ? {} : { expected: [expected] }), ...(cause === undefined ? {} : { cause }) };
    return findingOf(requirement, question, { code, found: [found], ...more });
  }
  const [first] = own;
  const found = first === undefined ? 'no tag signed by an approver' : `approved by nobody but ${describeSigner(first.signer)}, who signed the commit`;
  return findingOf(requirement, question, {
    code: 'POLICY_REVIEW', found: [found], expected: describeExpected(approvedBy),
    cause: 'a commit is approved by a signed tag that points to it, of another person than who signed it',
    fix: `have another person sign a tag that points to the commit (git tag -s): ${(free.length > 0 ? free : approvedBy).map(({ name }) => name).join(' or ')}`,
  });
}

function approvalText(requirement: SourceRequirement, question: Question): readonly string[] {
  if (requirement.approvedBy === undefined) return [];
  return approvalsOf(requirement, question).counting.map(([{ signer, form = 'tag' }, names]) =>
    `approved by ${names}: ${describeSigner(signer)} (${form})`);
}

const MOST_TOLD = 20;
const ALL_OF_IT = 'could not verify, retry with all commits since then '
  + '(--repo DIR --since COMMIT; at the gate {"gitObjects": [BASE64, …]}, by git cat-file commit ID | base64 -w0)';

function judgeHistory(requirement: SourceRequirement, question: Question): Finding | undefined {
  if (requirement.since === undefined) return undefined;
  const all = unsignedBefore(requirement, requirement.since, question);
  // One that certainly is not signed decides, whatever is open of others.
  const certain = all.filter(({ open }) => open === undefined);
  const unsigned = certain.length > 0 ? certain : all;
  const [first] = unsigned;
  if (first === undefined) return undefined;
  const evidence = unsigned.slice(0, MOST_TOLD)
    .map(({ commit, why }): EvidenceNote => ({ source: commit, code: 'POLICY_HISTORY', text: why }));
  return findingOf(requirement, question, {
    code: first.open?.code ?? 'POLICY_HISTORY',
    ...(first.open !== undefined && isAbsence(first.open) ? { fix: ALL_OF_IT } : {}),
    found: [`${first.commit}: ${first.why}`, ...(unsigned.length > 1 ? [`${unsigned.length - 1} commits more`] : [])],
    expected: [`every commit since ${requirement.since.join(', ')} signed by ${requirement.by.map(({ name }) => name).join(' or ')}`],
    evidence,
  });
}
