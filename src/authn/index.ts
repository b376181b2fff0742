/** What other rooms may use of telling who asks the gate. */
export { createAuthenticator } from './authenticator.ts';
export type { AuthenticatorOptions } from './authenticator.ts';
export { createDocumentFetcher } from './documents.ts';
export type { DocumentFetcher } from './documents.ts';
export { ciIssuer } from './issuers/ci.ts';
export type { CiRule } from './issuers/ci.ts';
export type { Issuer } from './issuers/issuer.ts';
export { kubernetesIssuer } from './issuers/kubernetes.ts';
export type { IssuerKeys } from './issuers/kubernetes.ts';
export { spiffeIssuer } from './issuers/spiffe.ts';
export type { TrustDomain } from './issuers/spiffe.ts';
export { following, readTrustBundle } from './issuers/spiffe-bundle.ts';
export type { TrustBundle } from './issuers/spiffe-bundle.ts';
export { createTokenCheck } from './tokens/check.ts';
export { readKeySet } from './tokens/key-set.ts';
export type { KeySource } from './tokens/key-source.ts';
export { createRunLookup } from './run-lookup.ts';
