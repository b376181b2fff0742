import type { TrustMaterial, UnverifiedEvidence, VerificationJob, VerificationOutcome } from '../../domain/evidence.ts';
import type { RevisionEvidence, RevisionQuestion } from '../../domain/artifact/revision.ts';
import type { Context } from '../context.ts';
import { createInquiry } from '../inquiry.ts';
import type { Inquiry } from '../inquiry.ts';

/** A question about a commit, with the evidence in which statements about it are looked for. */
export interface RevisionSearch extends RevisionQuestion {
  readonly evidence: readonly UnverifiedEvidence[];
}

/**
 * The inquiry of one artifact about the commits that it was built from. Statements about a commit come with the artifact: they
 * are attached to it, or handed in beside it. Those about anything else are set aside by their subject, unverified.
 */
export function createRevisions(trust: TrustMaterial, context: Context): Inquiry<RevisionSearch, RevisionEvidence> {
  const { deadline, ports } = context;
  const jobOf = ({ repository, revision, evidence }: RevisionSearch): VerificationJob => ({
    artifact: { kind: 'git', name: repository, digest: revision },
    evidence,
    trust,
    now: ports.clock.now(),
  });
  return createInquiry<RevisionSearch, RevisionEvidence>(
    {
      keyOf: ({ revision, evidence }) => `${revision} ${evidence.map(({ digest }) => digest).join('+')}`,
      known: (search) => gather(ports.verifier.known(jobOf(search))),
      answer: async (search) => gather(await ports.verifier.verify(jobOf(search), deadline.signal)) ?? LATE,
      late: LATE,
    },
    deadline,
  );
}

const LATE: RevisionEvidence = { proofs: [], problems: [{ code: 'ENGINE_DEADLINE', source: 'statements about the source' }] };

function gather(outcomes: readonly VerificationOutcome[] | undefined): RevisionEvidence | undefined {
  if (outcomes === undefined) return undefined;
  // What is about something else is no failed statement about the commit.
  return {
    proofs: outcomes.flatMap(({ verified }) => verified),
    problems: outcomes.flatMap(({ problems }) => problems).filter(({ code }) => code !== 'VERIFY_SUBJECT_MISMATCH'),
  };
}
