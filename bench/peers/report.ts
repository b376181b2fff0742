import { cpus, totalmem } from 'node:os';
import { median } from '../load.ts';
import type { Contender } from './contender.ts';
import type { Turn, Turns } from './measure.ts';

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
  /** Every turn's figures, in the order in which they were made. */
  readonly turns?: Readonly<Record<string, readonly number[]>>;
}

/** What was measured. */
export interface Measured {
  readonly alone: Turns;
  readonly ten: Turns;
  readonly warm: Turns;
  readonly many: Turns;
  /** How many these are. */
  readonly images: number;
  readonly idle: ReadonlyMap<Contender, number>;
  readonly end: ReadonlyMap<Contender, number>;
}

/** Name of the ratio to whichever peer was better in a turn. */
export const BETTER = 'better peer';

/** All rows of a run. */
export function report(ours: Contender, peers: readonly Contender[], { alone, ten, warm, many, images, idle, end }: Measured): Row[] {
  const row = (what: string, turns: Turns, figure: keyof Turn): Row => {
    const of = (contender: Contender): number[] => (turns.get(contender) ?? []).map((turn) => turn[figure]);
    const best = figure === 'p50' ? Math.min : Math.max;
    const toBetter = of(ours).map((value, turn) => value / best(...peers.map((peer) => of(peer)[turn] ?? NaN)));
    const others = [...turns.keys()].filter((contender) => contender !== ours);
    const toEach = others.map((peer) => [peer.name, round(median(of(ours).map((value, turn) => value / (of(peer)[turn] ?? NaN))), 2)]);
    return {
      what, figures: medians(turns, figure, figure === 'p50' ? 2 : 0),
      ratios: Object.fromEntries([...toEach, [BETTER, round(median(toBetter), 2)]]),
      range: [round(Math.min(...toBetter), 2), round(Math.max(...toBetter), 2)],
      turns: Object.fromEntries([...turns.keys()].map((contender) => [contender.name, of(contender).map((value) => round(value, 2))])),
    };
  };
  return [
    row('warm, one image: admissions per second', warm, 'perSecond'),
    row(`warm, ${images} images in turn: admissions per second`, many, 'perSecond'),
    row('cold, ten in flight: admissions per second', ten, 'perSecond'),
    row('cold, one at a time: p50 ms', alone, 'p50'),
    { what: 'registry requests per cold admission', figures: medians(alone, 'requests', 2) },
    { what: 'registry requests per warm admission, one image', figures: medians(warm, 'requests', 2) },
    { what: `registry requests per warm admission, ${images} images`, figures: medians(many, 'requests', 2) },
    { what: 'resident MiB, idle', figures: rounded(idle) },
    { what: 'resident MiB, at the end', figures: rounded(end) },
  ];
}

function medians(turns: Turns, figure: keyof Turn, digits: number): Record<string, number> {
  return Object.fromEntries([...turns].map(([contender, values]) => [contender.name, round(median(values.map((turn) => turn[figure])), digits)]));
}

function rounded(values: ReadonlyMap<Contender, number>): Record<string, number> {
  return Object.fromEntries([...values].map(([contender, value]) => [contender.name, round(value, 0)]));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
