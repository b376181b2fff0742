import { review, signedImages } from '../images.ts';
import type { Load, LoadOrder } from '../load.ts';
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

/** What one contender made of one turn. */
export interface Turn {
  readonly answered: number;
  readonly perSecond: number;
  readonly p50: number;
  /** Requests to the registry for each admission. */
  readonly requests: number;
}

/** The turns of every contender. */
export type Turns = ReadonlyMap<Contender, readonly Turn[]>;

type Order = Omit<LoadOrder, 'origin' | 'path'>;

/** Reviews of `count` images that were never seen, in one repository. */
async function reviews({ registry, world, key }: Bench, count: number, repository: string): Promise<string[]> {
  return (await signedImages(registry, world, key, 'legacy', count, repository)).map(review);
}

/** Sends an order to a contender; throws unless all was admitted. */
async function admitAll({ load, registry }: Bench, contender: Contender, order: Order): Promise<Turn> {
  await registry.requests();
  const { perSecond, p50, answered, denied, failed, sample } = await load.send({ origin: contender.origin, path: contender.path, ...order });
  if (denied + failed > 0) throw new Error(`${contender.name}: ${denied} denied, ${failed} failed: ${sample}\n${contender.log()}`);
  return { answered, perSecond, p50, requests: (await registry.requests()) / answered };
}

/** Measures all contenders in every turn, each time beginning with another one; the others have nothing to do meanwhile. */
async function inTurns(bench: Bench, contenders: readonly Contender[], turns: number, order: (contender: Contender) => Order, after?: (contender: Contender, turn: Turn) => unknown): Promise<Turns> {
  const figures = new Map<Contender, Turn[]>(contenders.map((contender) => [contender, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    const first = turn % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const made = await admitAll(bench, contender, order(contender));
      figures.get(contender)?.push(made);
      after?.(contender, made);
    }
  }
  return figures;
}

/** Lets a contender admit so many new images that what is called often is compiled. */
export async function settle(bench: Bench, contender: Contender, images: number): Promise<void> {
  await admitAll(bench, contender, { bodies: await reviews(bench, images, 'settle/app'), inFlight: 1, requests: images });
}

/** One image over and over, ten in flight. */
export async function warm(bench: Bench, contenders: readonly Contender[], { turns, seconds }: Extent['warm']): Promise<Turns> {
  const order = { bodies: await reviews(bench, 1, 'warm/app'), inFlight: 10, seconds };
  for (const contender of contenders) await admitAll(bench, contender, order);
  return inTurns(bench, contenders, turns, () => order);
}

/** Images that were never seen, each contender its own: one at a time, and ten in flight. */
export async function cold(bench: Bench, contenders: readonly Contender[], { warmUp, alone, ten }: Extent): Promise<{ readonly alone: Turns; readonly ten: Turns }> {
  const each = warmUp + alone.turns * alone.images + ten.turns * ten.images;
  const unseen = new Map(await Promise.all(contenders.map(async (contender, index) => [contender, await reviews(bench, each, `cold-${index}/app`)] as const)));
  const take = (contender: Contender, requests: number, inFlight: number): Order => ({ bodies: unseen.get(contender)?.splice(0, requests) ?? [], inFlight, requests });
  // The first images of a repository are not measured, and what is called often is compiled by then.
  for (const contender of contenders) await admitAll(bench, contender, take(contender, warmUp, 1));
  return {
    alone: await inTurns(bench, contenders, alone.turns, (contender) => take(contender, alone.images, 1)),
    ten: await inTurns(bench, contenders, ten.turns, (contender) => take(contender, ten.images, 10)),
  };
}

/** Many images in turn, all admitted before, ten in flight. */
export async function many(bench: Bench, contenders: readonly Contender[], { images, turns, seconds }: Extent['many']): Promise<Turns> {
  const parts = await Promise.all([0, 1, 2, 3].map((part) => reviews(bench, Math.ceil(images / 4), `many-${part}/app`)));
  const bodies = parts.flat();
  const next = new Map<Contender, number>();
  const order = (contender: Contender): Order => ({ from: next.get(contender) ?? 0, inFlight: 10, seconds });
  for (const contender of contenders) {
    await admitAll(bench, contender, { bodies, inFlight: 10, requests: bodies.length });
    // Once unmeasured: the first decision from memory about an image is the first that runs through this code in this state.
    await admitAll(bench, contender, { inFlight: 10, seconds: 5 * seconds });
  }
  // A turn goes on where the contender's last one ended, so that the slow ones see all images, too.
  return inTurns(bench, contenders, turns, order, (contender, { answered }) => next.set(contender, (next.get(contender) ?? 0) + answered));
}
