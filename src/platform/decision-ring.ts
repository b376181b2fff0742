import type { Decision } from '../domain/decision.ts';

/** The latest decisions, newest first; older ones are forgotten. */
export interface DecisionRing {
  add(decision: Decision): void;
  /** At most `limit` decisions, newest first. */
  latest(limit: number): readonly Decision[];
  find(id: string): Decision | undefined;
  readonly size: number;
  readonly capacity: number;
}

/** Makes a ring that keeps `capacity` decisions; adding costs the same however full it is. */
export function createDecisionRing(capacity: number): DecisionRing {
  // An array written round and round: adding allocates nothing. Looking one up is rare and may search.
  const kept: (Decision | undefined)[] = new Array<Decision | undefined>(capacity).fill(undefined);
  let added = 0;
  const newestFirst = (): Decision[] => {
    const start = added % Math.max(capacity, 1);
    const inOrder = [...kept.slice(start), ...kept.slice(0, start)];
    return inOrder.filter((decision) => decision !== undefined).reverse();
  };
  return {
    capacity,
    add(decision) {
      if (capacity === 0) return;
      kept[added % capacity] = decision;
      added += 1;
    },
    latest: (limit) => newestFirst().slice(0, limit),
    find: (id) => kept.find((decision) => decision?.id === id),
    get size() { return Math.min(added, capacity); },
  };
}
