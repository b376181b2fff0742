/** Parameters in the texts of strategies (`$(params.x)`), which Tekton replaces once. */
import type { GivenParameter } from '../../domain/build/build-request.ts';
import type { ImageState } from '../../domain/build/image.ts';
import { keptText } from '../../domain/decision/kept-text.ts';
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { objectsAt } from '../parts/look.ts';
import type { Problems } from '../parts/look.ts';

/** Longest text that comes out of parameters; a reference is shorter. */
export const MAX_TEXT = 4096;

/** Defaults of a strategy's parameters, by name; those without one have no value in sight. */
export function defaultsOf(spec: JsonObject, problems: Problems): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { value } of objectsAt(spec, 'parameters', 'spec', problems)) {
    const fallback = field(value, 'default');
    if (typeof fallback === 'string' && !found.has(textOf(value, 'name'))) found.set(textOf(value, 'name'), fallback);
  }
  return found;
}

/** An image with its parameters replaced; `limit` when it comes to more text than a reference has. Linear. */
export function imageState(raw: string, values: ReadonlyMap<string, string>): ImageState | 'limit' {
  let [result, from] = ['', 0];
  for (;;) {
    const open = raw.indexOf('$(', from);
    const close = open < 0 ? -1 : raw.indexOf(')', open);
    if (close < 0) break;
    const variable = raw.slice(open + 2, close);
    const name = /^(?:inputs\.)?params(?:\.([^.[\]]+)|\["([^"]*)"\]|\['([^']*)'\])$/.exec(variable);
    const value = values.get(name?.[1] ?? name?.[2] ?? name?.[3] ?? '');
    const reason = name === null ? 'expression' : 'parameter';
    if (name === null || value === undefined) return { state: 'deferred', reason, expression: keptText(`$(${variable})`) };
    result += raw.slice(from, open) + value;
    if (result.length > MAX_TEXT) return 'limit';
    from = close + 1;
  }
  result += raw.slice(from);
  if (result.length > MAX_TEXT) return 'limit';
  // What comes out of a value is not replaced again, and no name.
  return result.includes('$(')
    ? { state: 'deferred', reason: 'expression', expression: keptText(result) }
    : { state: 'resolved', values: [result] };
}

/** Members by which a value is taken from an object of the cluster. */
const FROM_ELSEWHERE = ['secretValue', 'configMapValue'] as const;

/** Parameters that a build sets: a text, the texts of a list, or none where they come from a secret or a ConfigMap. */
export function givenIn(spec: JsonObject, path: string, problems: Problems): readonly GivenParameter[] {
  return objectsAt(spec, 'paramValues', path, problems).map(({ value, path: place }) => {
    const single = field(value, 'value');
    const items = objectsAt(value, 'values', place, problems).map((one) => one.value);
    const list = items.flatMap((one) => (typeof field(one, 'value') === 'string' ? [textOf(one, 'value')] : []));
    const isOpen = [value, ...items].some((one) => FROM_ELSEWHERE.some((source) => field(one, source) !== undefined));
    const values = typeof single === 'string' ? [single, ...list] : list;
    return { name: textOf(value, 'name'), values, path: place, ...(isOpen ? { isOpen } : {}) };
  });
}
