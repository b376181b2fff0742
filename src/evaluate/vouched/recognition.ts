/** What comparing a proven signer with an identity of a policy gives. */

/** Whether a proof was made by an identity; `cause` is given when only a detail differs, `code` when that has a reason of its own. */
export type Recognition = { readonly ok: true } | { readonly ok: false; readonly cause?: string; readonly code?: 'VERIFY_HASH' };
