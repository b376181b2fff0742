/** Names from a repository as file names and URL paths that can lead nowhere else. */
import { createHash } from 'node:crypto';
import { TUF_LIMITS } from './limits.ts';
import { refuse } from './refusal.ts';

/**
 * Name under which the verified metadata of a delegated role is kept. Role names are chosen by whoever signs the
 * repository, so none becomes part of a path: only its hash does (J05).
 */
export function storedRoleName(role: string): string {
  return role === 'targets' ? 'targets.json' : `delegated-${createHash('sha256').update(role).digest('hex').slice(0, 32)}.json`;
}

/** Path of a metadata file below the metadata URL: one percent-encoded segment, whatever the role is called. */
export function metadataPath(role: string, version: number | undefined): string {
  return `${version === undefined ? '' : `${version}.`}${encodeURIComponent(role)}.json`;
}

/**
 * Path of a target below the targets URL: percent-encoded by segments, with the hash before the last one when the
 * repository keeps every version (specification 3, "consistent snapshots"). Throws for a path that could leave
 * the repository (J05).
 */
export function targetUrlPath(path: string, hash: string | undefined): string {
  const problem = targetPathProblem(path);
  if (problem !== undefined) refuse('malformed', `target ${JSON.stringify(path)}: ${problem}`);
  const segments = path.split('/').map((segment) => encodeURIComponent(segment));
  const last = segments.pop() ?? '';
  return [...segments, hash === undefined ? last : `${hash}.${last}`].join('/');
}

/** Why a text is not the path of a target: `undefined` when it is one. */
export function targetPathProblem(path: string): string | undefined {
  if (path === '' || path.length > TUF_LIMITS.nameLength || !path.isWellFormed())
    return `expected a path of 1 to ${TUF_LIMITS.nameLength} characters`;
  if (/[\\\p{Cc}]/u.test(path)) return 'backslashes and control characters are not allowed';
  const wrong = path.split('/').find((segment) => segment === '' || segment === '.' || segment === '..');
  return wrong === undefined ? undefined : 'expected a relative path without empty, "." and ".." segments';
}
