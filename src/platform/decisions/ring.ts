/** The latest decisions in memory; those that people look for are kept apart, so that no flood pushes them out. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { CallerProof } from '../../domain/decision/review.ts';
import { createFairKept, createKept } from './kept.ts';
import type { Kept } from './kept.ts';
import { shortened } from './shortened.ts';

/** The latest decisions, newest first; older ones are forgotten. */
export interface DecisionRing {
  add(decision: Decision): void;
  /** Puts a decision in the place of the one with its id; does nothing when that is no longer kept. */
  replace(decision: Decision): void;
  /** At most `limit` decisions, newest first, of those that `shown` says yes to (default: all). */
  latest(limit: number, shown?: (decision: Decision) => boolean): readonly Decision[];
  find(id: string): Decision | undefined;
  readonly size: number;
  /** Admissions that are kept of callers who have shown as much, and as many other decisions. */
  readonly capacity: number;
}

/** Admissions of one second that are kept. */
const MOST_IN_A_SECOND = 1000;

/** How much a caller has shown: what those can make happen who have shown less must not push anything out. */
const STANDING: Readonly<Record<CallerProof, 'proven' | 'hurdle' | 'nobody'>> = {
  certificate: 'proven',
  token: 'proven',
  self: 'proven',
  pathToken: 'hurdle',
  none: 'nobody',
};

/**
 * Makes a ring that keeps `capacity` admissions, and as many decisions of other outcomes, for each standing of callers: what
 * people look for are denials that really happened, and neither a flood of admissions nor one of callers who have shown
 * nothing pushes them out (fault S8). Among denials of proven callers, a namespace that makes many pushes out its own. Adding
 * costs the same however full it is.
 *
 * Of one second's admissions only the first thousand are kept. Nobody can look at more before they push each other out, and
 * the collector would have to copy each of them first.
 */
export function createDecisionRing(capacity: number): DecisionRing {
  const standings = {
    proven: new Standing(createKept(capacity), createFairKept(capacity)),
    hurdle: new Standing(createKept(capacity), createKept(capacity)),
    nobody: new Standing(createKept(capacity), createKept(capacity)),
  };
  const all: readonly Kept[] = Object.values(standings).flatMap(({ others, admitted }) => [others, admitted]);
  let added = 0;

  return {
    capacity,
    add(decision) {
      if (capacity === 0) return;
      standings[STANDING[decision.request.proof] ?? 'nobody'].add(shortened(decision), (added += 1));
    },
    replace(decision) {
      const kept = shortened(decision);
      all.some((some) => some.replace(kept));
    },
    latest: (limit, shown = () => true) =>
      all
        .flatMap((kept) => kept.entries())
        .filter(({ decision }) => shown(decision))
        .sort((a, b) => b.place - a.place)
        .slice(0, limit)
        .map(({ decision }) => decision),
    find(id) {
      for (const kept of all) {
        const found = kept.entries().find(({ decision }) => decision.id === id);
        if (found !== undefined) return found.decision;
      }
      return undefined;
    },
    get size() { return all.reduce((sum, { size }) => sum + size, 0); },
  };
}

/** Decisions about callers who have shown as much. */
class Standing {
  readonly admitted: Kept;
  readonly others: Kept;
  #second = 0;
  #inSecond = 0;

  constructor(admitted: Kept, others: Kept) {
    this.admitted = admitted;
    this.others = others;
  }

  add(decision: Decision, place: number): void {
    if (decision.outcome !== 'admit') return this.others.add(decision, place);
    const now = Math.floor(decision.at / 1000);
    this.#inSecond = now === this.#second ? this.#inSecond + 1 : 1;
    this.#second = now;
    if (this.#inSecond <= MOST_IN_A_SECOND) this.admitted.add(decision, place);
  }
}
