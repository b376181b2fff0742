/** The proof that a record is in a tree, put together from the tiles in which a checksum database serves its hashes. */
import { createHash } from 'node:crypto';
import { FetchFailure } from '../../net/failure.ts';
import { odd } from './answer.ts';
import type { AskEcosystem } from './ecosystem.ts';
import { createPages } from './pages.ts';

/** Levels of the tree in one tile, and hashes in a whole one. */
const HEIGHT = 8;
const WIDTH = 2 ** HEIGHT;
const HASH = 32;
/** A tree of 2^50 records has seven levels of tiles, each with one on the way and one at the edge. */
const MOST_TILES = 32;
/** Tiles of all trees that are remembered, 8 KiB each. */
const MOST_KEPT = 2048;

interface Tile {
  readonly hashes: Uint8Array;
}

/** Whole tiles never change; what is remembered for a minute is what many records share. */
const tileOf = createPages<Tile>(MOST_KEPT * 2, () => 1);

/**
 * The hashes beside the way from a record to the root, leaf first, in base64 (RFC 6962, 2.1.1; tiles as in golang.org/design/25530-sumdb).
 * Nothing of it is believed: whoever verifies computes the root from them. Throws FetchFailure.
 */
export async function inclusionProof(
  { record, size }: { readonly record: number; readonly size: number }, ask: AskEcosystem, signal: AbortSignal,
): Promise<readonly string[]> {
  const asked = new Map<string, Promise<Tile>>();
  const hashAt = async (level: number, index: number): Promise<Buffer> => {
    const row = Math.floor(level / HEIGHT);
    const inside = level - row * HEIGHT;
    const first = index * 2 ** inside;
    const number = Math.floor(first / WIDTH);
    const inRow = Math.floor(size / 2 ** (row * HEIGHT));
    const path = tilePath(row, number, Math.min(WIDTH, inRow - number * WIDTH));
    if (!asked.has(path) && asked.size >= MOST_TILES)
      throw new FetchFailure({ code: 'FETCH_TOO_LARGE', source: 'go checksum database', found: 'more tiles', expected: `at most ${MOST_TILES}` });
    const reading = asked.get(path) ?? readTile(path, Math.min(WIDTH, inRow - number * WIDTH), ask, signal);
    asked.set(path, reading);
    const { hashes } = await reading;
    return together(hashes, first - number * WIDTH, 2 ** inside);
  };
  const proof = await Promise.all(siblings(record, 0, size).map((range) => rootOf(range, hashAt)));
  return proof.map((hash) => hash.toString('base64'));
}

type Range = readonly [from: number, to: number];

/** The ranges of records beside the way, the innermost first. */
function siblings(record: number, from: number, to: number): readonly Range[] {
  const ranges: Range[] = [];
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = low + largestPower(high - low - 1);
    const isLeft = record < middle;
    ranges.unshift(isLeft ? [middle, high] : [low, middle]);
    [low, high] = isLeft ? [low, middle] : [middle, high];
  }
  return ranges;
}

/** The largest power of two that is not larger. */
function largestPower(count: number): number {
  return 2 ** Math.floor(Math.log2(count));
}

/** The root over a range, which is whole trees side by side, each smaller than the one before. */
async function rootOf([from, to]: Range, hashAt: (level: number, index: number) => Promise<Buffer>): Promise<Buffer> {
  const whole: [number, number][] = [];
  for (let at = from; at < to;) {
    const width = largestPower(to - at);
    whole.push([Math.log2(width), at / width]);
    at += width;
  }
  const hashes = await Promise.all(whole.map(([level, index]) => hashAt(level, index)));
  return hashes.reduceRight((right, left) => node(left, right));
}

/** The root over some hashes of a tile, a power of two of them. */
function together(hashes: Uint8Array, first: number, count: number): Buffer {
  const at = (index: number): Buffer => Buffer.from(hashes.subarray(index * HASH, (index + 1) * HASH));
  let row: readonly Buffer[] = Array.from({ length: count }, (_, index) => at(first + index));
  while (row.length > 1) row = row.filter((_, index) => index % 2 === 0).map((left, index) => node(left, row[index * 2 + 1] ?? left));
  return row[0] ?? Buffer.alloc(0);
}

function node(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** `/tile/8/0/x001/234`, and `.p/WIDTH` behind one that is not whole. */
function tilePath(row: number, number: number, width: number): string {
  const groups: string[] = [];
  for (let rest = number, last = true; last || rest > 0; rest = Math.floor(rest / 1000), last = false)
    groups.unshift(`${last ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`);
  return `/tile/${HEIGHT}/${row}/${groups.join('/')}${width === WIDTH ? '' : `.p/${width}`}`;
}

async function readTile(path: string, width: number, ask: AskEcosystem, signal: AbortSignal): Promise<Tile> {
  const what = `the tile ${path.slice('/tile/'.length)}`;
  const tile = await tileOf(ask, path, async (shared) => {
    const hashes = await ask({ path, accept: 'application/octet-stream', maxBytes: width * HASH, what }, shared);
    if (hashes?.length !== width * HASH) throw odd('go checksum database', `${hashes?.length ?? 0} bytes`, what, `${width * HASH} bytes`);
    return { hashes };
  }, signal);
  if (tile === undefined) throw odd('go checksum database', 'nothing', what);
  return tile;
}
