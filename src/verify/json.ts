/** Hostile JSON is read in one way only, or refused. */
import { readJsonBytes } from '../text/json/read.ts';
import type { JsonFault, JsonLimits } from '../text/json/read.ts';
import { LIMITS } from './limits.ts';
import { Refusal } from './problem.ts';

const BOUNDS: JsonLimits = {
  maxBytes: LIMITS.evidenceBytes,
  maxDepth: LIMITS.jsonDepth,
  maxItems: LIMITS.jsonItems,
  maxKeys: LIMITS.jsonKeys,
};
const WRAPPING: JsonLimits = { ...BOUNDS, maxDepth: LIMITS.wrappingDepth, maxItems: LIMITS.wrappingItems };

/**
 * Parses JSON that every reader understands alike: what {@link readJsonBytes} reads, at most `LIMITS.evidenceBytes` long
 * and `LIMITS.jsonDepth` deep (security.md D01, D02, D05, D06). Throws a {@link Refusal}.
 */
export function readJson(bytes: Uint8Array): unknown {
  return within(BOUNDS, bytes);
}

/**
 * Reads, as {@link readJson} does, what is wrapped around signed bytes: a bundle or an envelope. It has few members, whatever is
 * signed inside, so a large structure in it is refused before it is parsed: nobody has signed it.
 */
export function readWrapping(bytes: Uint8Array): unknown {
  return within(WRAPPING, bytes);
}

function within(limits: JsonLimits, bytes: Uint8Array): unknown {
  const read = readJsonBytes(bytes, limits);
  if (read.ok) return read.value;
  throw refusal(read.fault);
}

function refusal(fault: JsonFault): Refusal {
  switch (fault.kind) {
    case 'size':
      return overLimit('document is too large', `at most ${fault.most} bytes`, `${fault.found} bytes`);
    case 'depth':
      return overLimit('JSON is nested too deeply', `at most ${fault.most} levels`);
    case 'parts':
    case 'items':
      return overLimit('JSON has too many members and items', `at most ${fault.most}`);
    case 'keys':
      return overLimit('JSON has too many different keys', `at most ${fault.most}`);
    case 'utf-8':
      return new Refusal('text is not UTF-8');
    case 'byte-order-mark':
    case 'syntax':
      return new Refusal('text is not JSON');
    case 'forbidden-key':
      return new Refusal('JSON object has a key named __proto__');
    case 'duplicate-key':
      return new Refusal('JSON object has the same key twice');
  }
}

function overLimit(cause: string, expected: string, found?: string): Refusal {
  return new Refusal(cause, { code: 'VERIFY_LIMIT', expected, ...(found === undefined ? {} : { found }) });
}
