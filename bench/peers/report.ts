import { cpus, totalmem } from 'node:os';
import { median } from '../load.ts';
import type { Contender } from './contender.ts';
import type { Turns } from './measure.ts';

/** Where it was measured. */
export function machine(): Readonly<Record<string, string | number>> {
  return { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
}

/** One row: the median of every contender's turns, and Gatehouse's figure divided by the others' of the same turn. */
export interface Row {
  readonly what: string;
  readonly figures: Readonly<Record<string, number>>;
  /** Medians of the ratios of all turns; the better peer is found anew in every turn. */
  readonly ratios?: Readonly<Record<string, number>>;
  /** Lowest and highest ratio to the better peer. */
  readonly range?: readonly [number, number];
}

/** What was measured. */
export interface Measured {
  readonly p50: Turns;
  readonly perSecond: Turns;
  readonly requests: Turns;
  readonly warm: Turns;
  readonly warmRequests: Turns;
  readonly many: Turns;
  readonly images: number;
  readonly idle: ReadonlyMap<Contender, number>;
}

/** Name of the ratio to whichever peer was better in a turn. */
export const BETTER = 'better peer';

/** All rows of a run. */
export function report(ours: Contender, peers: readonly Contender[], measured: Measured): Row[] {
  const compare = (what: string, turns: Turns, best: (...values: number[]) => number, digits: number): Row => {
    const of = (contender: Contender): number[] => turns.get(contender) ?? [];
    const toBetter = of(ours).map((value, turn) => value / best(...peers.map((peer) => of(peer)[turn] ?? NaN)));
    return {
      what, figures: medians(turns, digits),
      ratios: Object.fromEntries([
        ...peers.map((peer) => [peer.name, round(median(of(ours).map((value, turn) => value / (of(peer)[turn] ?? NaN))), 2)]),
        [BETTER, round(median(toBetter), 2)],
      ]),
      range: [round(Math.min(...toBetter), 2), round(Math.max(...toBetter), 2)],
    };
  };
  const resident = (contender: Contender): [string, number] => [contender.name, round(contender.rss(), 0)];
  return [
    compare('warm, one image, admissions per second', measured.warm, Math.max, 0),
    compare(`warm, ${measured.images} images in turn, admissions per second`, measured.many, Math.max, 0),
    compare('cold, ten in flight, admissions per second', measured.perSecond, Math.max, 0),
    compare('cold, one at a time, p50 ms', measured.p50, Math.min, 2),
    { what: 'registry requests per cold admission', figures: medians(measured.requests, 2) },
    { what: 'registry requests per warm admission', figures: medians(measured.warmRequests, 2) },
    { what: 'resident MiB, idle', figures: Object.fromEntries([...measured.idle].map(([contender, value]) => [contender.name, round(value, 0)])) },
    { what: 'resident MiB, at the end', figures: Object.fromEntries([ours, ...peers].map(resident)) },
  ];
}

function medians(turns: Turns, digits: number): Record<string, number> {
  return Object.fromEntries([...turns].map(([contender, values]) => [contender.name, round(median(values), digits)]));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
