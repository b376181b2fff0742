/** What this room gives: a request from each way in. */
export { readAdmissionReview } from './admission-review.ts';
export type { ReviewResult } from './admission-review.ts';
export { blobRequest, imageRequest } from './cli-input.ts';
export type { BlobInput, CliOptions } from './cli-input.ts';
export { decisionTime, requestTimeout } from './deadline.ts';
export { readImageReview } from './image-review.ts';
export { JSON_LIMITS, parseJson } from './json.ts';
export type { JsonResult } from './json.ts';
