/** Following one document of a repository: nothing replaces the one in use that is not verified, valid and accepted twice. */
import { refreshTuf } from '../client.ts';
import type { TufFiles, TufSession, TufStore, TufTarget } from '../client.ts';
import { isObject, own } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { requireBytes } from '../file-info.ts';
import { keptSession } from './kept.ts';
import { refuse, TufRefusal } from '../refusal.ts';
import { secondOpinionRefusal } from '../second-opinion.ts';

/** One JSON document that a TUF repository publishes, for us a trusted root. */
export interface PublishedOptions {
  readonly pinnedRoot: Uint8Array;
  readonly store: TufStore;
  /** Path of the target. */
  readonly target: string;
  /** Largest target that is read. */
  readonly maxBytes: number;
  /** Everything wrong with the document's content; a document with problems never replaces a good one. */
  problems(content: unknown): readonly { readonly path: string; readonly message: string }[];
}

/** A verified and accepted document. */
export interface PublishedDocument {
  readonly content: unknown;
  /** When the repository last confirmed it as current, epoch milliseconds. */
  readonly confirmedAt: number;
  readonly versions: TufSession['versions'];
}

/** Follows one document. Calls must not overlap. */
export interface PublishedReader {
  /** The document as it was last accepted, verified again from the store; `undefined` when there is none. Asks no network. */
  restore(): Promise<PublishedDocument | undefined>;
  /** Asks the repository. Throws when it cannot be reached, is wrong, or publishes a document that is not valid. */
  refresh(files: { readonly metadata: TufFiles; readonly targets: TufFiles }, now: number): Promise<PublishedDocument>;
}

/** Everything that proves the accepted document, in one file so that it is replaced as a whole. */
interface Accepted {
  readonly confirmedAt: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly target: Uint8Array;
}

const ACCEPTED = 'accepted';

/**
 * Makes the reader of one document over a TUF repository.
 *
 * What the store keeps is not believed: after a restart the accepted document is verified again, from the pinned
 * root through all roots to its hash, without regard to expiry; how long it may be used is for the caller to say.
 */
export function createPublishedReader(options: PublishedOptions): PublishedReader {
  let accepted: Accepted | undefined;

  const restore = async (): Promise<PublishedDocument | undefined> => {
    const bytes = await options.store.read(ACCEPTED);
    const kept = bytes === undefined ? undefined : decode(bytes);
    if (kept === undefined) return undefined;
    try {
      const session = await keptSession(kept, options.pinnedRoot, options.store);
      const target = (await session.find(options.target)) ?? refuse('missing', `target ${options.target} is not in the kept metadata`);
      requireBytes(kept.target, target, options.target);
      const content = readContent(kept.target, options);
      accepted = kept;
      return { content, confirmedAt: kept.confirmedAt, versions: session.versions };
    } catch (error) {
      if (error instanceof TufRefusal) return undefined;
      throw error;
    }
  };

  const refresh: PublishedReader['refresh'] = async (files, now) => {
    const session = await refreshTuf({ pinnedRoot: options.pinnedRoot, store: options.store, now, metadata: files.metadata });
    const target =
      (await session.find(options.target)) ?? refuse('missing', `target ${JSON.stringify(options.target)} is not in the repository`);
    const known = accepted !== undefined && isSame(accepted.target, target) ? accepted.target : undefined;
    const bytes = known ?? await session.download(target, files.targets, options.maxBytes);
    const content = readContent(bytes, options);
    if (known === undefined) await requireSecondOpinion({ session, target, bytes, now }, options);
    accepted = { confirmedAt: now, files: new Map(session.used), target: bytes };
    await options.store.write(ACCEPTED, encode(accepted));
    return { content, confirmedAt: now, versions: session.versions };
  };

  return { restore, refresh };
}

/** What our client found in one refresh. */
interface Found {
  readonly session: TufSession;
  readonly target: TufTarget;
  readonly bytes: Uint8Array;
  readonly now: number;
}

/** A document that differs from the one in use is used only when tuf-js accepts it too; the one in use stays otherwise. */
export async function requireSecondOpinion(
  found: Found, { pinnedRoot, store }: Pick<PublishedOptions, 'pinnedRoot' | 'store'>,
): Promise<void> {
  const { session, target, bytes, now } = found;
  // What lies in the store beyond the root in force was not accepted by our client either.
  const root = async (version: number): Promise<Uint8Array | undefined> =>
    version > session.versions.root ? undefined : store.read(`${version}.root`);
  const refused = await secondOpinionRefusal({ pinnedRoot, now, root, used: session.used, path: target.path, target: bytes });
  if (refused !== undefined)
    refuse(
      'disagreement',
      `target ${JSON.stringify(target.path)}: our client accepts it, tuf-js does not, so the one in use stays: ${refused}`,
    );
}

function readContent(bytes: Uint8Array, { target, problems }: PublishedOptions): unknown {
  const content = jsonValue(bytes);
  if (content === undefined) return refuse('content', `target ${JSON.stringify(target)} is not JSON`);
  const [first, ...others] = problems(content);
  if (first !== undefined)
    refuse(
      'content',
      `target ${JSON.stringify(target)} is not valid: ${first.path}: ${first.message}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
    );
  return content;
}

function isSame(bytes: Uint8Array, info: Parameters<typeof requireBytes>[1]): boolean {
  try {
    requireBytes(bytes, info, '');
    return true;
  } catch {
    return false;
  }
}

function encode({ confirmedAt, files, target }: Accepted): Uint8Array {
  const texts = [...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const);
  return Buffer.from(JSON.stringify({ confirmedAt, files: Object.fromEntries(texts), target: Buffer.from(target).toString('base64') }));
}

/** Reads what {@link encode} wrote; `undefined` for anything else, such as half a file of an older version. */
function decode(bytes: Uint8Array): Accepted | undefined {
  const kept = jsonValue(bytes);
  const [confirmedAt, files, target] = ['confirmedAt', 'files', 'target'].map((name) => own(kept, name));
  if (typeof confirmedAt !== 'number' || typeof target !== 'string' || !isObject(files)) return undefined;
  return {
    confirmedAt,
    files: new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(String(text), 'base64')])),
    target: Buffer.from(target, 'base64'),
  };
}
