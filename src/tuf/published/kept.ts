/** What was accepted, with all that proves it, in one file so that it is replaced as a whole; verified anew before anything of it is used. */
import { own } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { refreshTuf } from '../client.ts';
import type { TufSession, TufStore } from '../client.ts';

/** Metadata by stored name, and targets by their paths. */
export interface Kept {
  /** When the repository last confirmed it as current, epoch milliseconds. */
  readonly confirmedAt: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly targets: ReadonlyMap<string, Uint8Array>;
}

/**
 * The session that kept metadata make, from the pinned root through all roots that are kept, without regard to expiry. Asks no network and
 * writes nothing. Throws a TufRefusal for what is not signed as it has to be.
 */
export function keptSession({ files }: Pick<Kept, 'files'>, pinnedRoot: Uint8Array, store: TufStore): Promise<TufSession> {
  return refreshTuf({
    pinnedRoot,
    store: { read: async (name) => (name.endsWith('.root') ? store.read(name) : files.get(name)), write: async () => undefined },
    now: Number.NEGATIVE_INFINITY,
    metadata: async (path) => (path === 'timestamp.json' ? files.get(path) : undefined),
  });
}

/** The file of it. */
export function encodeKept({ confirmedAt, files, targets }: Kept): Uint8Array {
  return Buffer.from(JSON.stringify({ confirmedAt, files: inBase64(files), targets: inBase64(targets) }));
}

/** Reads what {@link encodeKept} wrote; `undefined` for anything else, such as half a file of an older version. */
export function decodeKept(bytes: Uint8Array): Kept | undefined {
  const kept = jsonValue(bytes);
  const [confirmedAt, files, targets] = [own(kept, 'confirmedAt'), fromBase64(own(kept, 'files')), fromBase64(own(kept, 'targets'))];
  if (typeof confirmedAt !== 'number' || files === undefined || targets === undefined) return undefined;
  return { confirmedAt, files, targets };
}

function inBase64(files: ReadonlyMap<string, Uint8Array>): readonly (readonly [string, string])[] {
  return [...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const);
}

function fromBase64(value: unknown): ReadonlyMap<string, Uint8Array> | undefined {
  if (!Array.isArray(value)) return undefined;
  return new Map(value.map((entry: unknown) => {
    const [name, text] = Array.isArray(entry) ? (entry as unknown[]) : [];
    return [String(name), Buffer.from(String(text), 'base64')];
  }));
}
