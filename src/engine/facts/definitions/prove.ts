/** What trusted keys and certificates prove of a definition, or of the image that holds it. */
import type { Artifact } from '../../../domain/artifact/artifact.ts';
import type { Digest } from '../../../domain/artifact/digest.ts';
import type {
  EvidenceProblem, TrustMaterial, UnverifiedEvidence, VerificationOutcome, VerifiedEvidence,
} from '../../../domain/evidence.ts';
import type { PullScope } from '../../../domain/decision/review.ts';
import type { Context } from '../../context.ts';

/** What was proven, and why the rest proves nothing. */
export interface Proven {
  readonly proofs: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
}

/** Verifies evidence about a definition, piece by piece in its order; `undefined` when time ended first. */
export async function proveDefinition(
  evidence: readonly UnverifiedEvidence[],
  { name, digest, trust }: { readonly name: string; readonly digest: Digest; readonly trust: TrustMaterial },
  context: Context,
): Promise<readonly VerificationOutcome[] | undefined> {
  if (evidence.length === 0) return [];
  const { ports, deadline } = context;
  const job = { artifact: { kind: 'definition', name, digest }, evidence, trust, now: ports.clock.now() } as const;
  return ports.verifier.known(job) ?? (await deadline.race(ports.verifier.verify(job, deadline.work)));
}

/** Proofs and problems of outcomes, in their order. */
export function gathered(outcomes: readonly VerificationOutcome[]): Proven {
  return { proofs: outcomes.flatMap(({ verified }) => verified), problems: outcomes.flatMap(({ problems }) => problems) };
}

/** What signatures on an image prove, from every place where they may be. Whatever cannot be looked at is a problem, never an absence. */
export async function proveImage(artifact: Artifact, scope: PullScope, trust: TrustMaterial, context: Context): Promise<Proven> {
  const { ports, deadline } = context;
  const late: EvidenceProblem = { code: 'ENGINE_DEADLINE', source: `evidence of ${artifact.raw}` };
  const lookup = await deadline.race(Promise.resolve(ports.source.open(artifact, scope)));
  if (lookup === undefined) return { proofs: [], problems: [late] };
  const [proofs, problems]: [VerifiedEvidence[], EvidenceProblem[]] = [[], []];
  for (let place = 0; ; place += 1) {
    const batch = lookup.batches[place] ?? (await deadline.race(lookup.next(deadline.work)));
    if (batch === undefined) return { proofs, problems: deadline.over ? [...problems, late] : problems };
    problems.push(...batch.problems);
    if (batch.evidence.length === 0) continue;
    const job = { artifact, evidence: batch.evidence, trust, now: ports.clock.now() };
    const outcomes = ports.verifier.known(job) ?? (await deadline.race(ports.verifier.verify(job, deadline.work)));
    if (outcomes === undefined) return { proofs, problems: [...problems, late] };
    const found = gathered(outcomes);
    proofs.push(...found.proofs);
    problems.push(...found.problems);
  }
}

/** True when somebody is trusted at all: without trust nothing is looked for. */
export function trustsAnybody({ keys, roots }: TrustMaterial): boolean {
  return keys.length + roots.length > 0;
}
