/** The way in for the API server's image policy plug-in. */
import { readImageReview } from '../../intake/image-review.ts';
import { toImageReview } from '../../respond/index.ts';
import { fromJson } from '../http/protocol.ts';
import { reviewSurface } from '../http/review-surface.ts';

/** The back end of the ImagePolicyWebhook plug-in, `POST /imagereview` (imagepolicy.k8s.io/v1alpha1). */
export const imagereview = reviewSurface({
  path: '/imagereview',
  read: fromJson(readImageReview),
  answer: toImageReview,
});
