/** Times are proven or they are not: what an identity's own root vouches for, and windows compared with it. */
import type { ProvenEvidence } from '../../domain/evidence.ts';
import type { SignerIdentity, Validity } from '../../domain/policy/requirement.ts';

/**
 * The moment at which a signature is proven to have existed, for whoever trusts this identity; epoch milliseconds.
 *
 * The earliest of the proven times, since each of them alone proves it. Only times proven under the trust root that
 * the identity itself names count: what another policy's root vouches for says nothing to this signer.
 */
export function provenTime(identity: SignerIdentity, proof: Pick<ProvenEvidence, 'signer' | 'times'>): number | undefined {
  if (identity.trustRoot === undefined || proof.signer.trustRoot !== identity.trustRoot) return undefined;
  let earliest: number | undefined;
  for (const { at } of proof.times) if (earliest === undefined || at < earliest) earliest = at;
  return earliest;
}

/**
 * The same, by the word of somebody else than the signer. Where a trust root believes the signer's own clock, whoever has stolen his key
 * has the clock as well.
 */
export function timeApart(identity: SignerIdentity, { signer, times }: Pick<ProvenEvidence, 'signer' | 'times'>): number | undefined {
  return provenTime(identity, { signer, times: times.filter(({ source }) => source !== 'authority') });
}

/**
 * The moment at which a log of the identity's root took the signature in, by its own signed word, or a signing authority made it;
 * epoch milliseconds. Whoever has a signature can have it stamped at any later time, so a stamp proves that it is old, never young.
 */
export function loggedTime(identity: SignerIdentity, proof: ProvenEvidence): number | undefined {
  return provenTime(identity, { ...proof, times: proof.times.filter(({ source }) => source !== 'timestamp') });
}

/**
 * Why a window does not cover the evidence, or `undefined` when it does. The proven time decides; without one the
 * present does (DESIGN §8, "Keys"). Both ends belong to the window.
 */
export function outsideWindow({ notBefore, notAfter }: Validity, proven: number | undefined, now: number): string | undefined {
  const at = proven ?? now;
  const what = proven === undefined ? 'no signing time is proven, and now' : 'the proven signing time';
  if (notBefore !== undefined && at < notBefore) return `${what} ${timeText(at)} is before notBefore ${timeText(notBefore)}`;
  if (notAfter !== undefined && at > notAfter) return `${what} ${timeText(at)} is after notAfter ${timeText(notAfter)}`;
  return undefined;
}

/** A window in messages: what is dated inside counts. */
export function windowText({ notBefore, notAfter }: Validity): string {
  const from = notBefore === undefined ? '' : ` from ${timeText(notBefore)}`;
  return `evidence dated${from}${notAfter === undefined ? ' on' : ` until ${timeText(notAfter)}`}`;
}

/** A moment in messages. Times from documents and evidence are all within what a date can hold. */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}

const UNITS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000]] as const;

/** A stretch of time in messages, in the largest unit that leaves no fraction: `10 minutes`, `36 hours`. */
export function stretchText(ms: number): string {
  const [name, unit] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['millisecond', 1];
  const count = ms / unit;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
