/** An entry of a transparency log, and how bundles hold it. */
import { base64 } from '../encode.ts';
import type { SigningKey } from '../keys.ts';

/** An entry as a transparency log returns it: Rekor v1 with promise and proof, Rekor v2 with proof only. */
export interface LoggedEntry {
  readonly kind: string;
  readonly version: string;
  readonly logId: Buffer;
  readonly logIndex: number;
  /** Seconds since the epoch; 0 in Rekor v2. */
  readonly integratedTime: number;
  readonly body: Buffer;
  readonly promise?: Buffer;
  readonly proof?: {
    readonly logIndex: number;
    readonly treeSize: number;
    readonly rootHash: Buffer;
    readonly hashes: readonly Buffer[];
    readonly checkpoint: string;
  };
}

/** Kind, version and content of a body that is about to be logged. */
export interface EntryBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: unknown;
}

/** What a log does differently for one entry. */
export interface EntryOverrides {
  /** Epoch milliseconds; written as integratedTime (v1). */
  readonly at?: number;
  /** Changes the body before it is logged: the log then vouches for the changed body. */
  readonly body?: (body: EntryBody) => unknown;
  /** Keys that sign the promise and the checkpoint instead of the log's. */
  readonly promiseKey?: SigningKey;
  readonly checkpointKey?: SigningKey;
  /** Leaves appended after this one before the proof is made. */
  readonly growBy?: number;
  /** Changes the checkpoint's unsigned text before it is signed. */
  readonly note?: (note: string) => string;
  /** Changes the answer after everything is signed. */
  readonly entry?: (entry: LoggedEntry) => LoggedEntry;
}

/** A transparency log that entries can be appended to. */
export interface TransparencyLog {
  readonly version: 'v1' | 'v2';
  readonly key: SigningKey;
  readonly baseUrl: string;
  readonly logId: Buffer;
  /** Number of entries so far. */
  size(): number;
  append(body: EntryBody, at: number, override?: EntryOverrides): LoggedEntry;
}

/** A signed note (C2SP signed-note): text ending in a newline, an empty line, signature lines. */
export function signedNote(
  text: string, signatures: readonly { readonly name: string; readonly keyHint: Uint8Array; readonly signature: Uint8Array }[],
): string {
  const lines = signatures.map(({ name, keyHint, signature }) => `\u2014 ${name} ${base64(Buffer.concat([keyHint.subarray(0, 4), signature]))}\n`);
  return `${text}\n${lines.join('')}`;
}

/** The entry as `tlogEntries[]` of a bundle (sigstore_rekor.proto, JSON mapping). */
export function entryJson(entry: LoggedEntry): Record<string, unknown> {
  const { proof } = entry;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: base64(entry.logId) },
    kindVersion: { kind: entry.kind, version: entry.version },
    // proto3 JSON leaves out zero values.
    ...(entry.integratedTime !== 0 && { integratedTime: String(entry.integratedTime) }),
    ...(entry.promise && { inclusionPromise: { signedEntryTimestamp: base64(entry.promise) } }),
    ...(proof && {
      inclusionProof: {
        logIndex: String(proof.logIndex),
        rootHash: base64(proof.rootHash),
        treeSize: String(proof.treeSize),
        hashes: proof.hashes.map((hash) => base64(hash)),
        checkpoint: { envelope: proof.checkpoint },
      },
    }),
    canonicalizedBody: base64(entry.body),
  };
}
