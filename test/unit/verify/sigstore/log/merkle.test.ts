import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leafHash, nodeHash, rootFromProof } from '../../../../../src/verify/sigstore/log/merkle.ts';

/** MTH of RFC 6962, 2.1, straight from its definition. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first !== undefined && leaves.length === 1) return leafHash(first);
  const split = splitPoint(leaves.length);
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/** PATH of RFC 6962, 2.1.1, straight from its definition. */
function path(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const split = splitPoint(leaves.length);
  return index < split
    ? [...path(index, leaves.slice(0, split)), treeHash(leaves.slice(split))]
    : [...path(index - split, leaves.slice(split)), treeHash(leaves.slice(0, split))];
}

function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

const tree = fc.integer({ min: 1, max: 40 }).chain((size) => fc.tuple(
  fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: size, maxLength: size }), fc.integer({ min: 0, max: size - 1 }),
));

describe('inclusion proofs', () => {
  test('every proof of the definition leads to the root of the definition', () => {
    fc.assert(fc.property(tree, ([leaves, index]) => {
      const leaf = leaves[index] ?? new Uint8Array();
      expect(rootFromProof(leaf, BigInt(index), BigInt(leaves.length), path(index, leaves))).toEqual(treeHash(leaves));
    }), { numRuns: 300 });
  });

  test('no other index, size, leaf or hash leads there', () => {
    fc.assert(fc.property(tree, fc.integer({ min: 0, max: 3 }), ([leaves, index], which) => {
      const leaf = leaves[index] ?? new Uint8Array();
      const proof = path(index, leaves);
      const size = BigInt(leaves.length);
      const at = BigInt(index);
      const altered = [
        () => rootFromProof(Buffer.concat([leaf, Buffer.of(0)]), at, size, proof),
        () => rootFromProof(leaf, at, size, [...proof, Buffer.alloc(32)]),
        () => rootFromProof(leaf, at, size, proof.length === 0 ? [Buffer.alloc(32)] : proof.slice(1)),
        () => rootFromProof(leaf, at, size, proof.length === 0 ? [Buffer.alloc(32)] : [Buffer.alloc(32, 7), ...proof.slice(1)]),
      ][which];
      expect(altered?.()).not.toEqual(treeHash(leaves));
    }), { numRuns: 300 });
  });

  test.each<[bigint, bigint]>([[-1n, 4n], [4n, 4n], [0n, 0n], [2n ** 70n, 4n]])('index %s of %s is no index', (index, size) => {
    expect(rootFromProof(Buffer.from('x'), index, size, [])).toBeUndefined();
  });
});
