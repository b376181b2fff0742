/** Following several targets of a repository together: all of one state, each by the role that may speak for it. */
import { refreshTuf } from '../client.ts';
import type { TufFiles, TufSession, TufStore } from '../client.ts';
import { requireBytes } from '../file-info.ts';
import { requireSecondOpinion } from './document.ts';
import { refuse, TufRefusal } from '../refusal.ts';

/** A target as its role publishes it. */
export interface PublishedTarget {
  readonly path: string;
  readonly role: string;
  readonly bytes: Uint8Array;
}

/** All targets that were asked for, of one state of the repository. */
export interface PublishedTargets {
  readonly targets: readonly PublishedTarget[];
  readonly versions: TufSession['versions'];
}

/** Follows targets. Calls must not overlap. */
export interface TargetsReader {
  /** Asks the repository. Throws when it cannot be reached, is wrong, or has not all of the targets. */
  refresh(files: { readonly metadata: TufFiles; readonly targets: TufFiles }, now: number): Promise<PublishedTargets>;
}

/** What is followed, and from which pinned root on. */
export interface TargetsOptions {
  readonly pinnedRoot: Uint8Array;
  readonly store: TufStore;
  readonly paths: readonly string[];
  /** Largest target that is read. */
  readonly maxBytes: number;
}

/** Makes the reader. What differs from what was read before is used only when tuf-js accepts it too (ADR 0006). */
export function createTargetsReader({ pinnedRoot, store, paths, maxBytes }: TargetsOptions): TargetsReader {
  let before: readonly PublishedTarget[] = [];
  return {
    async refresh(files, now) {
      const session = await refreshTuf({ pinnedRoot, store, now, metadata: files.metadata });
      const targets: PublishedTarget[] = [];
      for (const path of paths) {
        const target = (await session.find(path)) ?? refuse('missing', `target ${JSON.stringify(path)} is not in the repository`);
        const known = before.find((one) => one.path === path && one.role === target.role && isSame(one.bytes, target));
        const bytes = known?.bytes ?? await session.download(target, files.targets, maxBytes);
        if (known === undefined) await requireSecondOpinion({ session, target, bytes, now }, { pinnedRoot, store });
        targets.push({ path, role: target.role, bytes });
      }
      before = targets;
      return { targets, versions: session.versions };
    },
  };
}

function isSame(bytes: Uint8Array, info: Parameters<typeof requireBytes>[1]): boolean {
  try {
    requireBytes(bytes, info, '');
    return true;
  } catch (error) {
    if (error instanceof TufRefusal) return false;
    throw error;
  }
}
