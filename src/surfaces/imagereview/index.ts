import { readImageReview } from '../../intake/image-review.ts';
import { JSON_LIMITS, parseJson } from '../../intake/json.ts';
import { toImageReview } from '../../respond/index.ts';
import type { HttpSurface } from '../http/deps.ts';

/** The back end of the ImagePolicyWebhook plug-in, `POST /imagereview` (imagepolicy.k8s.io/v1alpha1). */
export const imagereview: HttpSurface = {
  name: 'imagereview',
  reviews: {
    path: '/imagereview',
    read(body) {
      const json = parseJson(body, JSON_LIMITS);
      return json.ok ? readImageReview(json.value) : json;
    },
    answer: toImageReview,
  },
};
