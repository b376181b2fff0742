/** Two long identities that are almost the same, told apart: where they differ is what a reader looks for, and does not see. */
import { alikeIn } from './alike.ts';

/** Two texts that have so much in common are worth a hint; of shorter ones the eye sees the difference. */
const LEAST_COMMON = 40;
/** A difference that is longer than this is no small one. */
const LONGEST = 60;
/** Characters of what they have in common that are shown before the difference, back to a boundary. */
const CONTEXT = 24;

/**
 * `"@refs/heads/pr-7", expected "@refs/tags/*"` for a text that is found where one of `expected` was, when the two have more
 * than 40 characters in common and differ at one place, or read the same (`alike.ts`); `undefined` where that is not so. Not escaped.
 */
export function differenceOf(found: string, expected: readonly string[]): string | undefined {
  const alike = alikeIn(found, expected);
  if (alike !== undefined) return alike;
  const [nearest] = expected
    .map((one) => apart(one, found))
    .filter((one) => one !== undefined)
    .toSorted((a, b) => b.common - a.common);
  if (nearest === undefined) return undefined;
  const { there, here } = nearest;
  return `${quoted(here)}, expected ${quoted(there)}`;
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : `"${text}"`;
}

interface Difference {
  readonly common: number;
  readonly there: string;
  readonly here: string;
}

function apart(expected: string, found: string): Difference | undefined {
  // Names of signers, and of issuers, stand around identities: `release: https://…`; compared is from where both begin alike.
  const wanted = expected.slice(startOf(expected));
  const seen = found.slice(startOf(found));
  const most = Math.min(wanted.length, seen.length);
  let head = 0;
  while (head < most && wanted[head] === seen[head]) head += 1;
  if (head === wanted.length && head === seen.length) return undefined;
  let tail = 0;
  while (tail < most - head && wanted.at(-1 - tail) === seen.at(-1 - tail)) tail += 1;
  if (head + tail <= LEAST_COMMON) return undefined;
  const at = boundaryBefore(seen, head);
  const from = seen[at] === ' ' && at < head ? at + 1 : at;
  const [there, here] = [wanted.slice(from, wanted.length - tail), seen.slice(from, seen.length - tail)];
  return there.length > LONGEST || here.length > LONGEST ? undefined : { common: head + tail, there, here };
}

function startOf(text: string): number {
  const at = text.indexOf('://');
  return at < 0 ? (/^[a-z0-9][a-z0-9.-]*: /.exec(text)?.[0].length ?? 0) : text.lastIndexOf(' ', at) + 1;
}

/** Back to the `@` before the ref, or else to the last character at which such texts are divided, so that a whole part is shown. */
function boundaryBefore(text: string, at: number): number {
  const part = text.slice(Math.max(0, at - CONTEXT), at);
  const divided = part.includes('@') ? part.lastIndexOf('@') : Math.max(...[...'/ :?#'].map((one) => part.lastIndexOf(one)));
  const back = part.length - divided;
  return back > part.length ? at : at - back;
}
