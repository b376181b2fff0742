/** What an artifact was judged by and what that rested on, noted where somebody may vouch for it, and nowhere else. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { UnverifiedEvidence, VerificationOutcome } from '../../domain/evidence.ts';
import type { Vouched, VouchedInput } from '../../domain/gate/vouched.ts';
import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { Requirement } from '../../domain/policy/requirement.ts';
import { policyName } from '../../evaluate/index.ts';
import { contentsOf } from '../../select/policies-digest.ts';
import { sha256Hex } from '../../text/sha256.ts';

/** True when whoever asks may have a receipt or summary made of the answer: everybody else pays nothing for it. */
export function isToBeVouched({ surface, summary }: Pick<ReviewRequest, 'surface' | 'summary'>): boolean {
  return surface === 'gate' || summary === true;
}

/** Evidence that was proven in one request, by the digest of the artifact that it counts for. */
export type ProvenInputs = Map<string, VouchedInput[]>;

/** Notes what of this evidence was proven; its digest is that of its bytes alone, whatever stood beside them. */
export function noteProven(
  into: ProvenInputs, artifact: string, evidence: readonly UnverifiedEvidence[], outcomes: readonly VerificationOutcome[],
): void {
  const proven = new Set(outcomes.filter(({ verified }) => verified.length > 0).map(({ evidenceDigest }) => evidenceDigest));
  const inputs = into.get(artifact) ?? [];
  for (const { digest, source, bytes, parts } of evidence)
    // Of a layout each link is evidence by itself as well.
    if (parts === undefined && proven.has(digest)) inputs.push({ uri: source, digest: `sha256:${sha256Hex(bytes)}` });
  into.set(artifact, inputs);
}

/** What there is to vouch for: the policies that have a say, the evidence that satisfied them, and the levels that it proves. */
export function vouchedFor(
  { digest }: Pick<Artifact, 'digest'>, policies: readonly CompiledPolicy[], findings: readonly Finding[], proven: ProvenInputs,
): Vouched {
  const satisfied = findings.filter(({ verdict, mode }) => verdict === 'satisfied' && mode !== 'audit');
  const counted = satisfied.flatMap(({ evidence = [] }) => evidence.filter(({ code }) => code === 'POLICY_SATISFIED'));
  const sources = new Set(counted.map(({ source }) => source));
  const inputs = new Map((proven.get(digest) ?? []).filter(({ uri }) => sources.has(uri)).map((input) => [input.digest, input]));
  const requirements = policies.flatMap((policy) => policy.requirements.map((requirement) => ({ name: policyName(policy), requirement })));
  const held = requirements.filter(({ name, requirement }) =>
    satisfied.some((finding) => finding.policy === name && finding.requirement === requirement.name));
  return {
    policies: contentsOf(policies),
    inputs: [...inputs.values()],
    levels: [...new Set(held.flatMap(({ requirement }) => levelsOf(requirement)))].toSorted(),
  };
}

/** Levels that were demanded and found. Which alternative of an `anyOf` held is not known, so it proves none. */
function levelsOf(requirement: Requirement): readonly string[] {
  switch (requirement.kind) {
    case 'provenance':
      return requirement.level === undefined ? [] : [`SLSA_BUILD_LEVEL_${requirement.level}`];
    case 'vsa':
      return requirement.levels;
    default:
      return [];
  }
}
