/** What this room gives: a text or a document for every place where decisions are read. */
export { escapeText } from '../text/shown.ts';
export { referenceOf } from './reference.ts';
export { denialText, MAX_DENIAL_BYTES } from './denial.ts';
export { denies, denyingFindings } from './findings.ts';
export { inspectionJson, inspectionTree } from './inspection.ts';
export { decisionJson } from './json.ts';
export type { ArtifactDocument, DecisionDocument, FindingDocument } from './json.ts';
export { findingLine } from './line.ts';
export { reasonsPage, reasonText } from './reason.ts';
export { reportText } from './report.ts';
export type { Reported } from './report.ts';
export { decisionTable } from './table.ts';
export { tasksOf } from './tasks.ts';
export type { TaskSummary } from './tasks.ts';
export { warningLines } from './warnings.ts';
