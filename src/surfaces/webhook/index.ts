import { JSON_LIMITS, parseJson } from '../../intake/json.ts';
import { readAdmissionReview } from '../../intake/admission-review.ts';
import { toAdmissionResponse } from '../../respond/index.ts';
import type { HttpSurface } from '../http/deps.ts';

/** The validating webhook, `POST /validate`: AdmissionReview in, AdmissionReview out (admission.k8s.io/v1). */
export const webhook: HttpSurface = {
  name: 'webhook',
  reviews: {
    path: '/validate',
    read(body) {
      const json = parseJson(body, JSON_LIMITS);
      return json.ok ? readAdmissionReview(json.value) : json;
    },
    answer: toAdmissionResponse,
  },
};
