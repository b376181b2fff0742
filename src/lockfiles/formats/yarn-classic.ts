/** yarn.lock of yarn 1 (classic.yarnpkg.com/docs/yarn-lock), read by yarn's own parser; what that one passes over is found here. */
import { parseSyml } from '@yarnpkg/parsers';
import { isObject, own, ownText } from '../../text/json/fields.ts';
import { Collected, LockFault } from '../entry.ts';
import { linesOf } from '../text.ts';
import { collectNpm, LOCAL_WHY } from './npm-entry.ts';

/** The line that yarn tells its own file by; without it the file is YAML. */
export const CLASSIC = /^(#.*(\r?\n))*?#\s+yarn\s+lockfile\s+v1\r?\n/i;

/** Reads one. yarn does not say there what the project itself asks for. */
export function readYarnClassic(text: string): Collected {
  const parsed = parse(text);
  const headings = headingsOf(text);
  const into = new Collected();
  const seen = new Set<string>();
  for (const { line, keys } of headings) {
    for (const key of keys) {
      // yarn takes the last of two, its parser too; and a key that no object can have is passed over.
      if (seen.has(key) || !Object.hasOwn(parsed, key)) throw new LockFault(line, `expected every key once, and read by yarn, found ${key}`);
      seen.add(key);
    }
    const [first = ''] = keys;
    readEntry(first, own(parsed, first), line, into);
  }
  const missed = Object.keys(parsed).find((key) => !seen.has(key));
  if (missed !== undefined) throw new LockFault(1, `expected a line of its own for every entry, found none for ${missed}`);
  return into;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return parseSyml(text) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const line = own(own(own(cause, 'location'), 'start'), 'line');
    const shape = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new LockFault(typeof line === 'number' ? line : 1, `is no lock file of yarn: ${shape}`);
  }
}

/** Entries begin where a line does: `"@scope/a@^1", b@2:`. */
function headingsOf(text: string): readonly { readonly line: number; readonly keys: readonly string[] }[] {
  return linesOf(text).flatMap((written, index) => {
    if (written === '' || /^[\s#]/.test(written)) return [];
    const line = index + 1;
    const heading = written.replace(/:\s*$/, '');
    const keys: string[] = [];
    for (let rest = heading; rest !== '';) {
      const [all, quoted, plain] = /^(?:"((?:[^"\\]|\\.)*)"|([^",]+))(?:,\s*|$)/.exec(rest) ?? [];
      if (all === undefined || quoted?.includes('\\') === true) throw new LockFault(line, 'expected names of an entry, and a colon');
      keys.push(quoted ?? plain?.trim() ?? '');
      rest = rest.slice(all.length);
    }
    return [{ line, keys }];
  });
}

function readEntry(key: string, one: unknown, line: number, into: Collected): void {
  if (!isObject(one)) throw new LockFault(line, `expected fields below ${key}`);
  const at = key.indexOf('@', 1);
  const [name, range] = at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
  const alias = /^npm:(@?[^@]+)(?:@|$)/.exec(range)?.[1];
  const resolved = ownText(one, 'resolved');
  if (resolved === undefined && /^(?:file|link|portal):|^\.{0,2}\//.test(range)) return into.pass(line, key, LOCAL_WHY);
  // Without it yarn fetches what the range names, which then is no version of a registry's package.
  if (resolved === undefined && alias === undefined && /[:/]/.test(range))
    return into.refuse(line, key, 'INPUT_ARTIFACT_INVALID', 'it comes from an address, and which it was resolved to is not told');
  const address = resolved?.split('#')[0];
  collectNpm({
    line, place: key, name: alias ?? name, version: ownText(one, 'version') ?? '', integrity: ownText(one, 'integrity'),
    // A commit stands behind the address, be it one of git or one at which archives of commits are to be had.
    resolved, isRemoteFile: /^https?:/.test(range) && address === range.split('#')[0],
  }, into);
}
