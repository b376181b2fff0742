/** What the lock files of npm, pnpm and yarn have in common: a name, a version, an address and an integrity, made an entry. */
import type { Collected } from '../entry.ts';
import { readIntegrity } from '../digests.ts';
import { fileAddress, gitSource, packageName } from '../names.ts';

/** One package as a lock file writes it. */
export interface NpmEntry {
  readonly line: number;
  readonly place: string;
  readonly name: string;
  readonly version: string;
  /** Where it is fetched, if that is written. */
  readonly resolved?: string | undefined;
  readonly integrity?: string | undefined;
  /** The project asks for an address rather than for a version of a name. */
  readonly isRemoteFile?: boolean;
  readonly direct?: boolean | undefined;
}

const GIT = /^(?:git(?:\+[a-z]+)?:|git@|ssh:|github:)/;
const LOCAL = /^(?:file|link|portal|workspace|exec):|^\.{0,2}\/(?!\/)/;

/** Why patches are not asked about. */
export const PATCH_WHY = 'is a patch of this project, or of yarn, over a package that is asked about itself';
/** Why local ones are not asked about. */
export const LOCAL_WHY = 'lies in this project: it is judged as the source that it is part of';
/** Why a repository cannot be asked about: it has a user, a port of ssh, a path that two readers take for different ones. */
export const GIT_WHY = 'its git repository cannot be asked about';
/** Why what is fetched from an address of its own is not asked about by its name alone. */
export const UNBOUND_WHY = 'it is fetched from an address of its own, and nothing says which bytes lie there';
const NO_NAME = 'neither its name and version nor its address are such that the gate could be asked';

/** Puts an entry where it belongs: a package of a registry, a commit, a file by its address, or something of this project. */
export function collectNpm(entry: NpmEntry, into: Collected): void {
  const { line, place, resolved, direct } = entry;
  const told = direct === undefined ? {} : { direct };
  if (resolved !== undefined && LOCAL.test(resolved)) return into.pass(line, place, LOCAL_WHY);
  const archive = resolved === undefined ? undefined : archivedCommit(resolved);
  if (resolved !== undefined && (archive !== undefined || GIT.test(resolved) || isGitOverHttp(resolved))) {
    const git = gitSource(archive ?? resolved.replace(/^github:/, 'https://github.com/'));
    if (git === undefined) return into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', GIT_WHY);
    return into.ask({ kind: 'git', uri: git.uri, digests: git.digest === undefined ? [] : [git.digest], line, place, ...told });
  }
  const { digests, isWeak } = readIntegrity(entry.integrity ?? fragmentOf(resolved));
  if (isWeak)
    return into.refuse(line, place, 'INPUT_DIGEST_MISSING', 'its integrity is none by sha512 or sha256, so other bytes can be made for it');
  // Whatever lies at that address would be installed under a name that stands for something else.
  if (resolved !== undefined && entry.isRemoteFile !== true && digests.length === 0)
    return into.refuse(line, place, 'INPUT_DIGEST_MISSING', UNBOUND_WHY);
  const uri = entry.isRemoteFile === true ? fileAddress(resolved ?? '') : packageName('npm', entry.name, entry.version);
  if (uri === undefined) return into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', NO_NAME);
  into.ask({ kind: entry.isRemoteFile === true ? 'blob' : 'package', uri, digests, line, place, ...told });
}

/** An archive that GitHub makes of a commit: what is in it is what the commit is. */
function archivedCommit(address: string): string | undefined {
  const [, path, commit] = /^https:\/\/codeload\.github\.com\/([^/]+\/[^/]+)\/tar\.gz\/([0-9a-f]{40})(?:#.*)?$/.exec(address) ?? [];
  return path === undefined ? undefined : `https://github.com/${path}#${commit ?? ''}`;
}

/** yarn writes the address of a repository, and the commit behind it. */
function isGitOverHttp(address: string): boolean {
  return /^https?:[^#]*\.git#[0-9a-f]+$/.test(address);
}

/** yarn once wrote the sha1 of a file behind its address, and nothing else about its bytes. */
function fragmentOf(resolved: string | undefined): string {
  const hash = resolved?.split('#')[1];
  return hash === undefined || !/^[0-9a-f]{40}$/.test(hash) ? '' : `sha1-${Buffer.from(hash, 'hex').toString('base64')}`;
}
