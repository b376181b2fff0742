/** For every reason of a policy about artifacts: who is refused, and what becomes of him, or of the owner, who obeys. */
import type { GATE_REASONS } from '../../../src/domain/decision/catalogue/gate-reasons.ts';
import type { PIPELINE_REASONS } from '../../../src/domain/decision/catalogue/pipeline-reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { BUILD_FIXES } from './policy-build.ts';
import { CONTENT_FIXES } from './policy-content.ts';
import { LAYOUT_FIXES } from './policy-layout.ts';
import { SIGNER_FIXES } from './policy-signers.ts';
import { SOURCE_FIXES } from './policy-source.ts';
import { byKey, policy, SIGNERS } from './support.ts';
import type { Obeyed } from './support.ts';

/** Codes of policies that are neither of the gate nor of pipelines. Requesters of builds are among the fixes of pipelines. */
export type PolicyCode = Exclude<
  Extract<ReasonCode, `POLICY_${string}`>, keyof typeof GATE_REASONS | keyof typeof PIPELINE_REASONS | 'POLICY_SATISFIED' | 'POLICY_REQUESTER'
>;

const GOOD = { policies: SIGNERS + policy({ signature: { by: ['alice'] } }), evidence: [byKey()] };

/** One for every code; nothing compiles while one is missing. */
export const POLICY_FIXES: Readonly<Record<PolicyCode, Obeyed>> = {
  ...SIGNER_FIXES,
  ...CONTENT_FIXES,
  ...BUILD_FIXES,
  ...LAYOUT_FIXES,
  ...SOURCE_FIXES,
  POLICY_BROKEN: {
    refused: { ...GOOD, unusable: [{ kind: 'ClusterArtifactPolicy', name: 'shop', text: '{}', reason: 'spec: unknown field "treshold"' }] },
    fix: /could not verify, retry; when it lasts, ask the owner of policy shop to mend it/, says: /unknown field "treshold"/, owner: /mend the policy, its status names every problem/, obeyed: GOOD,
  },
  POLICY_UNAVAILABLE: { refused: { ...GOOD, broken: true }, fix: /ask an administrator of Gatehouse to mend the policy files/, owner: /mend the policy files: gatehouse policy lint/, obeyed: GOOD },
};
