/** A queue that is fair to those who wait in it: namespaces take turns, callers within a namespace take turns, items keep their order. */
import type { Asker } from './asker.ts';

/** Items that wait, by asker. Whoever was served least since it began to wait is next, ties go to who came first. */
export interface FairQueue<Item> {
  /** Lets an item wait. `cost` (above 0, default 1) is what serving it takes of its asker's share. */
  push(asker: Asker, item: Item, cost?: number): void;
  /** The next item of the askers that may be served now (default: all), taken out; `undefined` when there is none. */
  shift(mayServe?: (asker: Asker) => boolean): Item | undefined;
  /** Takes an item out that does not wait any more; false when it is not there. */
  remove(asker: Asker, item: Item): boolean;
  /** Takes all items out, in the order in which they would be served. */
  drain(): Item[];
  readonly size: number;
}

/** Makes an empty queue: start-time fair queueing, once over namespaces and once over the callers of each. */
export function createFairQueue<Item>(): FairQueue<Item> {
  return new Queue<Item>();
}

interface Waiting<Item> {
  readonly item: Item;
  readonly cost: number;
}

/** Those who wait under one name; `served` is the virtual time up to which they have had their share. */
interface Lane<Held> {
  served: number;
  readonly held: Held;
}

/** Lanes by name, and the virtual time at which whoever comes now begins: no credit is saved up by not asking. */
class Lanes<Held> {
  readonly byName = new Map<string, Lane<Held>>();
  #now = 0;

  of(name: string, make: () => Held): Lane<Held> {
    let lane = this.byName.get(name);
    if (lane === undefined) this.byName.set(name, (lane = { served: this.#now, held: make() }));
    return lane;
  }

  /** Names in the order in which they are to be served. */
  least(mayServe: (name: string, lane: Lane<Held>) => boolean): [string, Lane<Held>] | undefined {
    let found: [string, Lane<Held>] | undefined;
    for (const entry of this.byName) {
      if ((found === undefined || entry[1].served < found[1].served) && mayServe(...entry)) found = entry;
    }
    return found;
  }

  charge(lane: Lane<Held>, cost: number): void {
    this.#now = Math.max(this.#now, lane.served);
    lane.served += cost;
  }
}

class Queue<Item> implements FairQueue<Item> {
  readonly #namespaces = new Lanes<Lanes<Waiting<Item>[]>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push({ namespace, caller }: Asker, item: Item, cost = 1): void {
    const callers = this.#namespaces.of(namespace, () => new Lanes<Waiting<Item>[]>()).held;
    callers.of(caller, () => []).held.push({ item, cost });
    this.#size += 1;
  }

  shift(mayServe: (asker: Asker) => boolean = () => true): Item | undefined {
    const callerIn = (namespace: string, callers: Lanes<Waiting<Item>[]>): [string, Lane<Waiting<Item>[]>] | undefined =>
      callers.least((caller) => mayServe({ namespace, caller }));
    const next = this.#namespaces.least((namespace, { held }) => callerIn(namespace, held) !== undefined);
    if (next === undefined) return undefined;
    const [namespace, callers] = next;
    const [caller, lane] = callerIn(namespace, callers.held) ?? [];
    const first = lane?.held.shift();
    if (caller === undefined || lane === undefined || first === undefined) return undefined;
    this.#namespaces.charge(callers, first.cost);
    callers.held.charge(lane, first.cost);
    this.#left(namespace, caller);
    return first.item;
  }

  remove({ namespace, caller }: Asker, item: Item): boolean {
    const waiting = this.#namespaces.byName.get(namespace)?.held.byName.get(caller)?.held;
    const at = waiting?.findIndex((one) => one.item === item) ?? -1;
    if (waiting === undefined || at < 0) return false;
    waiting.splice(at, 1);
    this.#left(namespace, caller);
    return true;
  }

  drain(): Item[] {
    const items: Item[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  /** Counts one less, and forgets names under which nobody waits: the memory of a queue is that of its items. */
  #left(namespace: string, caller: string): void {
    this.#size -= 1;
    const callers = this.#namespaces.byName.get(namespace)?.held;
    if (callers?.byName.get(caller)?.held.length === 0) callers.byName.delete(caller);
    if (callers?.byName.size === 0) this.#namespaces.byName.delete(namespace);
  }
}
