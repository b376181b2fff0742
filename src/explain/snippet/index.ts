/** From what was found to a policy that asks for it, to be read and then pasted. */
export { draftPolicy } from './draft.ts';
export type { Draft, Standing } from './draft.ts';
export type { KnownKeys } from './signers.ts';
export { leftOut, trialName, writePolicy, writeTrial } from './write.ts';
