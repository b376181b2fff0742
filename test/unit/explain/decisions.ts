import type { Decision } from '../../../src/domain/decision/decision.ts';
import { parseDigest } from '../../../src/domain/artifact/digest.ts';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import { reason } from '../../../src/domain/decision/reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';

export const DIGEST = parseDigest(`sha256:9f2c${'0'.repeat(58)}e1`) as Digest;

/** A finding about the image of the i-th container. */
export function finding(code: ReasonCode, change: Partial<Finding> = {}, index = 0): Finding {
  return {
    verdict: reason(code).verdict,
    code,
    path: `spec.containers[${index}].image`,
    artifact: `ghcr.io/acme/app${index}:1.4`,
    digest: DIGEST,
    policy: 'acme-images',
    requirement: 'signed by release',
    mode: 'enforce',
    ...change,
  };
}

/** A decision with these findings about a pod of three containers. */
export function decision(findings: readonly Finding[], change: Partial<Decision> = {}): Decision {
  const failing = findings.filter((one) => one.verdict !== 'satisfied');
  const outcome = failing.some((one) => one.mode === 'enforce') ? 'deny' : failing.some((one) => one.mode === 'warn') ? 'warn' : 'admit';
  const verdict = failing.some((one) => one.verdict === 'violated') ? 'violated' : failing.length > 0 ? 'undetermined' : 'satisfied';
  return {
    id: '01JD9Q6X0V0000000000000000',
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
    durationMs: 12.4,
    outcome,
    verdict,
    findings,
    artifacts: [0, 1, 2].map((index) => ({
      kind: 'image' as const,
      usage: 'container' as const,
      path: `spec.containers[${index}].image`,
      raw: `ghcr.io/acme/app${index}:1.4`,
      name: `ghcr.io/acme/app${index}`,
      tag: '1.4',
      digest: DIGEST,
      resolvedFromTag: true,
    })),
    notes: [],
    policyGeneration: 'g1',
    request: { surface: 'webhook', proof: 'certificate', uid: 'u-1', operation: 'CREATE', group: '', kind: 'Pod', namespace: 'shop', name: 'web', user: 'alice', dryRun: false },
    ...change,
  };
}
