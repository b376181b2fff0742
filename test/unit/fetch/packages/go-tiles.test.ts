import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inclusionProof } from '../../../../src/fetch/packages/go-tiles.ts';
import { rootFromProof } from '../../../../src/verify/sigstore/log/merkle.ts';

// Trees of every shape: the way through tiles leads to the root that a naive computation finds (golang.org/design/25530-sumdb).
const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const records = Array.from({ length: 1100 }, (_, index) => Buffer.from(`record ${index}\n`));
const leaves = records.map((record) => sha(Uint8Array.of(0), record));
const roots = new Map<string, Buffer>();
function root(from: number, to: number): Buffer {
  const key = `${from} ${to}`;
  const known = roots.get(key) ?? leaves[from];
  if (roots.has(key) || to - from === 1) return known ?? Buffer.alloc(0);
  const middle = from + 2 ** Math.floor(Math.log2(to - from - 1));
  const made = sha(Uint8Array.of(1), root(from, middle), root(middle, to));
  roots.set(key, made);
  return made;
}

/** Serves the tiles of a tree of this size, and nothing that such a database would not have. */
function tilesOf(size: number): (path: string) => Uint8Array | undefined {
  return (path) => {
    const [, level = '', number = '', width = '256'] = /^\/tile\/8\/(\d+)\/(\d{3})(?:\.p\/(\d+))?$/.exec(path) ?? [];
    const span = 256 ** Number(level);
    if (Math.min(256, Math.floor(size / span) - Number(number) * 256) !== Number(width)) return undefined;
    return Buffer.concat(Array.from({ length: Number(width) }, (_, index) => {
      const from = (Number(number) * 256 + index) * span;
      return root(from, from + span);
    }));
  };
}

const SIZE = fc.oneof(fc.integer({ min: 1, max: 1100 }), fc.constantFrom(1, 2, 255, 256, 257, 511, 512, 513, 1024, 1025));

test('golang: of every record in a tree of every size the proof leads to the root', async () => {
  await fc.assert(fc.asyncProperty(SIZE, fc.nat(), async (size, at) => {
    const record = at % size;
    const tiles = tilesOf(size);
    const proof = await inclusionProof({ record, size }, ({ path }) => Promise.resolve(tiles(path)), new AbortController().signal);
    const hashes = proof.map((hash) => Buffer.from(hash, 'base64'));
    expect(rootFromProof(records[record] ?? Buffer.alloc(0), BigInt(record), BigInt(size), hashes)).toEqual(root(0, size));
  }), { numRuns: 150 });
});

test.each<[string, Uint8Array | undefined]>([['missing', undefined], ['short', Buffer.alloc(31)], ['long', Buffer.alloc(10_000)]])('golang: a tile that is %s is no answer', async (_, tile) => {
  const proving = inclusionProof({ record: 0, size: 300 }, () => Promise.resolve(tile), new AbortController().signal);
  await expect(proving).rejects.toThrow(/FETCH_RESPONSE_INVALID/);
});
