/** What a step or task is repeated for: items that are written out, or a list that some parameter brings. */
import { field, isObject } from '../../../text/json/fields.ts';
import { readJsonText } from '../../../text/json/read.ts';
import type { Globals } from './globals.ts';
import { MAX_ITEMS, MAX_LONG_TEXT, MAX_TEXT, parameterLimit } from '../limits.ts';
import { deferred, known } from './placeholders.ts';
import type { Lookup, Value } from './placeholders.ts';
import type { Call } from '../templates.ts';

/** Looks up `item` and `item.KEY`. */
type ItemLookup = Lookup;

const NONE: ItemLookup = () => undefined;

/** The items of a call in the scope of its template: one lookup for each, and one without items where it is not repeated. */
export function itemsOf({ value, path }: Call, scope: Lookup, globals: Globals): readonly ItemLookup[] {
  const items = field(value, 'withItems');
  if (Array.isArray(items) && items.length > MAX_ITEMS) {
    globals.note(parameterLimit(`${path}.withItems`, `at most ${MAX_ITEMS} items on which images depend`));
    return [unknownItem(deferred('parameter', '{{item}}'))];
  }
  const evaluated = (text: string): Value => globals.evaluate(text, MAX_TEXT, `${path}.withItems`, scope);
  if (Array.isArray(items)) return items.map((item: unknown) => ofItem(item, evaluated));
  const list = field(value, 'withParam');
  if (typeof list === 'string' && list !== '') return ofList(globals.evaluate(list, MAX_LONG_TEXT, `${path}.withParam`, scope));
  return field(value, 'withSequence') === undefined ? [NONE] : [unknownItem(deferred('expression', '{{item}}'))];
}

function ofList(list: Value): readonly ItemLookup[] {
  if (!list.known) return [unknownItem(list)];
  const read = readJsonText(list.text, { maxDepth: 16, maxItems: 2 * MAX_ITEMS, maxKeys: 500 });
  if (!read.ok || !Array.isArray(read.value)) return [unknownItem(deferred('expression', list.text))];
  // What came out of parameters is not looked into for placeholders again.
  const asItIs = (text: string): Value => (text.includes('{{') ? deferred('expression', text) : known(text));
  return (read.value as readonly unknown[]).map((item) => ofItem(item, asItIs));
}

function unknownItem(value: Value): ItemLookup {
  return (tag) => (tag === 'item' || tag.startsWith('item.') ? value : undefined);
}

function ofItem(item: unknown, evaluated: (text: string) => Value): ItemLookup {
  return (tag) => {
    if (tag === 'item') return evaluated(textOf(item));
    if (!tag.startsWith('item.') || !isObject(item)) return undefined;
    const member = field(item, tag.slice('item.'.length));
    return member === undefined ? undefined : evaluated(textOf(member));
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
