/** What this room gives: an answer in each protocol. */
export { toAdmissionResponse } from './admission-response.ts';
export type { AdmissionAnswer, AdmissionEnvelope } from './admission-response.ts';
export { auditAnnotations } from './annotations.ts';
export type { AuditAnnotations } from './annotations.ts';
export { denialStatus, denialVerdict } from './denial-status.ts';
export type { DenialStatus } from './denial-status.ts';
export { errorAnswer } from './error-answer.ts';
export type { ErrorAnswer } from './error-answer.ts';
export { exitCode } from './exit-code.ts';
export type { ExitCode } from './exit-code.ts';
export { toImageReview } from './image-review.ts';
export type { ImageReviewAnswer } from './image-review.ts';
export { mutableOf } from './mutable.ts';
export type { MutationSettings } from './mutable.ts';
export { patchOf, toMutationResponse } from './mutation.ts';
export type { MutationAnswer, PatchStep } from './mutation.ts';
