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
  // Insertion order of a Map is its age order, and ids are ours, so hostile keys cannot get in.
  const kept = new Map<string, Decision>();
  return {
    capacity,
    add(decision) {
      if (capacity === 0) return;
      kept.set(decision.id, decision);
      if (kept.size <= capacity) return;
      const oldest = kept.keys().next();
      if (!oldest.done) kept.delete(oldest.value);
    },
    latest: (limit) => [...kept.values()].reverse().slice(0, limit),
    find: (id) => kept.get(id),
    get size() { return kept.size; },
  };
}
