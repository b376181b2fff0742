/** External parameters are compared so that whoever chose their names cannot choose how they are read. */
import type { ParameterExpectation } from '../../domain/policy/build-requirement.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { Mismatch } from '../content/mismatch.ts';
import type { Provenance } from './model.ts';

/** Leaves that are looked at for `otherParameters: deny`; more than that is denied. */
const MOST_LEAVES = 1000;
/** Names may be nested this deep. */
const DEEPEST = 16;

/** Compares the external parameters with what the policy expects of each, and with the list itself when others are denied. */
export function checkParameters(
  expectations: readonly ParameterExpectation[],
  others: 'allow' | 'deny',
  { parameters }: Provenance,
): readonly Mismatch[] {
  const mismatches = expectations.flatMap((expectation) => checkOne(expectation, parameters.value, parameters.path));
  return others === 'allow' ? mismatches : [...mismatches, ...checkOthers(expectations, parameters.value, parameters.path)];
}

function checkOne({ name, value }: ParameterExpectation, root: unknown, path: string): readonly Mismatch[] {
  const found = lookUp(root, name, 0);
  const problem = (text: string, expected: string): Mismatch => ({
    code: 'POLICY_PROVENANCE_BUILD',
    claim: `parameter ${name}`,
    path: `${path}.${name}`,
    found: text,
    expected,
  });
  const [only] = found;
  if (value === undefined) return only === undefined ? [] : [problem(valueText(only) ?? 'a value that cannot be compared', 'absent')];
  if (found.length > 1) return [problem('two parameters of this name', value.source)];
  if (only === undefined) return [problem('absent', value.source)];
  const text = valueText(only);
  return text !== undefined && value.test(text) ? [] : [problem(text ?? 'a value that cannot be compared', value.source)];
}

/**
 * All values that a dotted name can mean. Keys may contain dots themselves, and a list of `{name, value}` (Tekton's
 * parameters) is read as a map. Whoever chose the keys must not be able to choose which of two readings counts, so both
 * are returned.
 */
function lookUp(value: unknown, name: string, depth: number): readonly unknown[] {
  if (depth > DEEPEST) return [];
  const found: unknown[] = [];
  for (let dot = name.indexOf('.'); ; dot = name.indexOf('.', dot + 1)) {
    const key = dot < 0 ? name : name.slice(0, dot);
    for (const child of children(value, key)) {
      if (dot < 0) found.push(child);
      else found.push(...lookUp(child, name.slice(dot + 1), depth + 1));
    }
    if (dot < 0) return found;
  }
}

function children(value: unknown, key: string): readonly unknown[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown) =>
      isObject(item) && field(item, 'name') === key && field(item, 'value') !== undefined ? [field(item, 'value')] : [],
    );
  const child = isObject(value) ? field(value, key) : undefined;
  return child === undefined || child === null ? [] : [child];
}

/** A scalar as text. Numbers that JSON readers do not agree on are no text, so they equal nothing (security.md A13). */
function valueText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0) ? String(value) : undefined;
}

function checkOthers(expectations: readonly ParameterExpectation[], root: unknown, path: string): readonly Mismatch[] {
  const names = expectations.map((expectation) => expectation.name);
  const leaves = leavesOf(root);
  const others =
    leaves === undefined
      ? ['more than can be listed']
      : leaves.filter((leaf) => !names.some((name) => leaf === name || leaf.startsWith(`${name}.`)));
  if (others.length === 0) return [];
  return [
    {
      code: 'POLICY_PROVENANCE_BUILD',
      claim: 'external parameters',
      path,
      found: others.slice(0, 5).join(', '),
      expected: names.length > 0 ? `only ${names.join(', ')}` : 'none',
    },
  ];
}

/** Names of all values that are set; `undefined` when there are too many. */
function leavesOf(root: unknown): readonly string[] | undefined {
  const leaves: string[] = [];
  const pending: { readonly value: unknown; readonly name: string; readonly depth: number }[] = [{ value: root, name: '', depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, name, depth } = next;
    if (value === null || value === '') continue;
    if (leaves.length + pending.length > MOST_LEAVES || depth > DEEPEST) return undefined;
    if (!isObject(value) && !Array.isArray(value)) leaves.push(name);
    else
      for (const [key, child] of entriesOf(value))
        pending.push({ value: child, name: name === '' ? key : `${name}.${key}`, depth: depth + 1 });
  }
  return leaves;
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(value)) return Object.entries(value);
  return value.map((item: unknown, index): readonly [string, unknown] => {
    const name = isObject(item) ? field(item, 'name') : undefined;
    return isObject(item) && typeof name === 'string' && field(item, 'value') !== undefined
      ? [name, field(item, 'value')]
      : [String(index), item];
  });
}
