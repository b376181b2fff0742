/** Which of two answers of a responder is kept: never the older one, and never less than was known. */
import type { RevocationAnswer } from '../../domain/certificate-status.ts';
import type { Taken } from './kept.ts';
import { endOf, olderThan } from './kept.ts';

/**
 * Takes an answer in the place of the one before it. Of two of one moment, as responders write that round their times, the one that says
 * "revoked" is the later. Whoever does not know a certificate takes back nothing that he has said of it.
 */
export function takeAnswer(answer: RevocationAnswer, kept: RevocationAnswer | undefined): Taken<RevocationAnswer> {
  if (kept === undefined) return { value: answer, isNew: true };
  const order = answer.thisUpdate - kept.thisUpdate || rank(answer) - rank(kept) || endOf(answer) - endOf(kept);
  if (answer.thisUpdate < kept.thisUpdate) return { value: kept, isNew: false, problem: olderThan(answer.thisUpdate, kept.thisUpdate) };
  if (answer.status === 'unknown' && typeof kept.status === 'object')
    return { value: kept, isNew: false, problem: 'does not know a certificate any more that it has called revoked' };
  const isOther = (typeof answer.status === 'object') !== (typeof kept.status === 'object');
  return order > 0 ? { value: answer, isNew: true, isOther } : { value: kept, isNew: false };
}

function rank({ status }: RevocationAnswer): number {
  return typeof status === 'object' ? 2 : status === 'good' ? 1 : 0;
}
