/** Label selectors over namespaces, which are the same everywhere: taken over as they are, once they are whole. */
import { labelSelector } from '../policy/schema/common.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { isObject } from '../text/json/fields.ts';
import type { MapReader } from './fields.ts';
import { refuse } from './fields.ts';

/** The selector under a key; `undefined` where there is none, or an empty one, which selects everything. What is none is refused. */
export function selectorAt(of: MapReader, key: string): JsonObject | undefined {
  const raw = of.raw(key);
  if (raw === undefined || (isObject(raw) && Object.keys(raw).length === 0)) return undefined;
  if (isObject(raw) && labelSelector.safeParse(raw).success) return raw;
  return void refuse(of.source, of.at(key), 'a label selector (matchLabels, matchExpressions) over namespaces');
}
