import { review, signedImages } from '../images.ts';
import type { Load, LoadOrder, LoadResult } from '../load.ts';
import type { SigningKey } from '../../test/world/keys.ts';
import type { World } from '../../test/world/world.ts';
import type { Contender } from './contender.ts';
import type { BenchRegistry } from './registry.ts';

/** How long and how often is measured. */
export interface Extent {
  readonly warmUp: number;
  readonly warm: { readonly turns: number; readonly seconds: number };
  readonly alone: { readonly turns: number; readonly images: number };
  readonly ten: { readonly turns: number; readonly images: number };
  readonly many: { readonly images: number; readonly turns: number; readonly seconds: number };
}

/** What all measurements share. */
export interface Bench {
  readonly registry: BenchRegistry;
  readonly load: Load;
  readonly world: World;
  readonly key: SigningKey;
}

/** Figures of one contender: one number for every turn. */
export type Turns = ReadonlyMap<Contender, number[]>;

/** Reviews of `count` images that were never seen, in one repository. */
export async function reviews({ registry, world, key }: Bench, count: number, repository: string): Promise<string[]> {
  return (await signedImages(registry, world, key, 'legacy', count, repository)).map(review);
}

/** Sends an order to a contender; throws unless all was admitted. */
export async function admitAll({ load }: Bench, contender: Contender, order: Omit<LoadOrder, 'origin' | 'path'>): Promise<LoadResult> {
  const result = await load.send({ origin: contender.origin, path: contender.path, ...order });
  if (result.denied + result.failed > 0) throw new Error(`${contender.name}: ${result.denied} denied, ${result.failed} failed: ${result.sample}\n${contender.log()}`);
  return result;
}

/** Lets a contender admit so many new images that what is called often is compiled. */
export async function settle(bench: Bench, contender: Contender, images: number): Promise<void> {
  await admitAll(bench, contender, { bodies: await reviews(bench, images, 'settle/app'), inFlight: 1, requests: images });
}

/** Measures all contenders in every turn, each time beginning with another one; the others have nothing to do meanwhile. */
export async function inTurns(contenders: readonly Contender[], turns: number, measure: (contender: Contender, turn: number) => Promise<number>): Promise<Turns> {
  const figures = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    const first = turn % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) figures.get(contender)?.push(await measure(contender, turn));
  }
  return figures;
}

/** Admissions per second of one image, ten in flight; and requests to the registry for each of them. */
export async function warm(bench: Bench, contenders: readonly Contender[], { turns, seconds }: Extent['warm']): Promise<{ readonly perSecond: Turns; readonly requests: Turns }> {
  const bodies = await reviews(bench, 1, 'warm/app');
  for (const contender of contenders) await admitAll(bench, contender, { bodies, inFlight: 10, seconds });
  const requests = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  const perSecond = await inTurns(contenders, turns, async (contender) => {
    await bench.registry.requests();
    const result = await admitAll(bench, contender, { bodies, inFlight: 10, seconds });
    requests.get(contender)?.push((await bench.registry.requests()) / result.answered);
    return result.perSecond;
  });
  return { perSecond, requests };
}

/** Images that were never seen: milliseconds with one request at a time, requests to the registry, and admissions per second with ten in flight. */
export async function cold(bench: Bench, contenders: readonly Contender[], extent: Extent): Promise<{ readonly p50: Turns; readonly perSecond: Turns; readonly requests: Turns }> {
  const each = extent.warmUp + extent.alone.turns * extent.alone.images + extent.ten.turns * extent.ten.images;
  const unseen = new Map(await Promise.all(contenders.map(async (contender, index) => [contender, await reviews(bench, each, `cold-${index}/app`)] as const)));
  const take = (contender: Contender, count: number): string[] => unseen.get(contender)?.splice(0, count) ?? [];
  // The first images of a repository are not measured, and what is called often is compiled by then.
  for (const contender of contenders) await admitAll(bench, contender, { bodies: take(contender, extent.warmUp), inFlight: 1, requests: extent.warmUp });
  const requests = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  const p50 = await inTurns(contenders, extent.alone.turns, async (contender) => {
    await bench.registry.requests();
    const result = await admitAll(bench, contender, { bodies: take(contender, extent.alone.images), inFlight: 1, requests: extent.alone.images });
    requests.get(contender)?.push((await bench.registry.requests()) / result.answered);
    return result.p50;
  });
  const perSecond = await inTurns(contenders, extent.ten.turns, async (contender) =>
    (await admitAll(bench, contender, { bodies: take(contender, extent.ten.images), inFlight: 10, requests: extent.ten.images })).perSecond);
  return { p50, perSecond, requests };
}

/** Admissions per second when many images, all admitted before, come in turn. */
export async function many(bench: Bench, contenders: readonly Contender[], { images, turns, seconds }: Extent['many']): Promise<Turns> {
  const parts = await Promise.all([0, 1, 2, 3].map((part) => reviews(bench, Math.ceil(images / 4), `many-${part}/app`)));
  const bodies = parts.flat();
  for (const contender of contenders) {
    await admitAll(bench, contender, { bodies, inFlight: 10, requests: bodies.length });
    // Once unmeasured: the first decision from memory about an image is the first that runs through this code in this state.
    await admitAll(bench, contender, { bodies, inFlight: 10, seconds });
  }
  return inTurns(contenders, turns, async (contender) => (await admitAll(bench, contender, { bodies, inFlight: 10, seconds })).perSecond);
}
