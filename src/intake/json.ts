/** The body of a request as JSON, or the reason it is refused with. */
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { readJsonBytes } from '../text/json/read.ts';
import type { JsonFault, JsonLimits } from '../text/json/read.ts';
import { shownText } from '../text/shown.ts';

/** A request's document, its shape unknown, or the reason and sentence it is refused with. */
export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ReasonCode; readonly message: string };

/** Limits for reviews; far beyond every object there is. Parsing what is within them takes some ten milliseconds. */
export const JSON_LIMITS: JsonLimits = { maxDepth: 512, maxParts: 300_000 };

/** Reads a request's document through the one door, {@link readJsonBytes}, in the words of intake. Never throws. */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonResult {
  const read = readJsonBytes(bytes, limits);
  return read.ok ? read : refused(read.fault);
}

function refused(fault: JsonFault): JsonResult {
  switch (fault.kind) {
    case 'utf-8':
      return failed('INPUT_JSON_INVALID', 'expected UTF-8, found bytes that are not');
    case 'byte-order-mark':
      return failed('INPUT_JSON_INVALID', 'expected a JSON document, found a byte order mark before it');
    case 'syntax':
      return failed('INPUT_JSON_INVALID', `expected a JSON document, found none: ${shownText(fault.message, 200)}`);
    case 'depth':
      return failed('INPUT_TOO_DEEP', `expected at most ${fault.most} levels of nesting, found ${fault.found}`);
    case 'parts':
    case 'items':
    case 'keys':
      return failed('INPUT_TOO_MANY_PARTS', `expected at most ${fault.most} keys, items and brackets, found ${fault.found}`);
    case 'size':
      return failed('INPUT_TOO_LARGE', `expected at most ${fault.most} bytes, found ${fault.found}`);
    case 'forbidden-key':
      return failed('INPUT_KEY_FORBIDDEN', `key "__proto__" is not allowed, found in ${shownText(fault.path, 512)}`);
    case 'duplicate-key': {
      const [key, place] = [shownText(fault.key, 128), shownText(fault.path, 512)];
      return failed('INPUT_KEY_DUPLICATE', `expected every key once, found key "${key}" twice in ${place}`);
    }
  }
}

function failed(code: ReasonCode, message: string): JsonResult {
  return { ok: false, code, message };
}
