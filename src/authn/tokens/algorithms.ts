/** By which algorithms tokens may be signed: with a private key of their issuer, never with a secret that a verifier knows too. */

/** All that can be allowed (RFC 7518 §3, RFC 8037, RFC 9864). `none` and `HS*` are not among them and cannot be configured. */
export const TOKEN_ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
] as const;

/** The algorithms of JWT-SVIDs (SPIFFE JWT-SVID §2.1): no others, whatever is allowed elsewhere. */
export const SVID_ALGORITHMS: ReadonlySet<string> = new Set(TOKEN_ALGORITHMS.filter((name) => !name.startsWith('Ed')));
