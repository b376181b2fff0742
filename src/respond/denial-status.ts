/** The status that a denial carries: whether another try may help decides it, since controllers act by it. */
import type { Decision } from '../domain/decision/decision.ts';
import { denialText, denyingFindings } from '../explain/index.ts';
import { finalText, wireText } from './wire-text.ts';

/** The part of metav1.Status that a webhook's denial carries. */
export interface DenialStatus {
  readonly code: 400 | 403 | 422 | 503;
  readonly reason: 'BadRequest' | 'Forbidden' | 'Invalid' | 'ServiceUnavailable';
  readonly message: string;
  /** Only with 503: the API server makes a Retry-After of it, and clients built on client-go repeat the request by themselves. */
  readonly details?: { readonly retryAfterSeconds: number };
}

/**
 * Groups whose controllers try again for ever after 403, and end the run with the message after 400; the same
 * controllers are right to try again after 503.
 */
const FINAL_ON_BAD_REQUEST: ReadonlySet<string> = new Set(['tekton.dev', 'resolution.tekton.dev']);

/** What a document of ours says is wrong, whoever sends it: as the API server itself answers. */
const OF_DOCUMENT: ReadonlySet<string> = new Set(['INPUT_POLICY_INVALID', 'INPUT_POLICY_TOO_LARGE']);

/** What a document says is all that is wrong: not who sends it, and not how many there are. */
function isInvalid(decision: Decision): boolean {
  const denying = denyingFindings(decision);
  return denying.length > 0 && denying.every(({ code }) => OF_DOCUMENT.has(code));
}

/** Why a request is denied: violated, or only undetermined. Findings that do not deny have no say. */
export function denialVerdict(decision: Decision): 'violated' | 'undetermined' {
  const denying = denyingFindings(decision);
  const verdicts = denying.length > 0 ? denying.map((finding) => finding.verdict) : [decision.verdict];
  return verdicts.includes('violated') ? 'violated' : 'undetermined';
}

/** The status of a denied decision, with its text. */
export function denialStatus(decision: Decision): DenialStatus {
  const text = denialText(decision);
  if (denialVerdict(decision) === 'undetermined') {
    const message = wireText(text);
    const { retryAfterSeconds } = decision;
    const unavailable = { code: 503, reason: 'ServiceUnavailable', message } as const;
    return retryAfterSeconds === undefined ? unavailable : { ...unavailable, details: { retryAfterSeconds } };
  }
  const message = finalText(text);
  if (isInvalid(decision)) return { code: 422, reason: 'Invalid', message };
  return FINAL_ON_BAD_REQUEST.has(decision.request.group)
    ? { code: 400, reason: 'BadRequest', message }
    : { code: 403, reason: 'Forbidden', message };
}
