const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Parses bytes as JSON in UTF-8; `undefined` when they are not. Sizes are bounded by whoever received the bytes. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(STRICT_UTF8.decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object, false for arrays, null and the rest. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own property, never an inherited one (`constructor` is an ordinary key in hostile JSON). */
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The own property when it is text. */
export function ownText(value: unknown, key: string): string | undefined {
  const found = own(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** The own property when it is a list. */
export function ownList(value: unknown, key: string): readonly unknown[] | undefined {
  const found = own(value, key);
  return Array.isArray(found) ? (found as readonly unknown[]) : undefined;
}
