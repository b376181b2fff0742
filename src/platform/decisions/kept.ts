/** So many decisions and no more: the oldest goes, or the oldest of the namespace that has most. */
import type { Decision } from '../../domain/decision/decision.ts';

/** A decision with its place among all decisions. */
export interface KeptDecision {
  readonly decision: Decision;
  readonly place: number;
}

/** A bounded number of decisions. */
export interface Kept {
  add(decision: Decision, place: number): void;
  /** Puts a decision in the place of the one with its id; false when that is no longer kept. */
  replace(decision: Decision): boolean;
  /** In no order that counts. */
  entries(): KeptDecision[];
  readonly size: number;
}

/** Keeps the latest `capacity` decisions. */
export function createKept(capacity: number): Kept {
  return new Round(capacity);
}

/** Keeps `capacity` decisions; when that is not enough, one goes of the namespace that has the most, or of those with more than their share. */
export function createFairKept(capacity: number): Kept {
  return new Fair(capacity);
}

/** Arrays written round and round: adding allocates nothing. Looking something up is rare and may search. */
class Round implements Kept {
  readonly #capacity: number;
  #kept: (Decision | undefined)[] = [];
  /** Place of each among all decisions. */
  #places: number[] = [];
  #added = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return Math.min(this.#added, this.#capacity);
  }

  add(decision: Decision, place: number): void {
    if (this.#added === 0) {
      this.#kept = new Array<Decision | undefined>(this.#capacity).fill(undefined);
      this.#places = new Array<number>(this.#capacity).fill(0);
    }
    const index = this.#added % this.#capacity;
    this.#kept[index] = decision;
    this.#places[index] = place;
    this.#added += 1;
  }

  replace(decision: Decision): boolean {
    const index = this.#kept.findIndex((kept) => kept?.id === decision.id);
    if (index >= 0) this.#kept[index] = decision;
    return index >= 0;
  }

  entries(): KeptDecision[] {
    return this.#kept.flatMap((decision, index) => (decision === undefined ? [] : [{ decision, place: this.#places[index] ?? 0 }]));
  }
}

class Fair implements Kept {
  readonly #capacity: number;
  readonly #namespaces = new Map<string, KeptDecision[]>();
  size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(decision: Decision, place: number): void {
    const { namespace } = decision.request;
    const own = this.#namespaces.get(namespace) ?? [];
    if (own.length === 0) this.#namespaces.set(namespace, own);
    own.push({ decision, place });
    this.size += 1;
    if (this.size > this.#capacity) this.#forgetOne(own);
  }

  replace(decision: Decision): boolean {
    const lane = this.#namespaces.get(decision.request.namespace) ?? [];
    const index = lane.findIndex((kept) => kept.decision.id === decision.id);
    const before = lane[index];
    if (before !== undefined) lane[index] = { decision, place: before.place };
    return before !== undefined;
  }

  entries(): KeptDecision[] {
    return [...this.#namespaces.values()].flat();
  }

  /** Whoever has more than an equal share gives its own oldest, which needs no search; else there is somebody who has more. */
  #forgetOne(own: KeptDecision[]): void {
    const from = own.length * this.#namespaces.size > this.#capacity ? own : this.#longest();
    const gone = from.shift();
    this.size -= 1;
    if (from.length === 0 && gone !== undefined) this.#namespaces.delete(gone.decision.request.namespace);
  }

  #longest(): KeptDecision[] {
    let longest: KeptDecision[] = [];
    for (const lane of this.#namespaces.values()) if (lane.length > longest.length) longest = lane;
    return longest;
  }
}
