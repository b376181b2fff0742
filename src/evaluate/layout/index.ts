/** Layouts: whether what was proven about the steps of a supply chain is what its layout asks for. */
export type { AcceptedStatement, AttestationLayout, LayoutStatementStep } from './attestation-layout.ts';
export { judgeAttestationLayout } from './attestation-layout.ts';
export type { JudgeQuestion, LayoutArtifact } from './judge-layout.ts';
export { judgeLayout } from './judge-layout.ts';
export { judgeLayoutRequirement } from './requirement.ts';
export type { LayoutProblem, LayoutProblemKind, LayoutResult, StepSummary } from './result.ts';
