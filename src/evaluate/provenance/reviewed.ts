/** The commits that were built must have been reviewed, as a trusted source verifier says. */
import type { ReviewExpectation, VsaRequirement } from '../../domain/policy/build-requirement.ts';
import type { EvidenceProblem, VerifiedEvidence } from '../../domain/evidence.ts';
import { namesRevision, parseRevision } from '../../domain/artifact/revision.ts';
import type { Revision, RevisionEvidence } from '../../domain/artifact/revision.ts';
import { parseSourceUri } from '../../domain/artifact/source-uri.ts';
import type { Mismatch } from '../content/mismatch.ts';
import type { Question } from '../question.ts';
import { judgeVsa } from '../vsa.ts';
import { commitOf } from './dependencies.ts';
import type { Provenance, Source } from './model.ts';

/**
 * Every source that the provenance names must be vouched for by a source verifier: a verification summary of the SLSA
 * source track (slsa.dev/spec/v1.2/verifying-source) about this very commit, of this repository, at this level.
 *
 * Which commit was built is the word of the builder, whose provenance holds in every other point; which statements speak
 * about that commit is proven by `verify/`, by the commit's id alone.
 */
export function checkReviewed(expected: ReviewExpectation, { sources }: Provenance, question: Question): readonly Mismatch[] {
  if (sources.length === 0) return [unreviewed('predicate', 'a source with a commit', 'no source')];
  return sources.flatMap((source) => checkSource(expected, source, question));
}

function checkSource(expected: ReviewExpectation, { uri, repository, digests }: Source, question: Question): readonly Mismatch[] {
  const revision = parseRevision(commitOf(digests) ?? '');
  if (repository === undefined || revision === undefined)
    return [unreviewed(uri.path, 'a repository and the commit that was built', `${uri.value} without a commit that can be read`)];
  const about = question.statementsAbout?.({ repository, revision });
  if (about === undefined)
    return [{ ...unreviewed(uri.path, wanted(expected), `${repository}: not looked at yet`), code: 'ENGINE_DEADLINE' }];
  const { code, verdict, found = [], cause } = judge(expected, { repository, revision, about }, question);
  if (verdict === 'satisfied') return [];
  const seen = found.length > 0 ? found.join(', ') : cause;
  const text = `${revision} of ${repository}: ${code}${seen === undefined ? '' : ` (${seen})`}`;
  return [{ ...unreviewed(uri.path, wanted(expected), text), code: verdict === 'undetermined' ? code : 'POLICY_SOURCE_REVIEW' }];
}

interface Commit {
  readonly repository: string;
  readonly revision: Revision;
  readonly about: RevisionEvidence;
}

/** A summary about a source is judged as one about an artifact is, with the repository as the resource. */
function judge(expected: ReviewExpectation, { repository, revision, about }: Commit, question: Question): ReturnType<typeof judgeVsa> {
  const { by, level, verifier, ref, maxAge } = expected;
  const requirement: VsaRequirement = {
    kind: 'vsa', name: 'reviewed', by, threshold: 1, levels: [level],
    resource: { kind: 'exact', source: repository, test: (uri) => parseSourceUri(uri)?.repository === repository },
    ...(verifier === undefined ? {} : { verifier }),
    ...(maxAge === undefined ? {} : { maxAge }),
  };
  const elsewhere = ref === undefined ? [] : about.proofs.filter((proof) => !refsOf(proof, revision).some((name) => ref.test(name)));
  const problems = elsewhere.map((proof): EvidenceProblem => ({
    code: 'POLICY_VSA_SCOPE',
    source: proof.source,
    found: `source refs ${refsOf(proof, revision).join(', ') || 'none'}`,
    expected: `source ref ${ref?.source ?? ''}`,
  }));
  const proofs = about.proofs.filter((proof) => !elsewhere.includes(proof));
  // Signers are bound to what they may certify: here that is the repository, not the image.
  const artifact = { ...question.artifact, kind: 'git', usage: 'source', name: repository } as const;
  return judgeVsa(requirement, { ...question, artifact, proofs, problems: [...about.problems, ...problems] });
}

/** Refs that the summary lists for the commit: a commit that is on two branches was reviewed on the one that is listed. */
function refsOf({ statement }: VerifiedEvidence, revision: Revision): readonly string[] {
  return (statement?.subjects ?? []).flatMap(({ digest, sourceRefs = [] }) => (namesRevision(digest, revision) ? sourceRefs : []));
}

function wanted({ level, by, ref }: ReviewExpectation): string {
  return `vouched for at ${level} by ${by.map(({ name }) => name).join(' or ')}${ref === undefined ? '' : ` on ${ref.source}`}`;
}

function unreviewed(path: string, expected: string, found: string): Mismatch {
  return { code: 'POLICY_SOURCE_REVIEW', claim: 'source', path, expected, found };
}
