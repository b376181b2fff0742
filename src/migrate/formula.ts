/** What has to hold, as others nest it (all of, any of, so many of), becomes a flat list of requirements: exactly as much, or more. */
import type { JsonObject } from '../text/json/fields.ts';

/** A requirement as a policy writes it, without its name. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly requirement: JsonObject;
  /** What it is called, for people. */
  readonly title: string;
  /** Where in the source it was written: `file:line path`. */
  readonly from: string;
}

/** Something that cannot be asked for here: it holds never. */
export interface Never {
  readonly kind: 'never';
  readonly title: string;
  readonly from: string;
}

/** What has to hold. An empty `any` never holds, an empty `all` always. */
export type Formula =
  | Leaf
  | Never
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Formula[] }
  | { readonly kind: 'atLeast'; readonly count: number; readonly parts: readonly Formula[] };

/** Alternatives of which one has to hold; none: it never does, for the reasons in `missing`. */
export interface Clause {
  readonly leaves: readonly Leaf[];
  readonly missing: readonly Never[];
}

/** As many clauses and leaves are worked out; what is larger never holds. */
const MOST_CLAUSES = 90;
const MOST_LEAVES = 200;

/** What always holds. */
export const ALWAYS: Formula = { kind: 'all', parts: [] };

/** A formula that never holds, for a reason. */
export function never(title: string, from: string): Never {
  return { kind: 'never', title, from };
}

/** True when it holds whatever is found. */
export function isAlways(formula: Formula): boolean {
  return clausesOf(formula).length === 0;
}

/**
 * The clauses that all have to hold (conjunctive normal form). Requirements are monotone, so this is the same; only what would grow beyond
 * bounds becomes a clause that never holds.
 */
export function clausesOf(formula: Formula): readonly Clause[] {
  return worked(formula) ?? [{ leaves: [], missing: [never('it combines more alternatives than can be written out', '')] }];
}

function worked(formula: Formula): readonly Clause[] | undefined {
  switch (formula.kind) {
    case 'leaf':
      return [{ leaves: [formula], missing: [] }];
    case 'never':
      return [{ leaves: [], missing: [formula] }];
    case 'all':
      return joined(formula.parts.map(worked));
    case 'any':
      return formula.parts.map(worked).reduce<readonly Clause[] | undefined>(product, [{ leaves: [], missing: [] }]);
    case 'atLeast':
      return chosen(formula.count, formula.parts);
  }
}

/** At least `count` of n hold exactly when of every n - count + 1 of them one does. */
function chosen(count: number, parts: readonly Formula[]): readonly Clause[] | undefined {
  if (count <= 0) return [];
  if (count > parts.length) return [{ leaves: [], missing: [never(`${count} of ${parts.length} are asked for`, '')] }];
  const subsets = subsetsOf(parts, parts.length - count + 1);
  return subsets === undefined ? undefined : joined(subsets.map((some) => worked({ kind: 'any', parts: some })));
}

function subsetsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] | undefined {
  if (items.length > 12 && size > 1 && size < items.length) return undefined;
  if (size === 0) return [[]];
  if (items.length < size) return [];
  const [head, ...rest] = items as readonly [T, ...T[]];
  const withHead = subsetsOf(rest, size - 1);
  const without = subsetsOf(rest, size);
  return withHead === undefined || without === undefined ? undefined : [...withHead.map((some) => [head, ...some]), ...without];
}

function joined(lists: readonly (readonly Clause[] | undefined)[]): readonly Clause[] | undefined {
  if (lists.some((list) => list === undefined)) return undefined;
  return bounded(slimmed(lists.flatMap((list) => list ?? [])));
}

function product(one: readonly Clause[] | undefined, other: readonly Clause[] | undefined): readonly Clause[] | undefined {
  if (one === undefined || other === undefined || one.length * other.length > MOST_CLAUSES ** 2) return undefined;
  return bounded(slimmed(one.flatMap((left) => other.map((right) => ({
    leaves: distinct([...left.leaves, ...right.leaves]), missing: [...new Set([...left.missing, ...right.missing])].slice(0, 20),
  })))));
}

function bounded(clauses: readonly Clause[]): readonly Clause[] | undefined {
  return clauses.length > MOST_CLAUSES || clauses.some(({ leaves }) => leaves.length > MOST_LEAVES) ? undefined : clauses;
}

/** Without clauses that say no more than another. */
function slimmed(clauses: readonly Clause[]): readonly Clause[] {
  const keyed = clauses.map((clause) => ({ clause, keys: new Set(clause.leaves.map(keyOf)) }));
  return keyed
    .filter(({ keys, clause }, index) => !keyed.some((other, at) => {
      const isEarlier = at < index && (keys.size > 0 || sameMissing(other.clause, clause));
      return at !== index && isBelow(other.keys, keys) && (other.keys.size < keys.size || isEarlier);
    }))
    .map(({ clause }) => clause);
}

function sameMissing(one: Clause, other: Clause): boolean {
  return titles(one) === titles(other);
}

function titles({ missing }: Clause): string {
  return missing.map(({ title }) => title).join('\n');
}

/** Clauses that never hold are each told, so none of them makes others superfluous. */
function isBelow(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return (one.size > 0 || other.size === 0) && [...one].every((key) => other.has(key));
}

function distinct(leaves: readonly Leaf[]): readonly Leaf[] {
  return [...new Map(leaves.map((leaf) => [keyOf(leaf), leaf])).values()];
}

function keyOf({ requirement }: Leaf): string {
  return JSON.stringify(requirement);
}
