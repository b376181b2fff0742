/** Paths into objects, as rows of the table of kinds write them: `spec.jobs[].template.spec`, `spec.replicaSpecs{}.template.spec`. */
import { field, isObject } from './json/fields.ts';
import { bad, good } from './result.ts';
import type { Result } from './result.ts';

/** One step of a path: a member, and whether every item of it (`[]`), or every member (`{}`), is meant. */
interface Step {
  readonly name: string;
  readonly each: readonly ('list' | 'map')[];
}

/** A path, compiled. */
export interface Place {
  readonly source: string;
  readonly steps: readonly Step[];
}

/** What stands at a place: its JSON path and the value; or that something on the way is not what the path says. */
export type Placed =
  { readonly at: string; readonly value: unknown } | { readonly at: string; readonly expected: string; readonly value: unknown };

const STEP = /^([A-Za-z_][A-Za-z0-9_-]{0,62})((?:\[\]|\{\})*)$/;
const MOST_STEPS = 32;

/** Reads a path: names of members, with `[]` for every item of a list and `{}` for every member of a map. */
export function parsePlace(text: string): Result<Place> {
  const parts = text.split('.');
  if (parts.length > MOST_STEPS) return bad(`has ${parts.length} parts, expected at most ${MOST_STEPS}`);
  const steps: Step[] = [];
  for (const part of parts) {
    const match = STEP.exec(part);
    if (match === null)
      return bad(
        `${JSON.stringify(part.slice(0, 64))} is no part of a path: expected a name, with [] for every item or {} for every member`,
      );
    const [, name = '', marks = ''] = match;
    if (name === '__proto__') return bad('__proto__ is no name');
    steps.push({ name, each: (marks.match(/\[\]|\{\}/g) ?? []).map((mark) => (mark === '[]' ? 'list' : 'map')) });
  }
  return good({ source: text, steps });
}

/** A path that is known to be one. */
export function place(text: string): Place {
  const read = parsePlace(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

/** Everything that stands at the place, in the order of the object. What is absent or null is not there; what is of another type is told. */
export function findAt(object: unknown, { steps }: Place, most: number): readonly Placed[] {
  let here: readonly Placed[] = [{ at: '', value: object }];
  const wrong: Placed[] = [];
  for (const step of steps) {
    here = here.flatMap((placed) => member(placed, step.name, wrong));
    for (const kind of step.each) here = here.flatMap((placed) => items(placed, kind, wrong));
    if (here.length > most) here = here.slice(0, most);
  }
  return [...here, ...wrong];
}

function member({ at, value }: Placed, name: string, wrong: Placed[]): readonly Placed[] {
  if (!isObject(value)) {
    wrong.push({ at, expected: 'an object', value });
    return [];
  }
  const found = field(value, name);
  return found === undefined || found === null ? [] : [{ at: at === '' ? name : `${at}.${name}`, value: found }];
}

function items({ at, value }: Placed, kind: 'list' | 'map', wrong: Placed[]): readonly Placed[] {
  if (kind === 'list' && Array.isArray(value)) return value.map((item: unknown, index) => ({ at: `${at}[${index}]`, value: item }));
  if (kind === 'map' && isObject(value)) return Object.entries(value).map(([name, item]) => ({ at: `${at}.${name}`, value: item }));
  wrong.push({ at, expected: kind === 'list' ? 'a list' : 'an object', value });
  return [];
}
