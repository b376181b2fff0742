/** The highest version seen of every signed document: it only rises, and what is not known is not believed. */
import type { SignableDocument } from './document.ts';
import type { SignatureRefusal } from './refusal.ts';

/** A version that was seen, and what it said. */
export interface SeenVersion {
  readonly version: number;
  /** `sha256:<hex>` of the canonical form. */
  readonly digest: string;
}

/** Versions by the names of documents. */
export type SeenVersions = ReadonlyMap<string, SeenVersion>;

/** A record that was read, and verified by its key. */
export interface VersionRecord {
  /** Raised whenever the record is written. */
  readonly serial: number;
  readonly documents: SeenVersions;
}

/** How the record stands: not kept at all, in force, or lost, and why. */
export type RecordState = { readonly kind: 'none' | 'held' } | { readonly kind: 'lost'; readonly why: string };

/** What was seen, in memory and in a record that outlives a restart. */
export interface Versions {
  /** Why this document may not be used, by its version; `undefined` when it may. */
  judge(document: Pick<SignableDocument, 'name' | 'version' | 'digest'>): SignatureRefusal | undefined;
  /** These are in force: nothing older than these comes back. True when any of them was not known. */
  raise(inForce: SeenVersions): boolean;
  /** Takes a record; throws, and changes nothing, for one that is older than the one before. */
  take(record: VersionRecord): void;
  /** The record cannot be read any more: until it is back nothing is believed but what is in force. */
  lose(why: string): void;
  state(): RecordState;
  /** All that was seen, and the serial of the record taken last. */
  seen(): VersionRecord;
}

/** Nothing seen yet; with a record that is to be kept, nothing is believed before it was taken. */
export function createVersions(keepsRecord: boolean): Versions {
  const seen = new Map<string, SeenVersion>();
  let state: RecordState = keepsRecord ? { kind: 'lost', why: 'it has not been read yet' } : { kind: 'none' };
  let serial = 0;
  const raise = (versions: SeenVersions): boolean => {
    let isNew = false;
    for (const [name, { version, digest }] of versions) {
      if ((seen.get(name)?.version ?? 0) >= version) continue;
      seen.set(name, { version, digest });
      isNew = true;
    }
    return isNew;
  };
  return {
    judge: ({ name, version, digest }) => judge({ name, version, digest }, seen.get(name), state),
    raise,
    take(record) {
      if (record.serial < serial)
        throw new Error(`expected record ${serial} or a later one, found record ${record.serial}: somebody has put an older one back`);
      serial = record.serial;
      raise(record.documents);
      state = { kind: 'held' };
    },
    lose(why) {
      if (state.kind !== 'none') state = { kind: 'lost', why };
    },
    state: () => state,
    seen: () => ({ serial, documents: new Map(seen) }),
  };
}

function judge(
  { name, version, digest }: Pick<SignableDocument, 'name' | 'version' | 'digest'>, before: SeenVersion | undefined, state: RecordState,
): SignatureRefusal | undefined {
  if (before !== undefined && version < before.version)
    return {
      because: 'older',
      message: `version ${version} is older than version ${before.version}, which was in force before, deleted or not; to go back, sign the older text as version ${before.version + 1}`,
    };
  if (before?.version === version)
    return before.digest === digest
      ? undefined
      : { because: 'again', message: `version ${version} said something else before (${before.digest.slice(0, 19)}…); raise the version and sign again` };
  if (state.kind !== 'lost') return undefined;
  return {
    because: 'recordLost',
    message: `the record of versions is lost (${state.why}), so nobody can tell whether ${name} is older than one before: bring it back, or look at all documents and make a new one with gatehouse policy record`,
  };
}
