/** The latest decisions in memory, those that people look for apart, so that no flood of admissions pushes them out. */
import type { Decision } from '../../domain/decision/decision.ts';

/** The latest decisions, newest first; older ones are forgotten. */
export interface DecisionRing {
  add(decision: Decision): void;
  /** Puts a decision in the place of the one with its id; does nothing when that is no longer kept. */
  replace(decision: Decision): void;
  /** At most `limit` decisions, newest first. */
  latest(limit: number): readonly Decision[];
  find(id: string): Decision | undefined;
  readonly size: number;
  /** Admissions that are kept, and as many other decisions. */
  readonly capacity: number;
}

/** Admissions of one second that are kept. */
const MOST_IN_A_SECOND = 1000;

/**
 * Makes a ring that keeps `capacity` admissions, and as many decisions of other outcomes: those are what people look for,
 * and no flood of admissions pushes them out. Adding costs the same however full it is.
 *
 * Of one second's admissions only the first thousand are kept. Nobody can look at more before they push each other out, and
 * the collector would have to copy each of them first.
 */
export function createDecisionRing(capacity: number): DecisionRing {
  const admitted = new Round(capacity);
  const others = new Round(capacity);
  let added = 0;
  let second = 0;
  let inSecond = 0;

  function isSurplus({ outcome, at }: Decision): boolean {
    if (outcome !== 'admit') return false;
    const now = Math.floor(at / 1000);
    inSecond = now === second ? inSecond + 1 : 1;
    second = now;
    return inSecond > MOST_IN_A_SECOND;
  }

  return {
    capacity,
    add(decision) {
      if (capacity === 0 || isSurplus(decision)) return;
      (decision.outcome === 'admit' ? admitted : others).add(decision, added += 1);
    },
    replace: (decision) => void (others.replace(decision) || admitted.replace(decision)),
    latest: (limit) =>
      [...admitted.entries(), ...others.entries()]
        .sort((a, b) => b.place - a.place)
        .slice(0, limit)
        .map(({ decision }) => decision),
    find: (id) => others.find(id) ?? admitted.find(id),
    get size() { return admitted.size + others.size; },
  };
}

/** Arrays written round and round: adding allocates nothing. Looking something up is rare and may search. */
class Round {
  readonly #kept: (Decision | undefined)[];
  /** Place of each among all decisions. */
  readonly #places: number[];
  #added = 0;

  constructor(capacity: number) {
    this.#kept = new Array<Decision | undefined>(capacity).fill(undefined);
    this.#places = new Array<number>(capacity).fill(0);
  }

  get size(): number {
    return Math.min(this.#added, this.#kept.length);
  }

  add(decision: Decision, place: number): void {
    const index = this.#added % this.#kept.length;
    this.#kept[index] = decision;
    this.#places[index] = place;
    this.#added += 1;
  }

  entries(): { readonly decision: Decision; readonly place: number }[] {
    return this.#kept.flatMap((decision, index) => (decision === undefined ? [] : [{ decision, place: this.#places[index] ?? 0 }]));
  }

  find(id: string): Decision | undefined {
    return this.#kept.find((decision) => decision?.id === id);
  }

  replace(decision: Decision): boolean {
    const index = this.#kept.findIndex((kept) => kept?.id === decision.id);
    if (index >= 0) this.#kept[index] = decision;
    return index >= 0;
  }
}
