/** A matrix runs one task with many combinations of parameters: which there are, as Tekton fans them out. */
import { structAt, structsAt } from '../place.ts';
import type { Place } from '../place.ts';
import { problem } from '../book.ts';
import type { Book } from '../book.ts';
import type { Values } from './scope.ts';
import { evaluate, readParameters } from './value.ts';
import type { RawParameter, Scope, Value } from './value.ts';
import { spendCombinations } from './budget.ts';
import { either } from './scope.ts';
import { isDeferred } from './variables.ts';
import type { DeferredText, Text } from './variables.ts';

/** Tekton's own limit is 256 unless it is raised. */
const MOST = 1024;
const MOST_COMPARISONS = 262_144;

/** What a matrix comes to. */
export interface FannedOut {
  /** The parameters of each; one without any where there is no matrix. */
  readonly combinations: readonly Values[];
  /** What the request gives in it. */
  readonly given: readonly RawParameter[];
  /** It may come to no run at all, or nobody knows yet to how many. */
  readonly uncertain: boolean;
}

const NONE: FannedOut = { combinations: [new Map()], given: [], uncertain: false };

type Combination = Map<string, Text>;

/** Reads the `matrix` of a task of a pipeline, with values from the scope of the pipeline. */
export function readMatrix(task: Place, scope: Scope, book: Book): FannedOut {
  const matrix = structAt(task, 'matrix', book);
  if (matrix === undefined) return NONE;
  const params = readParameters(structsAt(matrix, 'params', book), 'value', book);
  const includes = structsAt(matrix, 'include', book).map((include) => readParameters(structsAt(include, 'params', book), 'value', book));
  const given = [...params, ...includes.flat()];
  // The object is refused already.
  if (book.budget.overrun) return { ...NONE, given, uncertain: true };
  const lists = params.map(({ name, raw }) => ({ name, value: evaluate(raw ?? [], scope, book.budget) }));
  const rows = includes.map((row) => row.map(({ name, raw }) => ({ name, value: evaluate(raw ?? '', scope, book.budget) })));
  const later = [...lists, ...rows.flat()].map(({ value }) => unknownIn(value)).find((text) => text !== undefined);
  if (later !== undefined) return unknownMatrix(given, later);
  const most = lists.reduce((product, { value }) => product * (value.kind === 'list' ? value.items.length : 1), 1) + rows.length;
  const combinations = spendCombinations(book.budget, most) ? combine(lists, rows.map(rowOf)) : undefined;
  if (combinations === undefined) {
    problem(book, 'INPUT_PARAMETER_LIMIT', matrix.path, { expected: `at most ${MOST} combinations` });
    return { ...NONE, given, uncertain: true };
  }
  // It runs nothing; what it would run is not known either.
  if (combinations.length === 0) return unknownMatrix(given, { reason: 'expression', expression: 'a matrix without combinations' });
  const values = combinations.map((one): Values => new Map([...one].map(([name, text]) => [name, { kind: 'text', text }])));
  return { combinations: values, given, uncertain: false };
}

function unknownMatrix(given: readonly RawParameter[], text: DeferredText): FannedOut {
  return { combinations: [new Map(given.map(({ name }) => [name, { kind: 'unknown', text }]))], given, uncertain: true };
}

/** One set of parameters for all combinations: each is any of what it is in one of them. */
export function mergedCombinations(combinations: readonly Values[]): Values {
  const [first, ...others] = combinations;
  if (others.length === 0) return first ?? new Map();
  const merged = new Map<string, Value>(first);
  for (const one of others) {
    for (const [name, value] of one) {
      const before = merged.get(name);
      merged.set(name, before?.kind === 'text' && value.kind === 'text' ? { kind: 'text', text: either(before.text, value.text) } : value);
    }
  }
  return merged;
}

function unknownIn(value: Value): DeferredText | undefined {
  if (value.kind === 'unknown') return value.text;
  if (value.kind === 'text') return isDeferred(value.text) ? value.text : undefined;
  return value.kind === 'list' ? value.items.find(isDeferred) : { reason: 'expression', expression: 'matrix of an object' };
}

interface Given {
  readonly name: string;
  readonly value: Value;
}

function rowOf(row: readonly Given[]): Combination {
  return new Map(row.flatMap(({ name, value }) => (value.kind === 'text' ? [[name, value.text]] : [])));
}

/** All combinations of the lists; rows overwrite those that they agree with, and are combinations where they agree with none. */
function combine(lists: readonly Given[], rows: readonly Combination[]): readonly Combination[] | undefined {
  if (lists.length === 0) return rows.length > MOST ? undefined : rows;
  let combinations: Combination[] = [];
  for (const { name, value } of lists) {
    const items = value.kind === 'list' ? value.items : value.kind === 'text' ? [value.text] : [];
    if (items.length * Math.max(1, combinations.length) > MOST) return undefined;
    // After one without items Tekton starts anew, without what was before it.
    const before = combinations.length === 0 ? [new Map<string, Text>()] : combinations;
    combinations = items.flatMap((item) => before.map((one) => new Map(one).set(name, item)));
  }
  if (combinations.length * rows.length > MOST_COMPARISONS || combinations.length + rows.length > MOST) return undefined;
  for (const one of combinations) for (const row of rows) if (agrees(one, row)) for (const [name, text] of row) one.set(name, text);
  for (const row of rows) if (row.size > 0 && !combinations.some((one) => shares(one, row))) combinations.push(new Map(row));
  return combinations;
}

function agrees(one: Combination, row: Combination): boolean {
  return [...row].every(([name, text]) => !one.has(name) || same(one.get(name), text));
}

function shares(one: Combination, row: Combination): boolean {
  return [...row].some(([name, text]) => same(one.get(name), text));
}

function same(one: Text | undefined, other: Text): boolean {
  return one !== undefined && !isDeferred(one) && !isDeferred(other) && one.texts.join('\n') === other.texts.join('\n');
}
