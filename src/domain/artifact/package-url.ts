/** Package URLs are read into one spelling, so that one package has one name here. */
import { pythonProject } from './python-file.ts';

/** A package URL in its one spelling here: nothing is percent-encoded, and there is no subpath. */
export interface PackageUrl {
  /** Lower case: `npm`, `pypi`, `maven`. */
  readonly type: string;
  /** `@scope/name`, `group/artifact`: the name with its namespace. */
  readonly path: string;
  /** Empty only when it was read with qualifiers, which may stand in for it. */
  readonly version: string;
  /** `pkg:npm/@scope/name@1.2.3`: how the package is called everywhere. */
  readonly name: string;
  /** By lower-case key, decoded; there only when they were asked for. */
  readonly qualifiers?: ReadonlyMap<string, string>;
}

/** A package URL, or why the text is none that could be judged. */
export type ReadPackageUrl = { readonly ok: true; readonly value: PackageUrl } | { readonly ok: false; readonly problem: string };

/** How strictly a package URL is read: the name of one package, or a hint with qualifiers (`?key=value&…`). */
export interface PackageUrlOptions {
  readonly qualifiers?: 'refused' | 'read';
}

const LONGEST = 1024;
const TYPE = /^[a-z][a-z0-9.+-]*$/;
/** What a decoded segment may consist of: printable, and nothing that would end a segment, a version or the whole. */
const SEGMENT = /^[^\s/@?#%\\\p{Cc}\p{Cf}]+$/u;

/**
 * Reads a package URL with a version (package-url/purl-spec): `pkg:npm/%40scope/name@1.2.3`, or the same with `@` as people
 * write it. The type is folded to lower case, and names of Python projects to their normal form (PEP 503), in which the index itself
 * compares them; everything else keeps its case, and names that differ are different packages.
 *
 * Refused: qualifiers and subpaths, which would name something else by the same path; a missing version; segments that
 * are empty, dots, or hide `/`, `@`, `?`, `#` or `%` behind percent signs. With `qualifiers: 'read'` qualifiers are read
 * instead of refused, each key once, and a version may be missing.
 */
export function parsePackageUrl(
  text: string,
  { qualifiers = 'refused' }: PackageUrlOptions = {},
): ReadPackageUrl {
  if (text.length > LONGEST) return no(`is longer than ${LONGEST} characters`);
  if (!/^pkg:/i.test(text)) return no('does not begin with pkg:');
  const isHint = qualifiers === 'read';
  const mark = isHint ? text.indexOf('?') : -1;
  const before = mark < 0 ? text : text.slice(0, mark);
  if (isHint && text.includes('#')) return no('has a subpath (#…); leave it out');
  if (/[?#]/.test(before)) return no('has qualifiers (?…) or a subpath (#…); leave them out');
  const named = readName(before.slice('pkg:'.length), isHint);
  if (!named.ok || !isHint) return named;
  const read = readQualifiers(mark < 0 ? undefined : text.slice(mark + 1));
  if (read === undefined) return no('has a qualifier twice, or one that cannot be read');
  return { ok: true, value: { ...named.value, qualifiers: read } };
}

/** A name as its ecosystem compares it, of a type in lower case; patterns over names are brought into the same form. */
export function canonicalPackagePath(type: string, path: string): string {
  return type === 'pypi' ? pythonProject(path) : path;
}

/** `TYPE/NAME@VERSION`; a hint may be without the version. */
function readName(text: string, isHint: boolean): ReadPackageUrl {
  const [type = '', ...segments] = text.split('/');
  const last = segments.pop();
  const at = last?.lastIndexOf('@') ?? -1;
  if (last === undefined || !TYPE.test(type.toLowerCase())) return no('is not of the form pkg:TYPE/NAME@VERSION');
  const hasVersion = at > 0 && at < last.length - 1;
  if (!hasVersion && !(isHint && at < 0)) return no('has no version; write pkg:TYPE/NAME@VERSION');
  const written = [...segments, hasVersion ? last.slice(0, at) : last];
  const path = written.map((segment, index) => readSegment(segment, index === 0));
  const version = hasVersion ? readSegment(last.slice(at + 1), false) : '';
  if (version === undefined || path.some((segment) => segment === undefined))
    return no('has a segment that is empty or holds characters that no name has');
  const lower = type.toLowerCase();
  const joined = canonicalPackagePath(lower, path.join('/'));
  const name = `pkg:${lower}/${joined}${hasVersion ? `@${version}` : ''}`;
  return { ok: true, value: { type: lower, path: joined, version, name } };
}

function readQualifiers(query: string | undefined): ReadonlyMap<string, string> | undefined {
  const qualifiers = new Map<string, string>();
  for (const pair of query === undefined ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    const [key, value] = [pair.slice(0, Math.max(0, equals)).toLowerCase(), decode(pair.slice(equals + 1))];
    // A second `?` would begin the qualifiers anew for another reader.
    if (key === '' || value === undefined || pair.includes('?') || qualifiers.has(key)) return undefined;
    qualifiers.set(key, value);
  }
  return qualifiers;
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
