/** A Merkle tree (RFC 6962). */
import { hash } from '../encode.ts';

/** Hash of a leaf (RFC 6962, 2.1). */
export function leafHash(leaf: Uint8Array): Buffer {
  return hash(Buffer.concat([Buffer.from([0]), leaf]));
}

/** Hash of an inner node (RFC 6962, 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash(Buffer.concat([Buffer.from([1]), left, right]));
}

/**
 * An append-only Merkle tree (RFC 6962). Hashes of complete subtrees are kept, so that appending and proving
 * cost a few hashes also when benchmarks fill it with thousands of entries.
 */
export class MerkleTree {
  /** `#levels[k][i]` is the hash of the complete subtree over leaves [i·2^k, (i+1)·2^k). */
  readonly #levels: Buffer[][] = [[]];

  get size(): number {
    return this.#levels[0]?.length ?? 0;
  }

  /** Appends a leaf and returns its index. */
  append(leaf: Uint8Array): number {
    const index = this.size;
    let node = leafHash(leaf);
    for (let level = 0, at = index; ; level += 1, at >>= 1) {
      const row = (this.#levels[level] ??= []);
      row.push(node);
      const left = row[at - 1];
      if ((at & 1) === 0 || left === undefined) return index;
      node = nodeHash(left, node);
    }
  }

  /** Root over the first `size` leaves. */
  root(size = this.size): Buffer {
    return size === 0 ? hash('') : this.#range(0, size);
  }

  /** Audit path of a leaf in the tree of the first `size` leaves (RFC 6962, 2.1.1), lowest sibling first. */
  proof(index: number, size = this.size): Buffer[] {
    if (index < 0 || index >= size || size > this.size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
    return this.#path(index, 0, size);
  }

  #path(index: number, from: number, to: number): Buffer[] {
    if (to - from === 1) return [];
    const middle = from + splitPoint(to - from);
    return index < middle
      ? [...this.#path(index, from, middle), this.#range(middle, to)]
      : [...this.#path(index, middle, to), this.#range(from, middle)];
  }

  #range(from: number, to: number): Buffer {
    const width = to - from;
    const level = Math.log2(width);
    const complete = Number.isInteger(level) && from % width === 0 ? this.#levels[level]?.[from / width] : undefined;
    if (complete !== undefined) return complete;
    const middle = from + splitPoint(width);
    return nodeHash(this.#range(from, middle), this.#range(middle, to));
  }
}

/** Largest power of two below `n`. */
function splitPoint(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}
