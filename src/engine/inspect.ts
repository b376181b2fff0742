/** All that can be proven of an artifact, without any policy. */
import type { Artifact, ArtifactKind, ArtifactRef } from '../domain/artifact/artifact.ts';
import type { TrustMaterial, UnverifiedEvidence, VerificationOutcome, VerifiedEvidence } from '../domain/evidence.ts';
import type { InspectedBuild, InspectedEvidence, Inspection } from '../domain/decision/inspection.ts';
import type { Clock, DigestResolver, EvidenceSource, EvidenceVerifier, FetchProblem } from '../domain/ports.ts';
import type { PullScope } from '../domain/decision/review.ts';
import { describeBuild } from '../evaluate/index.ts';
import { absentCommit } from './source/absent-commit.ts';
import { remedyOfInspection } from './remedy.ts';

/** What an inspection needs from outside. */
export interface InspectPorts {
  readonly clock: Clock;
  readonly source: EvidenceSource;
  readonly resolver: DigestResolver;
  readonly verifier: EvidenceVerifier;
  /** With what evidence may be proven; no policy says who is trusted for what. */
  readonly trust: TrustMaterial;
}

const SCOPE: PullScope = { namespace: '', serviceAccount: '', pullSecrets: [] };

/** Finds and verifies all evidence of an artifact, in every place, and judges nothing. Never throws for what it finds. */
export async function inspect(ref: ArtifactRef, ports: InspectPorts, signal: AbortSignal): Promise<Inspection> {
  const resolution =
    ref.digest === undefined ? await ports.resolver.resolve(ref, SCOPE, signal) : { ok: true as const, digest: ref.digest };
  if (!resolution.ok) return { artifact: ref, evidence: [], problems: [remedyOfInspection(resolution.problem, ref.kind)] };
  const artifact: Artifact = { ...ref, digest: resolution.digest, resolvedFromTag: ref.digest === undefined };
  const evidence: InspectedEvidence[] = [];
  const problems: FetchProblem[] = [];
  const pieces: UnverifiedEvidence[] = [];
  const lookup = await ports.source.open(artifact, SCOPE, { fresh: true });
  for (let place = 0; ; place += 1) {
    const batch = lookup.batches[place] ?? (await lookup.next(signal));
    if (batch === undefined) break;
    problems.push(...batch.problems.map((problem) => remedyOfInspection(problem, ref.kind)));
    if (batch.evidence.length === 0) continue;
    pieces.push(...batch.evidence);
    const outcomes = await ports.verifier.verify(
      { artifact, evidence: batch.evidence, trust: ports.trust, now: ports.clock.now() },
      signal,
    );
    evidence.push(...outcomes.map((outcome) => inspected(outcome, ref.kind)));
  }
  const absent = absentCommit(artifact, { proofs: evidence.flatMap(({ verified }) => verified), evidence: pieces });
  return { artifact, evidence, problems: absent === undefined ? problems : [...problems, remedyOfInspection(absent, ref.kind)] };
}

function inspected({ source, evidenceDigest, verified, problems: all }: VerificationOutcome, kind: ArtifactKind): InspectedEvidence {
  const proofs = fullest(verified);
  const builds = proofs
    .map((proof) => [proof, describeBuild(proof)] as const)
    .filter((entry): entry is readonly [VerifiedEvidence, InspectedBuild] => entry[1] !== undefined);
  const problems = all.map((problem) => remedyOfInspection(problem, kind));
  return { source, evidenceDigest, verified: proofs, problems, builds: new Map(builds) };
}

/** Keys are tried with and without logs; what a log dates says all that the same signature says without. */
function fullest(proofs: readonly VerifiedEvidence[]): readonly VerifiedEvidence[] {
  return proofs.filter(
    ({ signer }) =>
      signer.trustRoot !== undefined ||
      !proofs.some((other) => other.signer.keyId === signer.keyId && other.signer.trustRoot !== undefined),
  );
}
