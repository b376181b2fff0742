/** Lines that have a name in common are about one person: keys of one person must never approve each other's work. */
import type { JsonObject } from '../../text/json/fields.ts';
import type { Level } from '../remark.ts';

/** Tells something of one line. */
export type Tell = (level: Level, what: string, why: string, help: string) => void;

/** A key as a line gives it. */
export interface AllowedKey {
  readonly identity: JsonObject;
  /** `file:line`. */
  readonly from: string;
  readonly tell: Tell;
}

/** Somebody by his first name, and all his keys in the order of their lines. */
export interface Somebody {
  readonly name: string;
  readonly keys: readonly AllowedKey[];
}

interface Group {
  readonly order: number;
  readonly name: string;
  readonly names: Set<string>;
  readonly keys: AllowedKey[];
}

/** Collects persons. Names are compared without case, as mail is delivered; patterns as they are written. */
export class People {
  readonly #groups = new Set<Group>();
  readonly #byName = new Map<string, Group>();
  #last = 0;

  /** Adds a key of whom these names name; whoever else has one of them is the same. */
  add(principals: readonly string[], key: AllowedKey): void {
    const names = principals.map((name) => name.toLowerCase());
    const known = new Set(names.flatMap((name) => this.#byName.get(name) ?? []));
    const [own = this.#newGroup(principals[0] ?? ''), ...others] = [...known].toSorted((one, other) => one.order - other.order);
    for (const other of others) {
      own.keys.push(...other.keys);
      for (const name of other.names) this.#give(own, name);
      this.#groups.delete(other);
    }
    for (const name of names) this.#give(own, name);
    own.keys.push(key);
  }

  all(): readonly Somebody[] {
    return [...this.#groups];
  }

  #newGroup(name: string): Group {
    const group = { order: (this.#last += 1), name, names: new Set<string>(), keys: [] };
    this.#groups.add(group);
    return group;
  }

  #give(group: Group, name: string): void {
    group.names.add(name);
    this.#byName.set(name, group);
  }
}
