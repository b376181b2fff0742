/** Following several targets of a repository together: all of one state, each by the role that may speak for it. */
import { refreshTuf } from '../client.ts';
import type { TufFiles, TufSession, TufStore } from '../client.ts';
import { requireBytes } from '../file-info.ts';
import { requireSecondOpinion } from './document.ts';
import { decodeKept, encodeKept, keptSession } from './kept.ts';
import { refuse, TufRefusal } from '../refusal.ts';

/** A target as its role publishes it. */
export interface PublishedTarget {
  readonly path: string;
  /** Roles through which `targets` delegates to the one that lists it, that one last; empty for `targets` itself. */
  readonly via: readonly string[];
  readonly bytes: Uint8Array;
}

/** All targets that were asked for, of one state of the repository. */
export interface PublishedTargets {
  readonly targets: readonly PublishedTarget[];
  readonly versions: TufSession['versions'];
}

/** Follows targets. Calls must not overlap. */
export interface TargetsReader {
  /**
   * The targets as they were last accepted together, verified again from the store and with the roles that list them there; `undefined`
   * when not all of them are kept. Asks no network, and pays no regard to expiry: when they were confirmed is told with them.
   */
  restore(): Promise<(PublishedTargets & { readonly confirmedAt: number }) | undefined>;
  /** Asks the repository. Throws when it cannot be reached, is wrong, or has not all of the targets. */
  refresh(files: { readonly metadata: TufFiles; readonly targets: TufFiles }, now: number): Promise<PublishedTargets>;
}

/** What is followed, and from which pinned root on. */
export interface TargetsOptions {
  readonly pinnedRoot: Uint8Array;
  readonly store: TufStore;
  readonly paths: readonly string[];
  /** Under which name in the store they are kept: of each set of paths its own. */
  readonly keptAs: string;
  /** Largest target that is read, and all of them together: what is kept has to fit into a file of the store. */
  readonly maxBytes: number;
  readonly maxTotal: number;
}

/** Makes the reader. What differs from what was read before is used only when tuf-js accepts it too (ADR 0006). */
export function createTargetsReader({ pinnedRoot, store, paths, keptAs, maxBytes, maxTotal }: TargetsOptions): TargetsReader {
  /** Content that was accepted, by path: what a look could not finish, the next one goes on from. */
  const accepted = new Map<string, Uint8Array>();
  return {
    async restore() {
      const bytes = await store.read(keptAs);
      const kept = bytes === undefined ? undefined : decodeKept(bytes);
      if (kept === undefined) return undefined;
      try {
        const session = await keptSession(kept, pinnedRoot, store);
        const targets: PublishedTarget[] = [];
        for (const path of paths) {
          const [target, content] = [await session.find(path), kept.targets.get(path)];
          if (target === undefined || content === undefined) return undefined;
          requireBytes(content, target, path);
          targets.push({ path, via: target.via, bytes: content });
        }
        for (const { path, bytes: content } of targets) accepted.set(path, content);
        return { targets, versions: session.versions, confirmedAt: kept.confirmedAt };
      } catch (error) {
        if (error instanceof TufRefusal) return undefined;
        throw error;
      }
    },
    async refresh(files, now) {
      const session = await refreshTuf({ pinnedRoot, store, now, metadata: files.metadata });
      const targets: PublishedTarget[] = [];
      let total = 0;
      for (const path of paths) {
        const target = (await session.find(path)) ?? refuse('missing', `target ${JSON.stringify(path)} is not in the repository`);
        total += target.length;
        if (total > maxTotal) refuse('limit', `targets up to ${JSON.stringify(path)} have ${total} bytes together, at most ${maxTotal} are read`);
        const before = accepted.get(path);
        const known = before !== undefined && isSame(before, target) ? before : undefined;
        const bytes = known ?? await session.download(target, files.targets, maxBytes);
        if (known === undefined) await requireSecondOpinion({ session, target, bytes, now }, { pinnedRoot, store });
        accepted.set(path, bytes);
        targets.push({ path, via: target.via, bytes });
      }
      await store.write(keptAs, encodeKept({ confirmedAt: now, files: new Map(session.used), targets: accepted }));
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
