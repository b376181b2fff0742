/** What runs is looked at again when what it was admitted by changes, and once a day; what is wrong is told, and nothing is ever ended. */
import { pause } from '../../flow/pause.ts';
import { SYSTEM_TIMERS } from '../../flow/timers.ts';
import type { Timers } from '../../flow/timers.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Judge } from '../forecast/forecast.ts';
import { UNGATED_NAMESPACES } from '../forecast/repairs.ts';
import type { StandingEvents } from './events.ts';
import type { StandingReports } from './reports.ts';
import { lookAtAll } from './round.ts';
import type { PodPages, Round } from './round.ts';
import { codesOf } from './standings.ts';

/** With what it works. */
export interface ReverifierParts {
  readonly population: PodPages;
  /** Judges by the policies in force, in their own modes. */
  readonly admit: Judge;
  /** Absent: reports are switched off. */
  readonly reports?: StandingReports | undefined;
  readonly events?: StandingEvents | undefined;
  readonly clock: Clock;
  readonly timers?: Timers;
  /** Default: those that the webhook as it is shipped passes over. */
  readonly except?: ReadonlySet<string>;
  /** Questions at once; default 8. */
  readonly atOnce?: number;
  /** Pauses, in milliseconds. */
  readonly pauses?: Partial<Pauses>;
  /** Told of a round that could not be made to its end; must not throw. */
  readonly failed?: (cause: unknown) => void;
}

/** How long it waits before the next round. */
export interface Pauses {
  /** After a change, for others that come with it. */
  readonly settle: number;
  /** After a round in which all was well. */
  readonly every: number;
  /**
   * After one in which something could not be found out, after one that was broken off, and after one in which something was wrong; each
   * twice as long the next time.
   */
  readonly undetermined: number;
  readonly broken: number;
  readonly refused: number;
}

const PAUSES: Pauses = { settle: 5000, every: 86_400_000, undetermined: 60_000, broken: 30_000, refused: 600_000 };
/** Longest of those that grow. */
const LONGEST = { undetermined: 3_600_000, broken: 600_000, refused: 21_600_000 };

/** How it stands. */
export interface ReverifierStats {
  readonly rounds: number;
  readonly brokenOff: number;
  /** Of the last round that came to its end; absent before. */
  readonly last?: Omit<Round, 'standings'> & { readonly owners: number; readonly at: number; readonly ms: number };
}

/** Looks again. */
export interface Reverifier {
  /** Policies, trust or revocations are others now. */
  changed(): void;
  stats(): ReverifierStats;
  /** Resolves when the round that is under way or wanted now is over. */
  settled(): Promise<void>;
  /** Ends it at once, also in the midst of a round; nothing is told of it. */
  close(): void;
}

/**
 * Begins with a round. Whatever is broken off, by an end of the process too, is made again from its beginning: nothing is kept but what is
 * told. The round of a process that was begun anew tells the same again, which changes nothing.
 */
export function createReverifier(parts: ReverifierParts): Reverifier {
  const { clock, timers = SYSTEM_TIMERS, except = UNGATED_NAMESPACES, failed = () => undefined } = parts;
  const pauses = { ...PAUSES, ...parts.pauses };
  const stop = new AbortController();
  const stats = { rounds: 0, brokenOff: 0, last: undefined as ReverifierStats['last'] };
  let wake = new AbortController();
  let [wanted, busy] = [true, true];
  const waiting: (() => void)[] = [];
  /** Codes by owner in the round before. */
  let before = new Map<string, string>();

  async function round(): Promise<Round> {
    const began = clock.now();
    const atOnce = parts.atOnce === undefined ? {} : { atOnce: parts.atOnce };
    const found = await lookAtAll({ pages: parts.population, judge: parts.admit, except, ...atOnce }, stop.signal);
    await parts.reports?.keep(found.standings, clock.now(), stop.signal);
    const now = new Map([...found.standings].map(([key, standing]) => [key, codesOf(standing).join()] as const));
    for (const [key, standing] of found.standings) if (before.get(key) !== now.get(key)) parts.events?.tell(standing, clock.now());
    before = now;
    const { standings, ...counts } = found;
    stats.last = { ...counts, owners: standings.size, at: clock.now(), ms: clock.now() - began };
    return found;
  }

  async function run(): Promise<void> {
    const growing = { undetermined: pauses.undetermined, broken: pauses.broken, refused: pauses.refused };
    const grown = (kind: keyof typeof growing): number => {
      const ms = growing[kind];
      growing[kind] = Math.min(ms * 2, LONGEST[kind]);
      return ms;
    };
    while (!stop.signal.aborted) {
      if (wanted) Object.assign(growing, { undetermined: pauses.undetermined, refused: pauses.refused });
      [wanted, busy] = [false, true];
      const next = await round().then(({ refused, undetermined }) => {
        stats.rounds += 1;
        growing.broken = pauses.broken;
        return undetermined > 0 ? grown('undetermined') : refused > 0 ? grown('refused') : pauses.every;
      }, (cause: unknown) => {
        if (stop.signal.aborted) return 0;
        stats.brokenOff += 1;
        failed(cause);
        return grown('broken');
      });
      busy = wanted;
      if (!busy) for (const done of waiting.splice(0)) done();
      // What has changed meanwhile was judged by the old and the new: it is looked at again.
      if (!wanted) await pause(Math.min(next, pauses.every), AbortSignal.any([stop.signal, wake.signal]), timers);
      if (wanted) await pause(pauses.settle, stop.signal, timers);
      wake = new AbortController();
    }
    for (const done of waiting.splice(0)) done();
  }
  void run();

  return {
    changed() {
      wanted = true;
      wake.abort();
    },
    stats: () => ({ rounds: stats.rounds, brokenOff: stats.brokenOff, ...(stats.last === undefined ? {} : { last: stats.last }) }),
    settled: () => (busy || wanted ? new Promise((done) => waiting.push(done)) : Promise.resolve()),
    close: () => stop.abort(),
  };
}
