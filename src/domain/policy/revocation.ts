/** What is no longer believed although its cryptography holds, why, and since when. */
import type { VerifiedEvidence } from '../evidence.ts';
import type { TextMatcher } from './requirement.ts';

/** What is no longer good: a credential, a log entry, or an artifact nobody shall vouch for. */
export type RevokedThing =
  | { readonly kind: 'key'; readonly keyId: string }
  | { readonly kind: 'fingerprint'; readonly fingerprint: string }
  | { readonly kind: 'serial'; readonly serial: string; readonly trustRoot?: string }
  | { readonly kind: 'identity'; readonly issuer: TextMatcher; readonly subject: TextMatcher }
  | { readonly kind: 'logIndex'; readonly logId: string; readonly index: string }
  | { readonly kind: 'digest'; readonly digest: string };

/** One entry of `revocations`: what falls, why, and since when it is not to be believed. */
export interface Revocation {
  readonly what: RevokedThing;
  readonly reason: string;
  /**
   * Epoch milliseconds. Evidence proven to be older (log or timestamp authority, never the signer's own word) stays
   * good; without it everything falls.
   */
  readonly compromisedAt?: number;
  /** The document that says so, for messages: `Signer acme-release`, `RevocationList incidents`. */
  readonly declaredBy: string;
}

/** What revocations are looked up by: only what `verify/` proved. */
export type Revocable = Pick<VerifiedEvidence, 'signer' | 'logEntries' | 'artifactDigest'>;

/** A set of revocations, indexed; made only by `policy/`. */
export interface RevocationBook {
  readonly entries: readonly Revocation[];
  /**
   * Every revocation that speaks about this evidence, whatever its time. `covered` is the platform image for which
   * evidence of an index is about to speak: revoking either digest counts.
   */
  matching(evidence: Revocable, covered?: string): readonly Revocation[];
}

/** A revoked thing as a reader recognises it. */
export function revokedText(what: RevokedThing): string {
  switch (what.kind) {
    case 'key':
      return `key ${what.keyId}`;
    case 'fingerprint':
      return `certificate ${what.fingerprint}`;
    case 'serial':
      return `certificate with serial number ${what.serial}${what.trustRoot === undefined ? '' : ` under ${what.trustRoot}`}`;
    case 'identity':
      return `identity ${what.subject.source} (issuer ${what.issuer.source})`;
    case 'logIndex':
      return `entry ${what.index} of log ${what.logId}`;
    case 'digest':
      return `artifact ${what.digest}`;
  }
}
