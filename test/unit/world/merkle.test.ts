import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MerkleTree, leafHash, nodeHash } from '../../world/merkle.ts';

const leaf = (i: number): Buffer => Buffer.from(`leaf ${i}`);

function treeOf(size: number): MerkleTree {
  const tree = new MerkleTree();
  for (let i = 0; i < size; i += 1) tree.append(leaf(i));
  return tree;
}

/** Root by definition (RFC 6962, 2.1), without any cache. */
function rootByDefinition(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leafHash(leaves[0] ?? Buffer.alloc(0));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, k)), rootByDefinition(leaves.slice(k)));
}

/** Verification of an audit path (RFC 9162, 2.1.3.2), written from the specification alone. */
function rootFromProof(index: number, size: number, node: Buffer, path: readonly Buffer[]): Buffer | undefined {
  let [fn, sn, r] = [index, size - 1, node];
  for (const sibling of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(sibling, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      r = nodeHash(r, sibling);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? r : undefined;
}

const positions = fc.integer({ min: 1, max: 70 }).chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1), grown: fc.nat(20) }));

test('root is the root by definition, for every size', () => {
  for (let size = 1; size <= 70; size += 1) {
    expect(treeOf(size).root()).toEqual(rootByDefinition(Array.from({ length: size }, (_, i) => leaf(i))));
  }
});

test('every leaf of every tree proves its inclusion, also after the tree has grown', () => {
  fc.assert(
    fc.property(positions, ({ size, index, grown }) => {
      const tree = treeOf(size + grown);
      expect(rootFromProof(index, size, leafHash(leaf(index)), tree.proof(index, size))).toEqual(tree.root(size));
    }),
  );
});

test('another leaf, another index or a changed path proves nothing', () => {
  fc.assert(
    fc.property(positions, ({ size, index }) => {
      const tree = treeOf(size);
      const path = tree.proof(index);
      expect(rootFromProof(index, size, leafHash(leaf(size)), path)).not.toEqual(tree.root());
      if (size > 1) expect(rootFromProof((index + 1) % size, size, leafHash(leaf(index)), path)).not.toEqual(tree.root());
      for (const at of path.keys()) {
        const forged = path.with(at, Buffer.alloc(32));
        expect(rootFromProof(index, size, leafHash(leaf(index)), forged)).not.toEqual(tree.root());
      }
    }),
  );
});

test('no proof of a leaf that is not there', () => {
  expect(() => treeOf(3).proof(3)).toThrow(RangeError);
  expect(() => treeOf(3).proof(0, 4)).toThrow(RangeError);
});
