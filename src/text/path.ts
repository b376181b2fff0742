/** Paths in their one spelling, without asking any file system. */

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
