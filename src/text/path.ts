/** Paths in their one spelling, without asking any file system, and places in the order in which people count. */

/**
 * The path without empty and `.` segments, and with every `..` taken back as far as the path says what it takes back; above
 * the root there is nothing. Links between files are not known here.
 */
export function canonicalPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return `${rooted ? '/' : ''}${kept.join('/')}`;
}

const DIGITS = /\d+/g;

/**
 * Orders texts by code unit, except that runs of digits are compared as the numbers that they are, however long. A total order: texts
 * that differ in leading zeros alone are told apart by their code units. Linear in the shorter text.
 */
export function comparePath(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  // What is equal up to here may have ended within a number.
  while (at > 0 && isDigit(a, at - 1)) at -= 1;
  const [one, other] = [numberAt(a, at), numberAt(b, at)];
  if (one === undefined || other === undefined) return a.slice(at) < b.slice(at) ? -1 : 1;
  const [mine, theirs] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  if (mine.length !== theirs.length) return mine.length - theirs.length;
  if (mine !== theirs) return mine < theirs ? -1 : 1;
  return comparePath(a.slice(at + one.length), b.slice(at + other.length)) || (a < b ? -1 : 1);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function numberAt(text: string, at: number): string | undefined {
  if (!isDigit(text, at)) return undefined;
  DIGITS.lastIndex = at;
  return DIGITS.exec(text)?.[0];
}
