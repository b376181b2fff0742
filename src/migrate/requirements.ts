/** Clauses become requirements of a policy, each with a name; what never holds is asked of nobody, who signs nothing. */
import type { JsonObject } from '../text/json/fields.ts';
import { own, ownList } from '../text/json/fields.ts';
import { shownText } from '../text/shown.ts';
import type { Clause, Leaf } from './formula.ts';

/** The Signer who signs nothing: a requirement that only he could meet keeps the door shut. */
export const NOBODY = 'nobody';

/** What the anyOf of a policy holds at most. */
const MOST_ALTERNATIVES = 32;

/** A requirement that never holds, named after what is missing, or who refuses. */
function shut(missing: readonly string[]): JsonObject {
  const isRefusal = missing.length > 0 && missing.every((text) => text.startsWith('refused '));
  const why = missing.join(', ') || 'nothing is named that would do';
  return { name: label(isRefusal ? why : `not imported: ${why}`), signature: { by: [NOBODY] } };
}

/** A requirement with its name, and where its parts were written. */
export interface NamedRequirement {
  readonly value: JsonObject;
  readonly from: readonly string[];
}

/** The requirements of a policy, in order, with names that are its own. */
export function requirementsOf(clauses: readonly Clause[]): readonly NamedRequirement[] {
  const names = new Set<string>();
  return clauses.map((clause) => {
    const { name, ...rest } = oneOf(clause);
    const from = [...new Set([...clause.leaves, ...clause.missing].map((one) => one.from).filter((text) => text !== ''))];
    const base = label(typeof name === 'string' ? name : 'requirement');
    let unique = base;
    for (let count = 2; names.has(unique); count += 1) unique = label(`${base.slice(0, 120)} (${count})`);
    names.add(unique);
    return { value: { name: unique, ...rest }, from };
  });
}

function oneOf({ leaves, missing }: Clause): JsonObject {
  const merged = mergedLeaves(leaves);
  const [only] = merged;
  if (only === undefined) return shut([...new Set(missing.map(({ title }) => title))]);
  if (merged.length === 1) return { name: only.title, ...only.requirement };
  return { name: merged.map(({ title }) => title).join(' or '), anyOf: nested(merged.map(({ requirement }) => requirement)) };
}

/** More alternatives than one list may hold stand in lists of their own. */
function nested(requirements: readonly JsonObject[]): readonly JsonObject[] {
  if (requirements.length <= MOST_ALTERNATIVES) return requirements;
  const lists: JsonObject[] = [];
  for (let at = 0; at < requirements.length; at += MOST_ALTERNATIVES) lists.push({ anyOf: requirements.slice(at, at + MOST_ALTERNATIVES) });
  return nested(lists);
}

/** Requirements that differ in their signers alone are one: any of the signers will do. */
function mergedLeaves(leaves: readonly Leaf[]): readonly Leaf[] {
  const groups = new Map<string, Leaf>();
  for (const leaf of leaves) {
    const [kind = '', body] = Object.entries(leaf.requirement)[0] ?? [];
    const by = ownList(body, 'by');
    if (by === undefined || own(body, 'threshold') !== undefined) {
      groups.set(JSON.stringify(leaf.requirement), leaf);
      continue;
    }
    const { by: _, ...rest } = body as JsonObject;
    const key = `${kind} ${JSON.stringify(rest)}`;
    const known = groups.get(key);
    const all = [...new Set([...(ownList(Object.values(known?.requirement ?? {})[0], 'by') ?? []), ...by])];
    const title = known === undefined ? leaf.title : label(`${known.title} or ${leaf.title}`);
    groups.set(key, { kind: 'leaf', from: leaf.from, title, requirement: { [kind]: { by: all, ...rest } } });
  }
  return [...groups.values()];
}

/** A name of a requirement: one line of at most 128 characters. */
export function label(text: string): string {
  return shownText(text.trim() === '' ? 'requirement' : text.trim(), 128);
}
