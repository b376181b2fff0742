/** The reference of a refusal, by which its text leads to the log and to the page of decisions. */
import type { Decision } from '../domain/decision/decision.ts';
import { referenceFacts } from '../domain/decision/reference.ts';
import { shortHash } from '../text/short-hash.ts';

/** A function of the request's object and the refusing findings alone: equal refusals have equal references. */
export function referenceOf(decision: Decision): string {
  return shortHash(referenceFacts(decision));
}
