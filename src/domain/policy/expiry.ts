/** What in a set of policies changes with time alone, and how near its end is: for warnings, never for verdicts. */
import type { SigstoreRoot } from './trust-root.ts';
import type { Signer } from './requirement.ts';
import type { Revocation } from './revocation.ts';
import type { AdmissionException } from '../decision/exception.ts';

/** The sorts of authority that a trust root lists. */
export type AuthorityKind = 'certificate-authority' | 'transparency-log' | 'ct-log' | 'timestamp-authority';

/** How long one authority of a trust root can prove anything new: the end of its window or of its certificates. */
export interface AuthorityWindow {
  readonly kind: AuthorityKind;
  /** URL or subject, for messages. */
  readonly name: string;
  /** Epoch milliseconds; absent: open. */
  readonly end?: number;
  /** What else than those of the same store goes on is no successor; absent: all of a kind are one store. */
  readonly store?: string;
}

/** A trust root with the windows of its authorities. */
export interface RootWindows extends Pick<SigstoreRoot, 'name' | 'require'> {
  readonly windows: readonly AuthorityWindow[];
}

/** An exception as far as its end goes. */
export type ExceptionEnd = Pick<AdmissionException, 'name' | 'expiresAt'>;

/** Everything in a set of policies that changes with time alone. */
export interface TrustInventory {
  readonly signers: readonly Signer[];
  /** Roots that some signer names. */
  readonly roots: readonly RootWindows[];
  readonly revocations: readonly Revocation[];
  readonly exceptions?: readonly ExceptionEnd[];
}

/**
 * How an end stands to the present. `expired`: nothing of this sort is left, nothing new can be proven. `ended`: over,
 * but others of its sort go on, as after a rotation. `expiring`: over soon. `later`: over some day.
 */
export type ExpiryState = 'expired' | 'expiring' | 'ended' | 'later';

/** One end of trust. */
export interface Expiry {
  readonly kind: 'key' | 'signer' | 'exception' | 'revocation-list' | AuthorityKind;
  /** Name of the Signer, TrustRoot or AdmissionException; URL of a list of revoked certificates. */
  readonly name: string;
  /** Which of its things: a key id, the URL or subject of an authority; empty for a signer as a whole. */
  readonly item: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly state: ExpiryState;
}
