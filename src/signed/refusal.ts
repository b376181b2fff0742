/** Why a document of policies may not be used although it is well formed: nobody signed it, or not as it is, or it is older than one before. */

/**
 * `unsigned`: carries no signature. `malformed`: what it carries is none. `broken`: no signer of ours made it over this content.
 * `changed`: it is over another content, `misnamed`: over another document. `untrusted`: by nobody who is listed. `outOfBounds`: by
 * somebody who may not sign this document. `uncounted`: by somebody whose word does not count now (window, revocation, log, threshold).
 * `older`: an older version than one seen before. `again`: another content under a version seen before. `recordLost`: whether it is older
 * cannot be known.
 */
export type RefusedBecause =
  | 'unsigned' | 'malformed' | 'broken' | 'changed' | 'misnamed' | 'untrusted' | 'outOfBounds' | 'uncounted' | 'older' | 'again' | 'recordLost';

/** Every reason, for whoever counts them. */
export const REFUSED_BECAUSE: readonly RefusedBecause[] = [
  'unsigned', 'malformed', 'broken', 'changed', 'misnamed', 'untrusted', 'outOfBounds', 'uncounted', 'older', 'again', 'recordLost',
];

/** Why, and what to do about it. */
export interface SignatureRefusal {
  readonly because: RefusedBecause;
  readonly message: string;
}
