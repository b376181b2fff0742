/** Enough distinct votes satisfy; fewer are violated, or undetermined while something is open. */
import type { EvidenceProblem, VerifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceNote, Finding } from '../../domain/decision/finding.ts';
import { reason, stageOf } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { AttestationRequirement, SignatureRequirement } from '../../domain/policy/requirement.ts';
import { describeExpected, describeProof, describeSigner } from '../describe.ts';
import { findingOf, type Outcome } from '../finding.ts';
import { leadingProblem } from './precedence.ts';
import type { Question } from '../question.ts';
import { countDistinct } from './threshold.ts';
import { countVotes, type Count } from './votes.ts';

/** What a rule has narrowed the evidence to before its signers are counted. */
export interface Narrowed {
  /** Proofs of the kind (and type) the requirement asks for. */
  readonly relevant: readonly VerifiedEvidence[];
  /** Problems of evidence that could have been of that kind, and of places that could not be looked at. */
  readonly problems: readonly EvidenceProblem[];
  /** The answer when there is nothing relevant at all. */
  readonly none: { readonly code: 'FETCH_NONE_FOUND' | 'POLICY_TYPE_MISSING'; readonly found?: readonly string[] };
  /** Where it could have been and nobody could look: the answer in the place of `none`. */
  readonly absent?: EvidenceProblem | undefined;
}

/**
 * Judges whether enough trusted signers vouch. Missing proof is violated, unless something could not be looked
 * at: then it is undetermined. Further evidence can only help.
 */
export function judgeVouched(
  requirement: SignatureRequirement | AttestationRequirement,
  narrowed: Narrowed,
  question: Question,
): Finding {
  const count = countVotes(requirement, narrowed.relevant, question);
  const distinct = countDistinct(count.votes);
  const evidence = notes(count, narrowed);
  if (distinct >= requirement.threshold) {
    return findingOf(requirement, question, {
      code: 'POLICY_SATISFIED',
      found: [...count.accepted].map(([proof, { names }]) => `${names}: ${describeSigner(proof.signer)}`),
      evidence,
    });
  }
  const problems = [...ownProblems(narrowed.problems, question), ...count.rejected.values()]
    .filter(({ code }) => code !== 'FETCH_NONE_FOUND');
  const leader = leadingProblem(problems);
  const expected = describeExpected(requirement.by);
  if (leader !== undefined && (distinct === 0 || isOpen(leader))) {
    return findingOf(requirement, question, refusal(leader, problems, expected, evidence));
  }
  if (distinct > 0) {
    const names = [...new Set(count.votes.map((vote) => vote.signer))];
    return findingOf(requirement, question, {
      code: 'POLICY_THRESHOLD',
      expected: [`${requirement.threshold} of ${requirement.by.map((signer) => signer.name).join(', ')}`],
      found: [`${distinct}: ${names.join(', ')}`],
      evidence,
    });
  }
  if (narrowed.absent !== undefined)
    return findingOf(requirement, question, refusal(narrowed.absent, [narrowed.absent], expected, evidence));
  return findingOf(requirement, question, { ...narrowed.none, expected: wantedBy(requirement, expected), evidence, ...hintOf(narrowed) });
}

/** What came in the place of a commit, and is not it or cannot be read. */
const IN_ITS_PLACE: ReadonlySet<ReasonCode> = new Set(['VERIFY_SUBJECT_MISMATCH', 'VERIFY_MALFORMED', 'VERIFY_FORMAT', 'FETCH_TOO_MANY']);

/**
 * Where the commit itself lies there and is not signed, other commits that were handed over with it have nothing to do with that. Where
 * something else was handed over for it, that is told, and not that the commit was not.
 */
function ownProblems(problems: readonly EvidenceProblem[], { artifact: { kind, digest } }: Question): readonly EvidenceProblem[] {
  if (kind !== 'git') return problems;
  const commit = digest.slice(digest.indexOf(':') + 1);
  const isUnsigned = problems.some(({ code, cause }) => code === 'FETCH_NONE_FOUND' && cause?.includes(commit) === true);
  if (isUnsigned) return problems.filter(({ code }) => code !== 'VERIFY_SUBJECT_MISMATCH');
  return problems.some(({ code }) => IN_ITS_PLACE.has(code)) ? problems.filter(({ code }) => code !== 'FETCH_NOT_GIVEN') : problems;
}

/** What a place says that has nothing, for whoever finds nothing anywhere: where it may have stayed. */
function hintOf({ problems, none }: Narrowed): Pick<Outcome, 'cause' | 'fix'> {
  const hint = problems.find(({ code }) => code === 'FETCH_NONE_FOUND');
  if (hint === undefined) return {};
  const fix = none.code === 'FETCH_NONE_FOUND' && hint.fix !== undefined ? { fix: hint.fix } : {};
  return { ...(hint.cause === undefined ? {} : { cause: hint.cause }), ...fix };
}

/** What is missing, and by whom: `an SBOM (spdx or cyclonedx) by scanner: key sha256:…`. */
function wantedBy(requirement: SignatureRequirement | AttestationRequirement, signers: readonly string[]): readonly string[] {
  return requirement.kind === 'signature' ? signers : signers.map((signer) => `${requirement.type} by ${signer}`);
}

function isOpen(problem: EvidenceProblem): boolean {
  return reason(problem.code).verdict === 'undetermined';
}

function refusal(
  leader: EvidenceProblem,
  all: readonly EvidenceProblem[],
  signers: readonly string[],
  evidence: readonly EvidenceNote[],
): Outcome {
  const same = all.filter((problem) => problem.code === leader.code);
  const found = unique(same.flatMap((problem) => (problem.found === undefined ? [] : [problem.found])));
  const expected = unique(same.flatMap((problem) => (problem.expected === undefined ? [] : [problem.expected])));
  const causes = unique(same.flatMap((problem) => (problem.cause === undefined ? [] : [problem.cause])));
  const wantsSigners = leader.code === 'VERIFY_SIGNER_UNTRUSTED' || leader.code === 'VERIFY_CERTIFICATE_UNTRUSTED';
  return {
    code: leader.code,
    expected: wantsSigners ? signers : expected,
    found: [...foundText(leader, same, found), ...(isOpen(leader) ? strangersAmong(all) : [])],
    ...(causes[0] === undefined ? {} : { cause: causes[0] }),
    ...(leader.fix === undefined ? {} : { fix: leader.fix }),
    evidence,
  };
}

/** Of what is broken it is told which piece it is: there may be many. */
function foundText(leader: EvidenceProblem, same: readonly EvidenceProblem[], found: readonly string[]): readonly string[] {
  if (found.length === 0) return isOpen(leader) || stageOf(leader.code) === 'VERIFY' ? unique(same.map(({ source }) => source)) : [];
  if (leader.code !== 'VERIFY_SIGNATURE_INVALID') return found;
  return unique(same.map(({ source, found: seen }) => (seen === undefined ? source : `${source}: ${seen}`)));
}

/** Signatures that were found do not go unsaid because somebody could not look everywhere. */
function strangersAmong(problems: readonly EvidenceProblem[]): readonly string[] {
  const found = problems.flatMap(({ code, found: who }) => (code === 'VERIFY_SIGNER_UNTRUSTED' && who !== undefined ? [who] : []));
  return unique(found).map((who) => `a signature by ${who}, which does not count`);
}

function notes(count: Count, narrowed: Narrowed): EvidenceNote[] {
  const list: EvidenceNote[] = [];
  for (const [proof, { names, remark, warning }] of count.accepted) {
    list.push({
      source: proof.source,
      code: 'POLICY_SATISFIED',
      text: `${describeProof(proof)}, counts for ${names}${remark === undefined ? '' : `: ${remark}`}`,
      ...(warning === undefined ? {} : { warning }),
    });
  }
  for (const [proof, problem] of count.rejected) {
    list.push({ source: proof.source, code: problem.code, text: `${describeProof(proof)}${problem.cause ? `: ${problem.cause}` : ''}` });
  }
  for (const problem of narrowed.problems) {
    list.push({ source: problem.source, code: problem.code, text: [problem.found, problem.cause].filter(Boolean).join(': ') });
  }
  return list;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
