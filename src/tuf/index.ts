/** What other rooms may use of the TUF client. */
export { refreshTuf } from './client.ts';
export type { TufFiles, TufOptions, TufSession, TufStore, TufTarget } from './client.ts';
export { targetPathProblem } from './file-name.ts';
export { TUF_LIMITS } from './limits.ts';
export { readPinnedRoot } from './pinned-root.ts';
export type { PinnedRootReading } from './pinned-root.ts';
export { createPublishedReader } from './published/document.ts';
export type { PublishedDocument, PublishedOptions, PublishedReader } from './published/document.ts';
export { createTargetsReader } from './published/targets.ts';
export type { PublishedTarget, PublishedTargets, TargetsReader } from './published/targets.ts';
export { TufRefusal } from './refusal.ts';
export type { TufFault } from './refusal.ts';
