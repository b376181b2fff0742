/** Which of two patterns of Connaisseur is the more specific one, for every image that both match. */

/**
 * True when `one` is chosen before `other` whatever the image: it has more parts, or as many and, part by part from the left, the longer
 * beginning without wildcards. What depends on the image is not said to be so.
 */
export function outranks(one: string, other: string): boolean {
  const [left, right] = [one.split('/'), other.split('/')];
  if (left.length !== right.length) return left.length > right.length;
  // A wildcard reaches across slashes, and what stands behind it may be compared with another part of the image.
  const isOpen = (parts: readonly string[]): boolean => parts.slice(0, -1).some((part) => /[*?[\]{}\\]/.test(part));
  if (isOpen(left) || isOpen(right) || !hasHost(one) || !hasHost(other)) return false;
  for (const [index, part] of left.entries()) {
    const [mine, theirs] = [beginning(part), beginning(right[index] ?? '')];
    if (mine !== theirs) return mine > theirs;
  }
  for (const [index, { length }] of left.entries()) {
    const theirs = right[index]?.length ?? 0;
    if (length !== theirs) return length > theirs;
  }
  return false;
}

/** False for a pattern that begins in the middle of a name, whatever the host: Connaisseur puts a wildcard before it. */
export function hasHost(pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('/');
  return /^[*?[{\\]/.test(pattern) || (rest.length > 0 && /[.:]|^localhost$/i.test(first));
}

function beginning(part: string): number {
  return part.search(/[*?[\]{}\\]|$/);
}

/** False when no image matches both, since they begin differently. */
export function mayMeet(one: string, other: string): boolean {
  if (!hasHost(one) || !hasHost(other)) return true;
  const [left, right] = [one.slice(0, beginning(one)), other.slice(0, beginning(other))];
  return left.startsWith(right) || right.startsWith(left);
}
