/** A queue that is fair to those who wait in it: namespaces take turns, then callers, then the requests of a caller; items keep their order. */
import type { Asker } from './asker.ts';

/**
 * Items that wait, by asker. Whoever was served least since it began to wait is next, ties go to who came first. An asker object
 * stands for one request: a caller (such as the controller that makes all pods) has many, and the largest keeps none waiting.
 */
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

/** Makes an empty queue: start-time fair queueing over namespaces, over the callers of each, and over the requests of each caller. */
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
class Lanes<Name, Held> {
  readonly byName = new Map<Name, Lane<Held>>();
  #now = 0;

  of(name: Name, make: () => Held): Lane<Held> {
    let lane = this.byName.get(name);
    if (lane === undefined) this.byName.set(name, (lane = { served: this.#now, held: make() }));
    return lane;
  }

  /** The one to be served next of those that may be. */
  least(mayServe: (name: Name, lane: Lane<Held>) => boolean = () => true): [Name, Lane<Held>] | undefined {
    let found: [Name, Lane<Held>] | undefined;
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

type Requests<Item> = Lanes<Asker, Waiting<Item>[]>;
type Callers<Item> = Lanes<string, Requests<Item>>;

class Queue<Item> implements FairQueue<Item> {
  readonly #namespaces = new Lanes<string, Callers<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(asker: Asker, item: Item, cost = 1): void {
    const callers = this.#namespaces.of(asker.namespace, () => new Lanes<string, Requests<Item>>()).held;
    const requests = callers.of(asker.caller, () => new Lanes<Asker, Waiting<Item>[]>()).held;
    requests.of(asker.request ?? asker, () => []).held.push({ item, cost });
    this.#size += 1;
  }

  shift(mayServe: (asker: Asker) => boolean = () => true): Item | undefined {
    const callerIn = (namespace: string, callers: Callers<Item>): [string, Lane<Requests<Item>>] | undefined =>
      callers.least((caller) => mayServe({ namespace, caller }));
    const [namespace, callers] = this.#namespaces.least((name, { held }) => callerIn(name, held) !== undefined) ?? [];
    if (namespace === undefined || callers === undefined) return undefined;
    const [caller, requests] = callerIn(namespace, callers.held) ?? [];
    const [request, lane] = requests?.held.least() ?? [];
    const first = lane?.held.shift();
    if (caller === undefined || requests === undefined || request === undefined || lane === undefined || first === undefined)
      return undefined;
    this.#namespaces.charge(callers, first.cost);
    callers.held.charge(requests, first.cost);
    requests.held.charge(lane, first.cost);
    this.#left(namespace, caller, request);
    return first.item;
  }

  remove(asker: Asker, item: Item): boolean {
    const requests = this.#namespaces.byName.get(asker.namespace)?.held.byName.get(asker.caller)?.held;
    for (const [request, { held }] of requests?.byName ?? []) {
      const at = held.findIndex((one) => one.item === item);
      if (at < 0) continue;
      held.splice(at, 1);
      this.#left(asker.namespace, asker.caller, request);
      return true;
    }
    return false;
  }

  drain(): Item[] {
    const items: Item[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  /** Counts one less, and forgets names under which nobody waits: the memory of a queue is that of its items. */
  #left(namespace: string, caller: string, request: Asker): void {
    this.#size -= 1;
    const callers = this.#namespaces.byName.get(namespace)?.held;
    const requests = callers?.byName.get(caller)?.held;
    if (requests?.byName.get(request)?.held.length === 0) requests.byName.delete(request);
    if (requests?.byName.size === 0) callers?.byName.delete(caller);
    if (callers?.byName.size === 0) this.#namespaces.byName.delete(namespace);
  }
}
