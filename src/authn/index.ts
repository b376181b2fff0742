/** What other rooms may use of telling who asks the gate. */
export { createAuthenticator } from './authenticator.ts';
export type { AuthenticatorOptions } from './authenticator.ts';
export { createRunLookup } from './run-lookup.ts';
