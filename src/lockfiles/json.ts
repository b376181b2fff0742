/** A lock file in JSON: its value, read strictly, and the lines in which its keys stand. */
import { lineAt } from './text.ts';
import { readCarefully } from '../text/json/careful.ts';
import { readJsonBytes } from '../text/json/read.ts';
import type { JsonFault } from '../text/json/read.ts';
import { isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { LockFault } from './entry.ts';

/** Deep enough for every tree of packages there is. */
const LIMITS = { maxDepth: 128, maxParts: 8_000_000, maxItems: 4_000_000 };

/** The outermost object; throws {@link LockFault} for what two readers could understand differently (a key twice, `__proto__`). */
export function readJsonObject(text: string): JsonObject {
  const read = readJsonBytes(Buffer.from(text, 'utf8'), LIMITS);
  if (!read.ok) throw new LockFault(faultLine(read.fault, text), faultText(read.fault));
  if (!isObject(read.value)) throw new LockFault(1, 'expected an object');
  return read.value;
}

function faultLine(fault: JsonFault, text: string): number {
  if (fault.kind === 'syntax') {
    const [, position, line] = /at position (\d+)(?: \(line (\d+))?/.exec(fault.message) ?? [];
    return line !== undefined ? Number(line) : position !== undefined ? lineAt(text, Number(position)) : 1;
  }
  if (fault.kind !== 'duplicate-key' && fault.kind !== 'forbidden-key') return 1;
  const at = text.lastIndexOf(JSON.stringify(fault.key));
  return at < 0 ? 1 : lineAt(text, at);
}

function faultText(fault: JsonFault): string {
  switch (fault.kind) {
    case 'syntax': return `is no JSON: ${fault.message}`;
    case 'duplicate-key': return `expected every key once, found "${fault.key}" twice in ${fault.path}`;
    case 'forbidden-key': return `key "${fault.key}" is not allowed, found in ${fault.path}`;
    case 'utf-8':
    case 'byte-order-mark': return 'expected text in UTF-8';
    default: return `expected at most ${fault.most} (${fault.kind}), found ${fault.found}`;
  }
}

/** Names a key by the way to it. */
export function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

/**
 * The lines of the keys of valid JSON, by {@link keyOf}: of every key whose way is accepted by `wanted`, which is asked with a list
 * that changes afterwards. Goes over the text once and keeps no values; members of lists have no keys and are stepped over.
 */
export function keyLines(text: string, wanted: (path: readonly string[]) => boolean): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  // For each open bracket: the key of the object that is being read there; of lists a text that no way is accepted with.
  const path: string[] = [];
  const isList: boolean[] = [];
  let [line, expectsKey] = [1, false];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x0a: line += 1; break;
      case 0x7b: path.push(''); isList.push(false); expectsKey = true; break;
      case 0x5b: path.push('[]'); isList.push(true); expectsKey = false; break;
      case 0x7d:
      case 0x5d: path.pop(); isList.pop(); expectsKey = false; break;
      case 0x2c: expectsKey = isList.at(-1) === false; break;
      case 0x22: {
        const end = stringEnd(text, at);
        if (expectsKey) {
          path[path.length - 1] = keyText(text.slice(at + 1, end - 1));
          if (!isList.includes(true) && wanted(path)) lines.set(keyOf(path), line);
          expectsKey = false;
        }
        at = end - 1;
        break;
      }
    }
  }
  return lines;
}

/** The key between its quotes; the text was found to be valid JSON. */
function keyText(written: string): string {
  if (!written.includes('\\')) return written;
  const read = readCarefully(`"${written}"`);
  return read.ok ? String(read.value) : written;
}

/** The index after the closing quote. Line ends cannot stand in a string of JSON. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at + 1;
}
