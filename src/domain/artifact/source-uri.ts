/** Where source came from: the repository in its one spelling, and the ref or commit if the text names one. */
export interface SourceLocation {
  /** `https://host[:port]/path`, host in lower case, without `git+`, `.git`, trailing slash, ref or fragment. */
  readonly repository: string;
  /** `refs/…`, or a full commit id. */
  readonly ref?: string;
}

const LONGEST = 2048;
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::[1-9][0-9]{0,4})?$/;
/** No percent signs, quotes or backslashes: what two readers could understand differently is no repository. */
const PATH = /^(?:\/[A-Za-z0-9_~+.-]+)+$/;
const REF = /^(?:refs\/[^\s\u0000-\u001f\u007f]+|[0-9a-f]{40}|[0-9a-f]{64})$/;
const SCHEMES: readonly string[] = ['https', 'http', 'ssh', 'git'];

/**
 * Reads a source URI as provenance and policies write it: a SPDX download location (`git+https://host/path@ref`), a
 * plain `https://` one, or BuildKit's with the ref after `#`. `undefined` for anything that leaves a doubt.
 *
 * Refused: queries, user names (but `git@` with ssh), percent signs, empty and dot segments, refs that are
 * neither `refs/…` nor a full commit id. So a text that only contains a trusted repository somewhere is never read as
 * that repository (security.md C02). Paths keep their case; hosts do not.
 */
export function parseSourceUri(text: string): SourceLocation | undefined {
  if (text.length > LONGEST) return undefined;
  const plain = text.startsWith('git+') ? text.slice(4) : text;
  const colon = plain.indexOf('://');
  const scheme = plain.slice(0, Math.max(0, colon));
  if (!SCHEMES.includes(scheme)) return undefined;
  const rest = plain.slice(colon + 3);
  const slash = rest.indexOf('/');
  if (slash < 0) return undefined;
  const host = readHost(rest.slice(0, slash), scheme);
  const located = splitRef(rest.slice(slash));
  const path = located === undefined ? undefined : readPath(located.path);
  if (host === undefined || located === undefined || path === undefined) return undefined;
  return { repository: `${scheme}://${host}${path}`, ...(located.ref === undefined ? {} : { ref: located.ref }) };
}

function readHost(text: string, scheme: string): string | undefined {
  const host = (scheme === 'ssh' && text.startsWith('git@') ? text.slice(4) : text).toLowerCase();
  return host.length <= 260 && HOST.test(host) ? host : undefined;
}

function splitRef(text: string): { readonly path: string; readonly ref?: string } | undefined {
  const mark = text.search(/[@#]/);
  if (mark < 0) return { path: text };
  const ref = text.slice(mark + 1);
  return REF.test(ref) && !/[?#]/.test(ref) ? { path: text.slice(0, mark), ref } : undefined;
}

/** The path without one `.git` and one slash at its end. */
function readPath(text: string): string | undefined {
  const path = (text.endsWith('/') ? text.slice(0, -1) : text).replace(/\.git$/, '');
  if (!PATH.test(path)) return undefined;
  return path.split('/').some((segment) => segment === '.' || segment === '..') ? undefined : path;
}
