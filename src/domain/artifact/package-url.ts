/** A package URL in its one spelling here: nothing is percent-encoded, and there are neither qualifiers nor a subpath. */
export interface PackageUrl {
  /** Lower case: `npm`, `pypi`, `maven`. */
  readonly type: string;
  /** `@scope/name`, `group/artifact`: the name with its namespace. */
  readonly path: string;
  readonly version: string;
  /** `pkg:npm/@scope/name@1.2.3`: how the package is called everywhere. */
  readonly name: string;
}

/** A package URL, or why the text is none that could be judged. */
export type ReadPackageUrl = { readonly ok: true; readonly value: PackageUrl } | { readonly ok: false; readonly problem: string };

const LONGEST = 1024;
const TYPE = /^[a-z][a-z0-9.+-]*$/;
/** What a decoded segment may consist of: printable, and nothing that would end a segment, a version or the whole. */
const SEGMENT = /^[^\s/@?#%\\\p{Cc}\p{Cf}]+$/u;

/**
 * Reads a package URL with a version (package-url/purl-spec): `pkg:npm/%40scope/name@1.2.3`, or the same with `@` as people
 * write it. The type is folded to lower case, everything else keeps its case; names that differ are different packages.
 *
 * Refused: qualifiers and subpaths, which would name something else by the same path; a missing version; segments that
 * are empty, dots, or hide `/`, `@`, `?`, `#` or `%` behind percent signs.
 */
export function parsePackageUrl(text: string): ReadPackageUrl {
  if (text.length > LONGEST) return no(`is longer than ${LONGEST} characters`);
  if (!/^pkg:/i.test(text)) return no('does not begin with pkg:');
  if (/[?#]/.test(text)) return no('has qualifiers (?…) or a subpath (#…); leave them out');
  const [type = '', ...segments] = text.slice(4).split('/');
  const last = segments.pop();
  const at = last?.lastIndexOf('@') ?? -1;
  if (last === undefined || !TYPE.test(type.toLowerCase())) return no('is not of the form pkg:TYPE/NAME@VERSION');
  if (at <= 0 || at === last.length - 1) return no('has no version; write pkg:TYPE/NAME@VERSION');
  const path = [...segments, last.slice(0, at)].map((segment, index) => readSegment(segment, index === 0));
  const version = readSegment(last.slice(at + 1), false);
  if (version === undefined || path.some((segment) => segment === undefined))
    return no('has a segment that is empty or holds characters that no name has');
  const lower = type.toLowerCase();
  return { ok: true, value: { type: lower, path: path.join('/'), version, name: `pkg:${lower}/${path.join('/')}@${version}` } };
}

/** A segment without percent signs; only the first may begin with `@`, which marks a scope. */
function readSegment(text: string, mayBeScope: boolean): string | undefined {
  const decoded = decode(text);
  if (decoded === undefined || decoded === '.' || decoded === '..') return undefined;
  return SEGMENT.test(mayBeScope && decoded.startsWith('@') ? decoded.slice(1) : decoded) ? decoded : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function no(problem: string): ReadPackageUrl {
  return { ok: false, problem };
}
