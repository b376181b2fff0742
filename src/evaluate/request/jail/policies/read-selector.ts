/** A label selector is read strictly: a demand that is not understood is never taken for one that does not match. */
import type { LabelDemand, LabelSelector } from './model.ts';
import { field, isObject, ownList } from '../../../../text/json/fields.ts';
import type { JsonObject } from '../../../../text/json/fields.ts';

const MEMBERS: ReadonlySet<string> = new Set(['matchLabels', 'matchExpressions']);

/**
 * The demands of a `metav1.LabelSelector`; one that is absent or empty has none and selects everything. `undefined` for what is
 * none, has members that are not known, or which the API server would not have stored.
 */
export function readSelector(value: unknown): LabelSelector | undefined {
  if (value === undefined || value === null) return [];
  if (!isObject(value) || Object.keys(value).some((key) => !MEMBERS.has(key))) return undefined;
  const labels = field(value, 'matchLabels') ?? {};
  const expressions = field(value, 'matchExpressions') ?? [];
  if (!isObject(labels) || !Array.isArray(expressions)) return undefined;
  const demands: LabelDemand[] = [];
  for (const [key, text] of Object.entries(labels)) {
    if (typeof text !== 'string') return undefined;
    demands.push({ key, operator: 'In', values: new Set([text]) });
  }
  for (const expression of expressions as readonly unknown[]) {
    const demand = isObject(expression) ? readExpression(expression) : undefined;
    if (demand === undefined) return undefined;
    demands.push(demand);
  }
  return demands;
}

/** `In` and `NotIn` need values, the others have none (apimachinery validation). */
function readExpression(expression: JsonObject): LabelDemand | undefined {
  const key = field(expression, 'key');
  const operator = field(expression, 'operator');
  const values: readonly unknown[] | undefined = field(expression, 'values') === null ? [] : ownList(expression, 'values');
  if (typeof key !== 'string' || key === '' || (values === undefined && field(expression, 'values') !== undefined)) return undefined;
  if (operator === 'Exists' || operator === 'DoesNotExist') return (values ?? []).length === 0 ? { key, operator } : undefined;
  if (operator !== 'In' && operator !== 'NotIn') return undefined;
  if (values === undefined || values.length === 0 || !values.every((one) => typeof one === 'string')) return undefined;
  return { key, operator, values: new Set(values) };
}
