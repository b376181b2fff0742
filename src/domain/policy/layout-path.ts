/**
 * A path of an artifact in its one normal form: no empty and no `.` segments, `..` resolved where something stands
 * before it, no slash at the end. The empty path is `.`. So `./a/../secret` is `secret` to every rule
 * (security.md C15; in-toto-golang cleans paths in the same way).
 *
 * Names with `://` are URIs, in which an empty segment means something: they stay as they are.
 */
export function normalPath(path: string): string {
  if (!UNTIDY.test(path) || path.includes('://')) return path;
  const absolute = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!absolute) kept.push('..');
  }
  const joined = kept.join('/');
  return absolute ? `/${joined}` : joined === '' ? '.' : joined;
}

/** Nearly every path is tidy already. */
const UNTIDY = /^$|(?:^|\/)\.{0,2}(?:\/|$)/;
