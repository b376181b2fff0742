/** The way in for the API server's admission webhooks. */
import { readAdmissionReview } from '../../intake/admission-review.ts';
import { toAdmissionResponse } from '../../respond/index.ts';
import { fromJson } from '../http/protocol.ts';
import { reviewSurface } from '../http/review-surface.ts';

/** The validating webhook, `POST /validate` or `POST /validate/TOKEN`: AdmissionReview in, AdmissionReview out (admission.k8s.io/v1). */
export const webhook = reviewSurface({
  path: '/validate',
  pathToken: true,
  read: fromJson(readAdmissionReview),
  answer: (decision, { apiVersion, review }) => toAdmissionResponse(decision, { apiVersion, uid: review.uid }),
});
