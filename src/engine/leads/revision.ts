/** The lead to a commit that something was built from: proven by the evidence at hand, under no policy of its own. */
import type { RevisionEvidence } from '../../domain/artifact/revision.ts';
import type { VerificationJob, VerificationOutcome } from '../../domain/evidence.ts';
import type { Context } from '../context.ts';
import type { LeadRules, RevisionSearch } from './lead.ts';

/**
 * A commit that an artifact was built from. Statements about a commit come with the artifact: they are attached to it, or
 * handed in beside it. Those about anything else are set aside by their subject, unverified. No policy is selected for it:
 * who must vouch for the source, the requirement on the artifact says. No registry is asked, and nothing is found through it.
 */
export const REVISION: LeadRules<'revision', Context> = {
  usages: [],
  keyOf: ({ revision, evidence, trust }) => `${revision} ${trust.id} ${evidence.map(({ digest }) => digest).join('+')}`,
  known: (search, { ports }) => gather(ports.verifier.known(jobOf(search, ports.clock.now()))),
  judge: async (search, { context: { ports, deadline } }) =>
    gather(await ports.verifier.verify(jobOf(search, ports.clock.now()), deadline.work)) ?? LATE,
  late: () => LATE,
};

const LATE: RevisionEvidence = { proofs: [], problems: [{ code: 'ENGINE_DEADLINE', source: 'statements about the source' }] };

function jobOf({ repository, revision, evidence, trust }: RevisionSearch, now: number): VerificationJob {
  return { artifact: { kind: 'git', name: repository, digest: revision }, evidence, trust, now };
}

function gather(outcomes: readonly VerificationOutcome[] | undefined): RevisionEvidence | undefined {
  if (outcomes === undefined) return undefined;
  // What is about something else is no failed statement about the commit.
  return {
    proofs: outcomes.flatMap(({ verified }) => verified),
    problems: outcomes.flatMap(({ problems }) => problems).filter(({ code }) => code !== 'VERIFY_SUBJECT_MISMATCH'),
  };
}
