/** Asks tuf-js, which shares no code with this room, about what our own client has accepted. It can only refuse (ADR 0006). */
import { Readable } from 'node:stream';
import type { Fetcher, TargetFile, UpdaterOptions } from 'tuf-js';
import { storedRoleName } from './file-name.ts';
import { TUF_LIMITS } from './limits.ts';

/** What our client accepted, with every byte it used: enough for another client to judge the same again. */
export interface AcceptedTarget {
  readonly pinnedRoot: Uint8Array;
  /** The time by which both judge expiry, epoch milliseconds. */
  readonly now: number;
  /** Bytes of a root by its version, `undefined` beyond the newest one. */
  root(version: number): Promise<Uint8Array | undefined>;
  /** Bytes of every other metadata file, by the name under which it is stored. */
  readonly used: ReadonlyMap<string, Uint8Array>;
  readonly path: string;
  readonly target: Uint8Array;
}

/** The members of tuf-js' updater by which it is kept from disk and clock; its version is pinned, a test holds them. */
interface UpdaterParts {
  readonly trustedSet: { referenceTime: Date };
  refresh(): Promise<void>;
  getTargetInfo(path: string): Promise<TargetFile | undefined>;
}

/**
 * Why tuf-js does not accept the same target from the same pinned root over the same bytes; `undefined` when it does.
 *
 * In memory, by our clock, without any network: what it asks for and we do not hold is not there. Whatever it throws,
 * on purpose or not, is a refusal, because a root of trust that only one of two clients accepts must not be used.
 */
export async function secondOpinionRefusal(accepted: AcceptedTarget): Promise<string | undefined> {
  try {
    const client = await openUpdater(accepted);
    await client.refresh();
    const target = await client.getTargetInfo(accepted.path);
    if (target === undefined) return 'the target is not listed';
    await target.verify(Readable.from([Buffer.from(accepted.target)]));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The bounds of our own client, by the names that tuf-js has for them. */
const LIMITS = {
  maxRootRotations: TUF_LIMITS.rootRotations,
  maxDelegations: TUF_LIMITS.delegations,
  rootMaxLength: TUF_LIMITS.rootBytes,
  timestampMaxLength: TUF_LIMITS.timestampBytes,
  snapshotMaxLength: TUF_LIMITS.snapshotBytes,
  targetsMaxLength: TUF_LIMITS.targetsBytes,
};

/** An updater of tuf-js that finds the pinned root where it looks on disk, writes nothing and judges by our time. */
async function openUpdater(accepted: AcceptedTarget): Promise<UpdaterParts> {
  const [{ Updater }, { DownloadHTTPError }] = await Promise.all([import('tuf-js'), import('tuf-js/dist/error.js')]);
  const missing = (what: string): Error => new DownloadHTTPError(`${what} is not among the files that were accepted`, 404);
  const Open = Updater as unknown as new (options: UpdaterOptions) => UpdaterParts;
  class Offline extends Open {
    loadLocalMetadata(role: string): Buffer {
      if (role !== 'root') throw missing(role);
      return Buffer.from(accepted.pinnedRoot);
    }

    persistMetadata(): void {
      // Nothing is kept: every opinion begins at the pinned root.
    }
  }
  const fetcher: Fetcher = {
    downloadFile: (url) => Promise.reject(missing(url)),
    async downloadBytes(url, maxLength) {
      const bytes = await held(url, accepted);
      if (bytes === undefined) throw missing(url);
      if (bytes.length > maxLength) throw new Error(`${url} is longer than ${maxLength} bytes`);
      return Buffer.from(bytes);
    },
  };
  const client = new Offline({ metadataDir: '', metadataBaseUrl: 'held:', fetcher, config: LIMITS });
  client.trustedSet.referenceTime = new Date(accepted.now);
  return client;
}

/** The bytes we hold of the file at this URL of ours: `held:/12.root.json`, `held:/timestamp.json`, `held:/3.role.json`. */
async function held(url: string, { root, used }: AcceptedTarget): Promise<Uint8Array | undefined> {
  const match = /(?:^|[/:])(?:(\d+)\.)?([^/]+)\.json$/.exec(url);
  if (match === null) return undefined;
  const [, version, name = ''] = match;
  if (name === 'root' && version !== undefined) return root(Number(version));
  if (name === 'timestamp' || name === 'snapshot') return used.get(`${name}.json`);
  return used.get(storedRoleName(decodeURIComponent(name)));
}
