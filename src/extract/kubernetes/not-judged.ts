/** Operations and subresources through which no image comes in. */
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { objectFinding } from '../finding.ts';

/**
 * Subresources through which no image gets in: the API server keeps the spec as it is (status), or the body is
 * not the object at all (all others). `ephemeralcontainers` and `resize` carry the whole pod and are judged; so is
 * any subresource that is not listed.
 */
const WITHOUT_IMAGES: ReadonlySet<string> = new Set([
  'status', 'scale', 'binding', 'eviction', 'exec', 'attach', 'log', 'portforward', 'proxy', 'token', 'approval', 'finalize',
]);

/** Why this request brings nothing that could be judged; `undefined` when its object has to be read. */
export function notJudged(review: ReviewRequest): Finding | undefined {
  if (review.operation === 'DELETE' || review.operation === 'CONNECT') {
    return objectFinding('INPUT_NOT_JUDGED', '', { cause: `operation ${review.operation} brings no new image` });
  }
  if (!WITHOUT_IMAGES.has(review.subResource)) return undefined;
  return objectFinding('INPUT_NOT_JUDGED', '', { cause: `subresource ${review.subResource} brings no new image` });
}
