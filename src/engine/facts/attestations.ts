/** What is proven about an artifact by somebody's trust: from its registry, from what was brought along, and from annotations of runs. */
import type { AttestationsFact, FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import type { EvidenceProblem, UnverifiedEvidence } from '../../domain/evidence.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { EvidenceBatch } from '../../domain/ports.ts';
import { sha256Hex } from '../../text/sha256.ts';
import type { Context } from '../context.ts';
import { gathered } from './definitions/prove.ts';
import type { Ways } from './ways.ts';

type Question = QuestionOf<'attestations'>;

/** Looks everywhere; what could not be looked at is among the problems, and a run that is not known hides nothing else. */
export async function findAttestations(question: Question, { context, find }: Ways): Promise<FactAnswer<'attestations'>> {
  const batches = await Promise.all([
    ofRegistry(question, context),
    ...question.runs.map(async ({ resource, namespace, name }): Promise<EvidenceBatch> => {
      const answer = await find({ kind: 'object', group: 'tekton.dev', resource, namespace, name });
      if (answer.known && answer.value === null) return NOTHING;
      const source = `${resource} ${name}`;
      if (!answer.known) return { evidence: [], problems: [{ code: 'POLICY_FACT_UNKNOWN', source, cause: answer.cause }] };
      return context.ports.evidenceOfRun?.(source, answer.value) ?? NOTHING;
    }),
  ]);
  return { known: true, value: await prove(question, batches, context) };
}

const NOTHING: EvidenceBatch = { evidence: [], problems: [] };

async function ofRegistry({ artifact }: Question, { ports, deadline, review }: Context): Promise<EvidenceBatch> {
  const { namespace, caller } = review;
  const scope: PullScope = { namespace, serviceAccount: '', pullSecrets: [], credentials: caller?.credentials ?? 'none' };
  // Looked up now: what is asked for is what was pushed a moment ago.
  const lookup = await deadline.race(Promise.resolve(ports.source.open(artifact, scope, { fresh: true })));
  const [evidence, problems]: [UnverifiedEvidence[], EvidenceBatch['problems'][number][]] = [[], []];
  for (let place = 0; lookup !== undefined; place += 1) {
    const batch = lookup.batches[place] ?? (await deadline.race(lookup.next(deadline.work)));
    if (batch === undefined) break;
    evidence.push(...batch.evidence);
    problems.push(...batch.problems);
  }
  return deadline.over ? { evidence, problems: [...problems, { code: 'ENGINE_DEADLINE', source: artifact.raw }] } : { evidence, problems };
}

async function prove(
  { artifact, trust }: Question, batches: readonly EvidenceBatch[], { ports, deadline }: Context,
): Promise<AttestationsFact> {
  const evidence = batches.flatMap((batch) => batch.evidence);
  const problems: readonly EvidenceProblem[] = batches.flatMap((batch) => batch.problems);
  const digests = new Map(evidence.map(({ digest, bytes }) => [digest, `sha256:${sha256Hex(bytes)}`]));
  if (evidence.length === 0) return { proofs: [], problems, digests };
  const job = { artifact, evidence, trust, now: ports.clock.now() };
  const outcomes = ports.verifier.known(job) ?? (await deadline.race(ports.verifier.verify(job, deadline.work)));
  if (outcomes === undefined) return { proofs: [], problems: [...problems, { code: 'ENGINE_DEADLINE', source: artifact.raw }], digests };
  const found = gathered(outcomes);
  return { proofs: found.proofs, problems: [...problems, ...found.problems], digests };
}
