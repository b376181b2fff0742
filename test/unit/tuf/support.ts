import type { TufFiles, TufSession, TufStore } from '../../../src/tuf/index.ts';
import { refreshTuf, TufRefusal } from '../../../src/tuf/index.ts';
import type { TufRepo } from '../../world/tuf.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const DAY = 86_400_000;

/** A store in memory whose content tests look into. */
export class MemoryStore implements TufStore {
  readonly files = new Map<string, Uint8Array>();
  read = async (name: string): Promise<Uint8Array | undefined> => this.files.get(name);
  write = async (name: string, bytes: Uint8Array): Promise<void> => void this.files.set(name, bytes);

  /** Version of a kept metadata file. */
  version(name: string): number | undefined {
    const bytes = this.files.get(name);
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as { signed: { version: number } }).signed.version;
  }
}

/** A client over a repository without network: the pinned root is the repository's first. */
export class Client {
  readonly repo: TufRepo;
  readonly store: MemoryStore;
  pinned: Uint8Array;
  now = NOW;

  constructor(repo: TufRepo, store = new MemoryStore()) {
    this.repo = repo;
    this.store = store;
    this.pinned = repo.roots[0] ?? new Uint8Array();
  }

  refresh(metadata: TufFiles = async (path) => this.repo.metadata(path)): Promise<TufSession> {
    return refreshTuf({ pinnedRoot: this.pinned, store: this.store, now: this.now, metadata });
  }

  /** Refreshes, finds and downloads; the text of the target. */
  async get(path: string, maxBytes = 1_000_000): Promise<string | undefined> {
    const session = await this.refresh();
    const target = await session.find(path);
    if (target === undefined) return undefined;
    return Buffer.from(await session.download(target, async (file) => this.repo.target(file), maxBytes)).toString();
  }
}

/** What a refused refresh was refused for; `'accepted'` when it was not. Anything but a refusal is thrown on. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof TufRefusal) return error.fault;
    throw error;
  }
}
