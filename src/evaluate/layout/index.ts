/** Layouts: whether what was proven about the steps of a supply chain is what its layout asks for. */
export type { AttestationLayout } from './attestation-layout.ts';
export { judgeAttestationLayout } from './attestation-layout.ts';
export type { AcceptedStatement, LayoutStatementStep } from './candidates.ts';
export type { JudgeQuestion, LayoutArtifact } from './judge-layout.ts';
export { judgeLayout } from './judge-layout.ts';
export type { LayoutProblem, LayoutProblemKind, LayoutResult, StepSummary } from './result.ts';
