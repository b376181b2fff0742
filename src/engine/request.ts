/** What is said of the request itself rather than of an artifact: faults of its object, and policies about builds it starts. */
import type { Finding } from '../domain/decision/finding.ts';
import type { Extraction } from '../domain/decision/review.ts';
import { aboutRequest, evaluateRequest } from '../evaluate/request/index.ts';
import type { Context } from './context.ts';
import { selectForRequest } from './select-policies.ts';

/**
 * All findings that are about no artifact: those about the object, and where the request starts a build, what the policies
 * about requests say of it. While there are no policies, or labels are not known, a build is undetermined. Never throws.
 */
export async function judgeRequest({ findings, request }: Extraction, context: Context): Promise<readonly Finding[]> {
  if (request === undefined) return findings;
  try {
    if (context.policies === undefined) return [...findings, aboutRequest({ code: 'POLICY_UNAVAILABLE' })];
    const { applies, unknown } = await selectForRequest(context.policies, context);
    const open = unknown.map((policy) => aboutRequest({ code: 'SELECT_LABELS_UNKNOWN' }, policy));
    return [...findings, ...open, ...evaluateRequest(request, applies)];
  } catch (fault) {
    return [...findings, context.fault(fault)];
  }
}
