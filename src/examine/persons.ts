/** Persons as code hosts name them: two of them are known to be two only by names of the same sort. */
import type { JsonObject } from '../text/json/fields.ts';
import { text } from './read.ts';
import { said } from './sbom/sbom-model.ts';

/** The name of an account, which may change hands, and its immutable URI; at least one of them tells a person. */
export interface Person {
  readonly name?: string;
  readonly uri?: string;
}

/** Reads a person of the VCS predicate (a resource descriptor). */
export function readPerson(person: JsonObject): Person {
  const [[name], [uri]] = [said(text(person, 'name')), said(text(person, 'uri'))];
  return { ...(name === undefined ? {} : { name }), ...(uri === undefined ? {} : { uri }) };
}

/** A person who is named by a single text. */
export function personOf(written: string): Person {
  return /^[a-z][a-z0-9+.-]*:/i.test(written) ? { uri: written } : { name: written };
}

/** The texts that name a person, the name first. */
export function idsOf({ name, uri }: Person): readonly string[] {
  return said(name, uri);
}

/**
 * True when two entries are known to be two persons: nothing that names one names the other, and both are named in the same way.
 * One by name and one by URI may well be one person.
 */
export function areTwo(left: Person, right: Person): boolean {
  const same = idsOf(left).some((id) => idsOf(right).some((other) => folded(other) === folded(id)));
  const comparable = (left.name !== undefined && right.name !== undefined) || (left.uri !== undefined && right.uri !== undefined);
  return comparable && !same;
}

/** How many persons the entries are at least. Entries that share a name or a URI are one, and what cannot be compared may be one. */
export function countPersons(entries: readonly Person[]): number {
  const groups: { readonly ids: Set<string>; readonly members: readonly Person[] }[] = [];
  for (const entry of entries) {
    const ids = idsOf(entry).map(folded);
    const same = groups.filter((group) => ids.some((id) => group.ids.has(id)));
    for (const group of same) groups.splice(groups.indexOf(group), 1);
    groups.push({
      ids: new Set([...ids, ...same.flatMap((group) => [...group.ids])]),
      members: [entry, ...same.flatMap(({ members }) => members)],
    });
  }
  const having = (sort: keyof Person): number => groups.filter(({ members }) => members.some((one) => one[sort] !== undefined)).length;
  return Math.max(having('name'), having('uri'));
}

/** Code hosts know no two persons whose names differ only in case. */
function folded(id: string): string {
  return id.toLowerCase();
}
