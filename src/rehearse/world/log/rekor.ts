/** A transparency log like Rekor v1. */
import { base64, canonicalJson, hash, seconds } from '../encode.ts';
import { makeKey, signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { signedNote } from './log-entry.ts';
import type { EntryBody, EntryOverrides, LoggedEntry, TransparencyLog } from './log-entry.ts';
import { MerkleTree } from './merkle.ts';

/** How a Rekor v1 log differs from the world's. */
export interface RekorOptions {
  readonly key?: SigningKey;
  readonly baseUrl?: string;
  /** Leaves that are there before the first entry, so that inclusion proofs are not empty. */
  readonly prefill?: number;
  /** Difference between the global index and the index in the active shard's tree. */
  readonly shardOffset?: number;
}

/** A Rekor v1 log: SET, inclusion proof in a growing Merkle tree, ECDSA-signed checkpoint. */
export function makeRekor(options: RekorOptions = {}): TransparencyLog {
  const key = options.key ?? makeKey('p256');
  const baseUrl = options.baseUrl ?? 'https://rekor.world.example';
  const name = new URL(baseUrl).host;
  const logId = hash(key.spki);
  const shardOffset = options.shardOffset ?? 4_163_431;
  const tree = filledTree(options.prefill ?? 6);

  function append(body: EntryBody, at: number, override: EntryOverrides = {}): LoggedEntry {
    const bytes = bodyBytes(body, override);
    const index = tree.append(bytes);
    grow(tree, override.growBy);
    const integratedTime = seconds(override.at ?? at);
    const logIndex = shardOffset + index;
    const set = canonicalJson({ body: base64(bytes), integratedTime, logID: logId.toString('hex'), logIndex });
    const text = noteText(`${name} - 1193050959916656506`, tree, override);
    const signature = signWith(override.checkpointKey ?? key, Buffer.from(text));
    const entry: LoggedEntry = {
      kind: body.kind,
      version: body.apiVersion,
      logId,
      logIndex,
      integratedTime,
      body: bytes,
      promise: signWith(override.promiseKey ?? key, Buffer.from(set)),
      proof: { ...proofOf(tree, index), checkpoint: signedNote(text, [{ name, keyHint: logId, signature }]) },
    };
    return override.entry?.(entry) ?? entry;
  }

  return { version: 'v1', key, baseUrl, logId, size: () => tree.size, append };
}

/** A tree that already holds `leaves` entries of other people. */
export function filledTree(leaves: number): MerkleTree {
  const tree = new MerkleTree();
  grow(tree, leaves);
  return tree;
}

/** Appends entries of other people. */
export function grow(tree: MerkleTree, leaves = 0): void {
  for (let i = 0; i < leaves; i += 1) tree.append(Buffer.from(`entry of somebody else ${tree.size}`));
}

/** Text of a checkpoint (C2SP tlog-checkpoint): origin, tree size, root hash. */
export function noteText(origin: string, tree: MerkleTree, override: EntryOverrides): string {
  const text = `${origin}\n${tree.size}\n${base64(tree.root())}\n`;
  return override.note?.(text) ?? text;
}

/** Inclusion proof of a leaf in the tree as it is now. */
export function proofOf(tree: MerkleTree, index: number): Omit<NonNullable<LoggedEntry['proof']>, 'checkpoint'> {
  return { logIndex: index, treeSize: tree.size, rootHash: tree.root(), hashes: tree.proof(index) };
}

/** Canonical JSON of a body as it is logged. */
export function bodyBytes(body: EntryBody, override: EntryOverrides): Buffer {
  return Buffer.from(canonicalJson(override.body?.(body) ?? body), 'utf8');
}
