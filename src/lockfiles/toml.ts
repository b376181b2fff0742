/** A lock file in TOML that lists its packages under [[package]]: their tables, each with the line of its heading. */
import { parse, TomlError } from 'smol-toml';
import { isObject, own } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { LockFault } from './entry.ts';
import { linesOf } from './text.ts';

export interface TomlLock {
  readonly root: JsonObject;
  readonly packages: readonly { readonly table: JsonObject; readonly line: number }[];
}

/** Reads one; throws {@link LockFault} with the line. Packages that are not under headings of their own are a fault: they have no line. */
export function readTomlLock(text: string): TomlLock {
  const root = parsed(text);
  const packages = own(root, 'package') ?? [];
  if (!Array.isArray(packages)) throw new LockFault(1, 'expected packages under [[package]]');
  const headings = linesOf(text).flatMap((line, index) => (/^[ \t]*\[\[[ \t]*package[ \t]*\]\][ \t]*(?:#.*)?$/.test(line) ? [index + 1] : []));
  if (headings.length !== packages.length)
    throw new LockFault(headings[0] ?? 1, `expected each package under a [[package]] of its own, found ${headings.length} of them for ${packages.length} packages`);
  return {
    root,
    packages: packages.map((table: unknown, index) => {
      const line = headings[index] ?? 1;
      if (!isObject(table)) throw new LockFault(line, 'expected a table');
      return { table, line };
    }),
  };
}

function parsed(text: string): JsonObject {
  try {
    return parse(text, { maxDepth: 64 } as Parameters<typeof parse>[1]) as JsonObject;
  } catch (cause) {
    if (cause instanceof TomlError) throw new LockFault(cause.line, `is no TOML: ${cause.message.split('\n')[0] ?? ''}`);
    throw cause;
  }
}
