/** A decision in the words of an ImageReview, which knows no warnings. */
import type { Decision } from '../domain/decision/decision.ts';
import { denialText } from '../explain/index.ts';
import { auditAnnotations } from './annotations.ts';
import type { AuditAnnotations } from './annotations.ts';
import { wireText } from './wire-text.ts';

/** Longest reason in bytes: the plug-in puts it into the pod's error and into one audit annotation. */
const MAX_REASON_BYTES = 2048;

/** The answer to an ImageReview (`imagepolicy.k8s.io/v1alpha1`, ImageReviewStatus). */
export interface ImageReviewAnswer {
  readonly apiVersion: string;
  readonly kind: 'ImageReview';
  readonly status: {
    readonly allowed: boolean;
    /** Only with a denial; the plug-in shows it to the user. */
    readonly reason?: string;
    readonly auditAnnotations: AuditAnnotations;
  };
}

/** The ImageReview that answers one. It knows no warnings, so a `warn` outcome shows in the audit log only. */
export function toImageReview(decision: Decision, envelope: { readonly apiVersion: string }): ImageReviewAnswer {
  const allowed = decision.outcome !== 'deny';
  return {
    apiVersion: envelope.apiVersion,
    kind: 'ImageReview',
    status: {
      allowed,
      ...(allowed ? {} : { reason: wireText(denialText(decision, MAX_REASON_BYTES)) }),
      auditAnnotations: auditAnnotations(decision),
    },
  };
}
