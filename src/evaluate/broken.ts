/** A policy whose document cannot be used demands nothing that could hold: what it speaks about is undetermined, in its mode. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import { policyName } from './finding.ts';

/** What is said of an artifact by each of these policies that cannot be used; nothing of those that can. */
export function byBroken(policies: readonly CompiledPolicy[], { path, raw }: Pick<ArtifactRef, 'path' | 'raw'>): readonly Finding[] {
  return policies.flatMap((policy): readonly Finding[] => policy.broken === undefined ? [] : [{
    verdict: reason('POLICY_BROKEN').verdict, code: 'POLICY_BROKEN', path, artifact: raw,
    policy: policyName(policy), mode: policy.mode, cause: policy.broken,
  }]);
}
