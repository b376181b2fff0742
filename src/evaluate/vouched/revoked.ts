/** A revocation takes a proof down unless the proof is proven to be older than the compromise. */
import type { Revocable, Revocation, RevocationBook } from '../../domain/policy/revocation.ts';
import { revokedText } from '../../domain/policy/revocation.ts';
import { timeText } from './time.ts';

/** What revocations make of one proof: it falls by `fatal`, or stands although `survived` speak about it. */
export interface RevocationVerdict {
  readonly fatal?: Revocation;
  readonly survived: readonly Revocation[];
}

/**
 * Asks the revocations that bind somebody about what he signed, which is proven to be as old as `proven` says. All of them
 * must spare it: one whose date of compromise is proven to be later than the signature spares, every other one does not.
 */
export function judgeRevocations(
  books: readonly RevocationBook[],
  revocable: Revocable,
  proven: number | undefined,
): RevocationVerdict {
  const survived: Revocation[] = [];
  for (const book of books) {
    for (const entry of book.matching(revocable)) {
      if (!isOlder(proven, entry)) return { fatal: entry, survived: [] };
      survived.push(entry);
    }
  }
  return { survived };
}

/** Strictly: what was signed at the moment of the compromise may be the thief's. */
function isOlder(proven: number | undefined, { compromisedAt }: Revocation): boolean {
  return compromisedAt !== undefined && proven !== undefined && proven < compromisedAt;
}

/** What is revoked by whom and why, and how the proven time stands to the compromise. */
export function revocationCause({ what, declaredBy, reason, compromisedAt }: Revocation, proven: number | undefined): string {
  const revoked = `${revokedText(what)} is revoked by ${declaredBy}: ${reason}`;
  if (compromisedAt === undefined) return revoked;
  const time = proven === undefined ? 'no signing time is proven' : `the proven signing time ${timeText(proven)} is not before that`;
  return `${revoked}; compromised at ${timeText(compromisedAt)}, and ${time}`;
}
