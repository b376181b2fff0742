/** Looking into parsed JSON of unknown shape: only what an object has itself is ever found. */

/** An object of parsed JSON, with nothing known about its fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object: neither `null` nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A field of a JSON object, `undefined` when it is not its own: what Object.prototype has (`constructor`,
 * `toString`) is never taken for input.
 */
export function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A field of a JSON value of any type, `undefined` unless the value is an object that has it itself. */
export function own(value: unknown, name: string): unknown {
  return isObject(value) ? field(value, name) : undefined;
}

/** The own field when it is text. */
export function ownText(value: unknown, name: string): string | undefined {
  const found = own(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** The own field when it is a list. */
export function ownList(value: unknown, name: string): readonly unknown[] | undefined {
  const found = own(value, name);
  return Array.isArray(found) ? (found as readonly unknown[]) : undefined;
}

/** The texts of the own field that is an object, by name; members that are no text are left out. Empty when it is no object. */
export function ownTexts(value: unknown, name: string): Readonly<Record<string, string>> {
  const found = own(value, name);
  if (!isObject(found)) return {};
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** A text field; absent and `null` are the empty text, as Go reads them; `undefined` when it is anything else. */
export function textField(object: JsonObject, name: string): string | undefined {
  const value = field(object, name);
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : undefined;
}
