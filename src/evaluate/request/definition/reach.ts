/** What surely went before a task, by the order of its run: through pipelines inside each other, and not through what `finally` runs. */
import { isTask } from './places.ts';
import type { Placed } from './places.ts';

/** Which tasks lie behind others. Made once for a run. */
export interface Order {
  readonly placed: readonly Placed[];
  /** What starts only when the key has ended well. */
  readonly followers: ReadonlyMap<Placed, readonly Placed[]>;
  /** What stands directly in the key; at the top, in `undefined`. */
  readonly members: ReadonlyMap<Placed | undefined, readonly Placed[]>;
  /** Of those, what stands under `finally`. */
  readonly finals: ReadonlyMap<Placed | undefined, readonly Placed[]>;
}

/** Turns the order of a run around: from what comes after what, to what follows what. */
export function orderOf(placed: readonly Placed[]): Order {
  const followers = new Map<Placed, Placed[]>();
  const members = new Map<Placed | undefined, Placed[]>();
  const finals = new Map<Placed | undefined, Placed[]>();
  for (const one of placed) {
    for (const before of one.after) append(followers, before, one);
    append(members, one.group, one);
    if (one.isFinally) append(finals, one.group, one);
  }
  return { placed, followers, members, finals };
}

function append<Key>(map: Map<Key, Placed[]>, key: Key, one: Placed): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [one]);
  else list.push(one);
}

/**
 * All that starts only when one of `seeds` has ended: well, so that the run stops if that one fails, or (`inTime`) in whatever way. What
 * stands under `finally` also runs after a failure: in time it comes after everything of its pipeline, and otherwise only what went before
 * its whole pipeline counts for it. Bounded by the tasks and the edges between them.
 */
export function behind({ followers, members, finals }: Order, seeds: Iterable<Placed>, inTime = false): ReadonlySet<Placed> {
  const started = new Set<Placed>();
  const ended = new Set<Placed>(seeds);
  const queue = [...ended];
  const end = (one: Placed): void => {
    if (!ended.has(one)) queue.push(one);
    ended.add(one);
  };
  const start = (one: Placed): void => {
    if (started.has(one)) return;
    started.add(one);
    end(one);
    // Also of a seed: what it holds starts no earlier.
    for (const member of members.get(one) ?? []) start(member);
  };
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    for (const follower of followers.get(one) ?? []) if (inTime || !follower.isFinally) start(follower);
    if (inTime && !one.isFinally) for (const last of finals.get(one.group) ?? []) start(last);
    if (one.group !== undefined) end(one.group);
  }
  return started;
}

/** More than these are not tried, and then none comes first. */
const MOST_CANDIDATES = 64;

/**
 * Whether everything else comes after one of `candidates`: nothing runs before it or beside it, but for further candidates. What stands
 * under `finally` comes after everything of its pipeline.
 */
export function comesFirst(order: Order, candidates: readonly Placed[]): boolean {
  const all = new Set(candidates);
  const isWithin = (one: Placed): boolean => all.has(one) || (one.group !== undefined && isWithin(one.group));
  const others = order.placed.filter((one) => isTask(one) && !isWithin(one));
  return candidates.slice(0, MOST_CANDIDATES).some((candidate) => {
    const later = behind(order, [candidate], true);
    return others.every((one) => later.has(one));
  });
}
