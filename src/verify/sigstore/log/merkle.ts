/** From a leaf and its siblings to the root hash of a log's tree. */
import { hash } from 'node:crypto';

/**
 * The root hash that follows from a leaf, its index and an inclusion proof (RFC 9162, 2.1.3.2; the tree of
 * RFC 6962, 2.1). `undefined` when index, tree size and number of hashes do not belong together.
 */
export function rootFromProof(leaf: Uint8Array, index: bigint, treeSize: bigint, proof: readonly Uint8Array[]): Uint8Array | undefined {
  if (index < 0n || index >= treeSize) return undefined;
  let position = index;
  let last = treeSize - 1n;
  let node: Uint8Array = leafHash(leaf);
  for (const sibling of proof) {
    if (last === 0n || sibling.length !== 32) return undefined;
    if (isOdd(position) || position === last) {
      node = nodeHash(sibling, node);
      // A node without a right sibling is passed up unchanged until it is itself a right child.
      while (!isOdd(position) && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      node = nodeHash(node, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? node : undefined;
}

/** Hash of a leaf: a zero byte, then the entry (RFC 6962, 2.1). */
export function leafHash(entry: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([LEAF, entry]), 'buffer');
}

/** Hash of an inner node: a one byte, then both children (RFC 6962, 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function isOdd(value: bigint): boolean {
  return (value & 1n) === 1n;
}
