/** Outcomes as they are remembered and handed out: under which key, for how many bytes, and under whose name. */
import type { UnverifiedEvidence, VerificationJob, VerificationOutcome } from '../domain/evidence.ts';
import type { Landed } from '../flow/memory.ts';
import { faultOutcome } from './proof.ts';
import type { RawOutcome } from './proof.ts';
import { toOutcome } from './verified.ts';

/** Bytes an outcome is reckoned at beside its evidence. */
const ENTRY_BYTES = 1024;

/**
 * Everything an outcome depends on. The trust id stands for all keys and roots, the evidence digest for bytes and
 * annotations. With the artifact's bytes more can be verified than without; which bytes, its digest says. Only of packages the
 * name matters as well, which statements must not contradict.
 */
export function outcomeKey(evidence: UnverifiedEvidence, { artifact, trust }: VerificationJob): string {
  const artifactKey = artifact.kind === 'package' ? `package ${artifact.name} ${artifact.digest}` : `${artifact.kind} ${artifact.digest}`;
  return `${artifactKey} ${trust.id} ${evidence.format} ${evidence.digest}${evidence.message === undefined ? '' : ' and its message'}`;
}

/** What a thread's answer about a piece comes to, kept when nothing but the question decided it. */
export function landed(evidence: UnverifiedEvidence, raw: RawOutcome | undefined): Landed<VerificationOutcome> {
  if (raw === undefined) {
    return { value: toOutcome(faultOutcome(evidence, 'verification thread gave no answer for this piece'), evidence.source) };
  }
  const value = toOutcome(raw, evidence.source);
  return raw.cacheable ? { value, bytes: evidence.bytes.length + ENTRY_BYTES } : { value };
}

/** An outcome under the name of the place where this caller found the evidence. */
export function foundAt(outcome: VerificationOutcome, source: string): VerificationOutcome {
  if (outcome.source === source) return outcome;
  return {
    ...outcome,
    source,
    verified: outcome.verified.map((evidence) => ({ ...evidence, source })),
    ...(outcome.related === undefined ? {} : { related: outcome.related.map((evidence) => ({ ...evidence, source })) }),
    problems: outcome.problems.map((problem) => ({ ...problem, source })),
  };
}

/** The answers there are, and ENGINE_DEADLINE for those that the caller did not wait for. */
export function orDeadline(answers: readonly (VerificationOutcome | undefined)[], job: VerificationJob): readonly VerificationOutcome[] {
  return job.evidence.map(({ digest, source }, index) => answers[index] ?? {
    evidenceDigest: digest,
    source,
    verified: [],
    problems: [{ code: 'ENGINE_DEADLINE', source, cause: 'the request ended before the verification did' }],
  });
}
