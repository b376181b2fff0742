/** What stands in a status against what should stand there: what differs, what is left of others, and what must not wait. */
import { isObject, own, ownList } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';

/** Whether a member of a status is as it should be. Nothing may be said as empty; of conditions others may have their own. */
export function stands(name: string, found: unknown, wanted: JsonObject): boolean {
  const [one, other] = [own(found, name), own(wanted, name)];
  if (name !== 'conditions') return (other === undefined && isEmpty(one)) || sameValue(one, other);
  const ours = ownList(wanted, name) ?? [];
  const types = new Set(ours.map((condition) => own(condition, 'type')));
  return sameValue((ownList(found, name) ?? []).filter((condition) => types.has(own(condition, 'type'))), ours);
}

/** Members of which nothing is to be said, and which stand there. */
export function leftIn(found: unknown, wanted: JsonObject, keys: readonly string[]): readonly string[] {
  return keys.filter((name) => own(wanted, name) === undefined && !isEmpty(own(found, name)));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);
}

/** What of a status must not wait. */
export function verdictOf(status: unknown): unknown {
  const conditions = (ownList(status, 'conditions') ?? []).map((one) => [own(one, 'type'), own(one, 'status'), own(one, 'reason')]);
  return [own(status, 'observedGeneration'), own(status, 'problems'), conditions];
}
