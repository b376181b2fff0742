/** A Sigstore root that is followed over TUF. */
import type { TufRootSpec } from '../../domain/policy/trust-root.ts';
import { checkTrustedRoot } from './trusted-root.ts';
import type { TufFiles, TufStore } from '../../tuf/client.ts';
import { readPinnedRoot } from '../../tuf/pinned-root.ts';
import { createPublishedReader } from '../../tuf/published/document.ts';
import type { PublishedDocument } from '../../tuf/published/document.ts';

/** Trusted roots that exist have 5 to 50 KiB. */
const MAX_TRUSTED_ROOT = 1024 * 1024;

/** The network and the disk as a trust root over TUF needs them. */
export interface RootSourcePorts {
  readonly store: TufStore;
  files(baseUrl: string, signal: AbortSignal): TufFiles;
}

/** The trusted root of one TUF repository. */
export interface TufRootSource {
  restore(): Promise<PublishedDocument | undefined>;
  refresh(now: number, signal: AbortSignal): Promise<PublishedDocument>;
}

/**
 * Reads the trusted root that a repository publishes: verified by TUF from the pinned root on, and a valid
 * `trusted_root.json` in every part. A published root that is not valid is refused like a forged one.
 */
export function createTufRootSource(spec: TufRootSpec, ports: RootSourcePorts): TufRootSource {
  const pinned = readPinnedRoot(spec.root);
  if (!pinned.ok) return { restore: async () => undefined, refresh: () => Promise.reject(new Error(pinned.problem)) };
  const reader = createPublishedReader({
    pinnedRoot: pinned.bytes,
    store: ports.store,
    target: spec.target,
    maxBytes: MAX_TRUSTED_ROOT,
    problems: checkTrustedRoot,
  });
  return {
    restore: () => reader.restore(),
    refresh: (now, signal) =>
      reader.refresh({ metadata: ports.files(spec.mirror, signal), targets: ports.files(spec.targets, signal) }, now),
  };
}
