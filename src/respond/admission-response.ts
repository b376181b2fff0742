/** A decision in the words of an AdmissionReview. */
import type { Decision } from '../domain/decision/decision.ts';
import { warningLines } from '../explain/index.ts';
import { auditAnnotations } from './annotations.ts';
import type { AuditAnnotations } from './annotations.ts';
import { denialStatus } from './denial-status.ts';
import type { DenialStatus } from './denial-status.ts';
import { wireText } from './wire-text.ts';

/** What the answer repeats of the request. */
export interface AdmissionEnvelope {
  /** `admission.k8s.io/v1` or `v1beta1`: the API server takes no other version than its own. */
  readonly apiVersion: string;
  readonly uid: string;
}

/** The answer to an AdmissionReview (admission/v1, AdmissionResponse). */
export interface AdmissionAnswer {
  readonly apiVersion: string;
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: DenialStatus;
    readonly warnings?: readonly string[];
    readonly auditAnnotations: AuditAnnotations;
  };
}

/** The whole AdmissionReview that answers a request. A `warn` outcome admits; only `deny` carries a status. */
export function toAdmissionResponse(decision: Decision, envelope: AdmissionEnvelope): AdmissionAnswer {
  return { apiVersion: envelope.apiVersion, kind: 'AdmissionReview', response: responseOf(decision, envelope.uid) };
}

function responseOf(decision: Decision, uid: string): AdmissionAnswer['response'] {
  const notes = auditAnnotations(decision);
  if (decision.outcome === 'deny') return { uid, allowed: false, status: denialStatus(decision), auditAnnotations: notes };
  const warnings = warningLines(decision).map(wireText);
  return warnings.length === 0
    ? { uid, allowed: true, auditAnnotations: notes }
    : { uid, allowed: true, warnings, auditAnnotations: notes };
}
