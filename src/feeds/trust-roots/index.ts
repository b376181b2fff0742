/** What this folder gives: the follower of trust roots over TUF, a store for it, and its report. */
export { createFileStore } from './folder-store.ts';
export type { FileStore } from './folder-store.ts';
export { createTrustRootFollower } from './follower.ts';
export type { AskedRoots, TrustRootFollower, TrustRootState } from './follower.ts';
export type { RootDocument, RootSource, TrustRootEvents } from './root.ts';
export { reportTrustRoots } from './report.ts';
