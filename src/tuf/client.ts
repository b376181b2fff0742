/** The client workflow of TUF: in which order files are asked for, verified and kept. */
import { requireBytes } from './file-info.ts';
import type { FileInfo } from './file-info.ts';
import { metadataPath, storedRoleName, targetUrlPath } from './file-name.ts';
import { TUF_LIMITS } from './limits.ts';
import type { TargetsMetadata } from './metadata.ts';
import { refuse, TufRefusal } from './refusal.ts';
import { TrustedSet } from './trusted-set.ts';

/**
 * Reads files of a repository. `path` is relative and percent-encoded already. `undefined` means that the
 * repository says it has no such file (404, 403); everything else that goes wrong is thrown. Implementations stop
 * reading after `maxBytes` and in time.
 */
export type TufFiles = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** Keeps verified metadata under safe names; `read` gives `undefined` for what it does not have or cannot read. */
export interface TufStore {
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** What one refresh works with. */
export interface TufOptions {
  /** The root that the operator pinned; the only thing trusted from the beginning. */
  readonly pinnedRoot: Uint8Array;
  readonly store: TufStore;
  /** Epoch milliseconds: the one time by which the whole refresh judges expiry. */
  readonly now: number;
  readonly metadata: TufFiles;
}

/** A target that is listed by a role which may speak for its path. */
export interface TufTarget extends FileInfo {
  readonly path: string;
  readonly length: number;
  /** The role that lists it: `targets`, or one to which that delegates. */
  readonly role: string;
  /** Roles through which `targets` came to that one, it last; empty for `targets`. Names are not unique: whoever delegates gives them, and keys. */
  readonly via: readonly string[];
}

/** A repository whose top-level metadata is verified and fresh. */
export interface TufSession {
  /** Versions of the top-level metadata. */
  readonly versions: Readonly<Record<'root' | 'timestamp' | 'snapshot' | 'targets', number>>;
  /** When the timestamp expires, epoch milliseconds: no later than this the mirror must have something new. */
  readonly expires: number;
  /** Bytes of every file used beside the roots, by stored name: enough to verify the same again offline. */
  readonly used: ReadonlyMap<string, Uint8Array>;
  /** Finds the target in the order of trust (5.6.7); `undefined` when no role lists it. */
  find(path: string): Promise<TufTarget | undefined>;
  /** Downloads a target and checks its length and hashes (5.7). Throws when it is longer than `maxBytes`. */
  download(target: TufTarget, targets: TufFiles, maxBytes: number): Promise<Uint8Array>;
}

/**
 * Updates the top-level metadata by the client workflow of the TUF specification (5.1 to 5.6), from the store and
 * then from the repository. What is verified is kept in the store at once, so that later refreshes refuse
 * anything older. Throws a TufRefusal when the repository is wrong, and whatever the network throws.
 */
export async function refreshTuf(options: TufOptions): Promise<TufSession> {
  const client = new Client(options);
  await client.updateRoot();
  await client.updateTimestamp();
  await client.updateSnapshot();
  const targets = await client.loadTargets('targets', undefined);
  return client.session(targets);
}

class Client {
  readonly #options: TufOptions;
  readonly #trusted: TrustedSet;
  readonly #used = new Map<string, Uint8Array>();

  constructor(options: TufOptions) {
    this.#options = options;
    this.#trusted = new TrustedSet(options.pinnedRoot, options.now);
  }

  /** 5.3: first the roots that are kept, each verified by the one before it, then those the repository adds. */
  async updateRoot(): Promise<void> {
    const { store, metadata } = this.#options;
    for (;;) {
      const kept = await store.read(`${this.#trusted.root.version + 1}.root`);
      if (kept === undefined || !this.#accepts(() => this.#trusted.updateRoot(kept))) break;
    }
    const last = this.#trusted.root.version + TUF_LIMITS.rootRotations;
    while (this.#trusted.root.version < last) {
      const next = this.#trusted.root.version + 1;
      const bytes = await metadata(metadataPath('root', next), TUF_LIMITS.rootBytes);
      if (bytes === undefined) break;
      this.#trusted.updateRoot(bytes);
      await store.write(`${next}.root`, bytes);
      await store.write('root.json', bytes);
    }
    this.#trusted.requireFreshRoot();
  }

  /** 5.4 */
  async updateTimestamp(): Promise<void> {
    const { store, metadata } = this.#options;
    const kept = await store.read('timestamp.json');
    if (kept !== undefined) this.#accepts(() => this.#trusted.updateTimestamp(kept));
    const bytes = await metadata('timestamp.json', TUF_LIMITS.timestampBytes) ?? missing('timestamp.json');
    const isNew = this.#trusted.updateTimestamp(bytes);
    if (isNew) await store.write('timestamp.json', bytes);
    const used = isNew ? bytes : kept;
    if (used !== undefined) this.#used.set('timestamp.json', used);
  }

  /** 5.5 */
  async updateSnapshot(): Promise<void> {
    const { store, metadata } = this.#options;
    const kept = await store.read('snapshot.json');
    const { version, length } = this.#trusted.timestamp.snapshot;
    if (kept !== undefined && this.#accepts(() => this.#trusted.updateSnapshot(kept, 'cache'))) {
      this.#used.set('snapshot.json', kept);
      return;
    }
    const path = metadataPath('snapshot', this.#trusted.root.consistentSnapshot ? version : undefined);
    const bytes = await metadata(path, atMost(length, TUF_LIMITS.snapshotBytes, 'snapshot.json')) ?? missing(path);
    this.#trusted.updateSnapshot(bytes, 'repository');
    await store.write('snapshot.json', bytes);
    this.#used.set('snapshot.json', bytes);
  }

  /** 5.6, for the top-level role and for delegated ones. */
  async loadTargets(role: string, delegator: string | undefined): Promise<TargetsMetadata> {
    const loaded = this.#trusted.loadedTargets(role, delegator);
    if (loaded !== undefined) return loaded;
    const { store, metadata } = this.#options;
    const name = storedRoleName(role);
    const kept = await store.read(name);
    if (kept !== undefined && this.#accepts(() => this.#trusted.updateTargets(kept, role, delegator))) this.#used.set(name, kept);
    else {
      const { version, length } = this.#trusted.metaOf(role);
      const path = metadataPath(role, this.#trusted.root.consistentSnapshot ? version : undefined);
      const bytes = await metadata(path, atMost(length, TUF_LIMITS.targetsBytes, path)) ?? missing(path);
      this.#trusted.updateTargets(bytes, role, delegator);
      await store.write(name, bytes);
      this.#used.set(name, bytes);
    }
    return this.#trusted.loadedTargets(role, delegator) ?? missing(name);
  }

  session(targets: TargetsMetadata): TufSession {
    const { root, timestamp, snapshot } = this.#trusted;
    return {
      versions: { root: root.version, timestamp: timestamp.version, snapshot: snapshot.version, targets: targets.version },
      expires: timestamp.expires,
      used: this.#used,
      find: (path) => this.#find(path),
      download: (target, files, maxBytes) => this.#download(target, files, maxBytes),
    };
  }

  /** Pre-order, depth first, each role once, and no more roles than the limit (5.6.7). */
  async #find(path: string): Promise<TufTarget | undefined> {
    let waiting: { readonly role: string; readonly delegator: string | undefined; readonly via: readonly string[] }[] =
      [{ role: 'targets', delegator: undefined, via: [] }];
    const visited = new Set<string>();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { role, delegator, via } = next;
      if (visited.has(role)) continue;
      if (visited.size >= TUF_LIMITS.delegations)
        refuse('limit', `target ${JSON.stringify(path)} was not found in the first ${TUF_LIMITS.delegations} roles`);
      visited.add(role);
      const targets = await this.loadTargets(role, delegator);
      const info = targets.target(path);
      if (info !== undefined) return { path, role, via, ...info };
      const children = targets.delegations?.forPath(path) ?? [];
      const end = children.findIndex((child) => child.terminating);
      if (end >= 0) waiting = [];
      waiting.push(...children.slice(0, end < 0 ? undefined : end + 1).reverse()
        .map((child) => ({ role: child.name, delegator: role, via: [...via, child.name] })));
    }
    return undefined;
  }

  async #download(target: TufTarget, files: TufFiles, maxBytes: number): Promise<Uint8Array> {
    const name = `target ${JSON.stringify(target.path)}`;
    const hash = this.#trusted.root.consistentSnapshot ? target.hashes.get('sha256') ?? target.hashes.get('sha512') : undefined;
    const bytes = await files(targetUrlPath(target.path, hash), atMost(target.length, maxBytes, name)) ?? missing(name);
    requireBytes(bytes, target, name);
    return bytes;
  }

  /** Tries a file from the store; one that is refused is as good as none, and the repository is asked instead. */
  #accepts(take: () => unknown): boolean {
    try {
      take();
      return true;
    } catch (error) {
      if (error instanceof TufRefusal) return false;
      throw error;
    }
  }
}

function missing(name: string): never {
  return refuse('missing', `${name} is not in the repository`);
}

function atMost(length: number | undefined, limit: number, name: string): number {
  if (length !== undefined && length > limit) refuse('limit', `${name} has ${length} bytes, at most ${limit} are read`);
  return length ?? limit;
}
