/** Where in an image pattern the host ends and the path begins, and what to write instead of what is no pattern. */
import { canonicalRegistryHost, DOCKER_HUB, repositoryPath } from '../../domain/artifact/registry-host.ts';
import { MAX_PATTERN } from '../../text/glob.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';
import { withoutTag } from './pattern-repair.ts';

const HOST = /^(?:[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?(?:\.[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?)*|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?$/;
/** A path component of the distribution reference grammar; wildcards are allowed anywhere by {@link WILD_SEGMENT}. */
const SEGMENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const WILD_SEGMENT = /^[a-z0-9._*-]+$/;

/** Host (lower case, aliases resolved) and path of an `image:` pattern, both still with their wildcards. */
export interface PatternText {
  readonly host: string;
  readonly path: string;
}

/**
 * Takes an `image:` pattern apart at the border of host and path, as the distribution reference grammar does: the
 * first segment is a host when it has a dot or a port or is `localhost`; otherwise docker.io (and `library/` for a
 * single segment) is meant. Hosts are spelled as in canonical names, so `:443` means nothing and all names of Docker Hub are
 * one. What to write instead is said by {@link suggestion}.
 */
export function splitPattern(source: string): Result<PatternText> {
  const misuse = misuseOf(source);
  if (misuse !== undefined) return bad(misuse);
  const slash = source.indexOf('/');
  const first = slash < 0 ? source : source.slice(0, slash);
  if (slash < 0 && /[.:]|^localhost$/.test(first)) return bad(hostAlone(first));
  const written = slash >= 0 && /[.:]|^localhost$/i.test(first);
  const lower = first.toLowerCase();
  const path = written ? source.slice(slash + 1) : source;
  const problem = (written ? hostProblem(lower) : undefined) ?? pathProblem(path);
  if (problem !== undefined) return bad(problem);
  const host = written ? canonicalRegistryHost(lower) : DOCKER_HUB;
  return good({ host, path: path === '**' ? path : repositoryPath(written ? lower : host, path) });
}

/** What people write that is no pattern over names, each with what to write instead. */
function misuseOf(source: string): string | undefined {
  if (source === '') return 'pattern is empty; write "**" for every image';
  if (source.length > MAX_PATTERN) return `pattern has ${source.length} characters, at most ${MAX_PATTERN} are allowed`;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(source);
  if (scheme !== null)
    return `pattern has the scheme ${JSON.stringify(scheme[0])}, image names have none`;
  if (source.includes('@'))
    return 'pattern contains a digest; patterns match names, the digest is always judged as found';
  if (withoutTag(source) !== source) return 'pattern contains a tag; patterns match names without tags';
  if (source === '*') return 'pattern "*" would mean docker.io/library/* only; write "**" for every image, or "docker.io/library/*"';
  if (/^\*\*?\//.test(source))
    return `pattern begins with ${JSON.stringify(source.slice(0, source.indexOf('/')))} where a host must stand; name the host (its labels may contain "*"), or write "**" alone for every image`;
  return undefined;
}

function hostAlone(host: string): string {
  return `pattern names the host ${JSON.stringify(host)} but no repository, and ** after it stands for everything in it`;
}

function hostProblem(host: string): string | undefined {
  if (host.includes('**'))
    return 'in the host of a pattern "*" stands for characters of one label and "**" is not allowed';
  const port = /:([^\]]*)$/.exec(host)?.[1];
  if (port?.includes('*') === true) return 'the port of a pattern has a wildcard; a port must be written out to match';
  if (/^\*[a-z0-9*-]*[.]docker[.]io(?::443)?$/.test(host))
    return 'images of Docker Hub are known as docker.io, whatever host they are written with';
  if (!HOST.test(host) || Number(port ?? 1) > 65_535) return `${JSON.stringify(host)} is not a host name with an optional port`;
  return undefined;
}

function pathProblem(path: string): string | undefined {
  for (const segment of path.split('/')) {
    if (segment === '') return 'pattern has an empty path segment; remove the superfluous slash';
    if (segment !== segment.toLowerCase()) return 'repository paths are lower case';
    if (segment.includes('*') ? !WILD_SEGMENT.test(segment) : !SEGMENT.test(segment))
      return `${JSON.stringify(segment)} can never be part of a repository path (lower-case letters and digits, separated by ".", "_", "__" or dashes; only "*" is a wildcard)`;
  }
  return undefined;
}
